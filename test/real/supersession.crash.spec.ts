/**
 * @proves After kill -9 before, in and after the append that supersedes files, no copy lacks a part of the chain, and the replacement finishes by itself (a GENERATED Clique chain on SIMULATED nodes).
 */
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { canonicalSelection, checkContinuity, parseHistoryDocument } from '#libs/archive';
import { spawnTs } from '../support/programs/run-ts.js';
import { sealedChain, type SealedChain } from '../support/sealed-chain.js';
import { chainOfBlocks } from '../support/simulated/simulated-chain.js';
import { startSimulatedNode, type SimulatedNode } from '../support/simulated/simulated-node.js';

jest.setTimeout(900_000);
const LIFE_MS = 120_000;
const RANDOM_KILLS = 6;
const OLD_END = 34;
const NEW_END = 40;
const POINTS = [
  'before-append:SegmentStaged',
  'after-append:SegmentStaged',
  'before-append:SegmentsSuperseded',
  'after-append:SegmentsSuperseded',
];

const chainOf = (blocks: number, otherFrom?: number): SealedChain =>
  sealedChain({
    consensus: 'clique',
    blocks,
    validatorsAt: () => [0, 1, 2, 3],
    ...(otherFrom === undefined ? {} : { otherFrom }),
  });

describe('kill -9 while files are superseded', () => {
  const old = chainOf(OLD_END);
  const other = chainOf(NEW_END, 25);
  const nodes: SimulatedNode[] = [];
  let root: string;
  let homes = 0;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'supersession-crash-'));
    for (const nodeId of ['monitor', 'v1', 'v2', 'v3', 'v4'])
      nodes.push(await startSimulatedNode({ chain: chainOfBlocks(old.raws, old.hashes), nodeId }));
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.close()));
    await rm(root, { recursive: true, force: true });
  });

  const serve = ({ raws, hashes }: SealedChain): void => {
    for (const { rpc } of nodes) rpc.chain = chainOfBlocks(raws, hashes);
  };

  /** One life of the process: how it ended and what it said. */
  const live = async (home: string, env: Record<string, string> = {}, killAfterMs = LIFE_MS) => {
    const [monitor = '', ...validators] = nodes.map(({ url }) => url);
    const described = [
      ['monitor', 'monitor', monitor],
      ...validators.map((url, index) => [`v${index + 1}`, 'validator', url]),
    ];
    const child = spawnTs('test/support/programs/crash-main.ts', {
      env: {
        ...process.env,
        CHAINKEEP_HOME: home,
        CRASH_NODES: JSON.stringify(described),
        CRASH_TARGET: join(home, 'target'),
        ...env,
      },
    });
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    clearTimeout(timer);
    return { code, signal, output: output.slice(-2_000) };
  };

  /** The last block of the canonical files of each copy, once it is sure that nothing is missing before it. */
  const endsOf = async (home: string): Promise<readonly string[]> =>
    Promise.all(
      ['managed', 'target'].map(async (place) => {
        const bytes = await readFile(join(home, place, 'e', 'backup_snapshot.json'));
        const selection = canonicalSelection(parseHistoryDocument(bytes));
        expect(checkContinuity(selection)).toEqual([]);
        return selection.at(-1)!.end_block.hash;
      }),
    );

  /** A home that backed up the old chain, before the nodes went over to the other one. */
  const newHome = async (): Promise<string> => {
    homes += 1;
    const home = join(root, `home-${homes}`);
    serve(old);
    expect(await live(home)).toMatchObject({ code: 0 });
    serve(other);
    return home;
  };
  const beyond = { CRASH_BEYOND: old.hashes[OLD_END]! };
  const both = [old.hashes[OLD_END]!, other.hashes[NEW_END]!];

  it.each(POINTS)('at %s leaves whole copies, and the replacement finishes by itself', async (point) => {
    const home = await newHome();
    expect(await live(home, { ...beyond, CHAINKEEP_TEST_CRASH_AT: point })).toMatchObject({
      signal: 'SIGKILL',
    });
    for (const end of await endsOf(home)) expect(both).toContain(end);
    expect(await live(home, beyond)).toMatchObject({ code: 0 });
    expect(await endsOf(home)).toEqual([both[1], both[1]]);
  });

  it(`at ${RANDOM_KILLS} random moments leaves whole copies each time`, async () => {
    const home = await newHome();
    for (let kill = 0; kill < RANDOM_KILLS; kill += 1) {
      await live(home, beyond, 600 + Math.floor(Math.random() * 1_500));
      for (const end of await endsOf(home)) expect(both).toContain(end);
    }
    expect(await live(home, beyond)).toMatchObject({ code: 0 });
    expect(await endsOf(home)).toEqual([both[1], both[1]]);
  });
});
