/** @proves After kill -9 at every named point, and at 20 random moments, a backup finishes by itself with every file once. */
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { canonicalSelection, checkContinuity, parseHistoryDocument, parseManifest } from '#libs/archive';
import { historyProjection } from '#libs/projections';
import { startDemoNetwork, type DemoNetwork } from '../../demo/src/index.js';
import { crashPointsIn } from '../support/programs/crash-points.js';
import { spawnTs } from '../support/programs/run-ts.js';

jest.setTimeout(900_000);
const RUN_MS = 60_000;
const RANDOM_KILLS = 20;

describe('kill -9 of the whole process', () => {
  let network: DemoNetwork;
  let root: string;
  let homes = 0;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'crash-'));
    // No block is sealed: every run backs up the same 61 blocks.
    network = await startDemoNetwork({
      home: join(root, 'network'),
      periodMs: 3_600_000,
      seedBlocks: 60,
      log: () => undefined,
    });
  });
  afterAll(async () => {
    await network.stop();
    await rm(root, { recursive: true, force: true });
  });

  const newHome = (): string => {
    homes += 1;
    return join(root, `home-${homes}`);
  };

  /** One life of the process: how it ended and what it said. `killAfterMs` ends it from outside. */
  const live = async (home: string, env: Record<string, string> = {}, killAfterMs?: number) => {
    const nodes = network.nodes.map(({ id, role, url }) => [id, role, url]);
    const child = spawnTs('test/support/programs/crash-main.ts', {
      env: {
        ...process.env,
        CHAINKEEP_HOME: home,
        CRASH_NODES: JSON.stringify(nodes),
        CRASH_TARGET: join(home, 'target'),
        ...env,
      },
    });
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs ?? RUN_MS);
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    clearTimeout(timer);
    return { code, signal, output };
  };

  /** Everything is there once, whole, and listed only because it is there. */
  const expectExact = async (home: string): Promise<void> => {
    const folders = [join(home, 'managed', 'e'), join(home, 'target', 'e')];
    const documents = await Promise.all(
      folders.map(async (folder) =>
        parseHistoryDocument(await readFile(join(folder, 'backup_snapshot.json'))),
      ),
    );
    expect(documents[1]).toEqual(documents[0]);
    const { history } = documents[0]!;
    expect(history.map(({ start_block, end_block }) => [start_block.block, end_block.block])).toEqual([
      [0, 11],
      [12, 23],
      [24, 35],
      [36, 47],
      [48, 59],
      [60, 60],
    ]);
    expect(checkContinuity(canonicalSelection(documents[0]!))).toEqual([]);
    for (const folder of folders) {
      const files = (await readdir(folder)).filter((name) => name.endsWith('.rlp')).sort();
      expect(files).toEqual(history.map(({ file }) => file).sort());
      for (const file of files) {
        const { sha256 } = parseManifest(await readFile(join(folder, `${file}.manifest.json`)));
        expect(
          createHash('sha256')
            .update(await readFile(join(folder, file)))
            .digest('hex'),
        ).toBe(sha256);
      }
    }
    const chain = await readFile(join(root, 'network', 'chain.rlp'));
    const ours = await Promise.all(history.map(({ file }) => readFile(join(folders[0]!, file))));
    expect(Buffer.concat(ours).equals(chain)).toBe(true);
  };

  it('at every named point leaves a state from which it finishes by itself', async () => {
    const record = join(root, 'points');
    const dry = newHome();
    expect(await live(dry, { CHAINKEEP_TEST_CRASH_RECORD: record })).toMatchObject({ code: 0 });
    await expectExact(dry);
    const points = crashPointsIn(record);
    expect(points).toEqual(
      expect.arrayContaining([
        'before-append:RangeAgreed',
        'after-append:SegmentExported',
        'before-put:managed/segment',
        'after-put:target/segment',
        'after-put:managed/manifest',
        'before-checkpoint:exporter',
        `after-apply:${historyProjection.name}@${historyProjection.version}`,
      ]),
    );
    const crash = async (point: string): Promise<void> => {
      const home = newHome();
      const { signal, output } = await live(home, { CHAINKEEP_TEST_CRASH_AT: point });
      // A point that depends on timing may not come this time; then the run is simply whole.
      if (signal !== 'SIGKILL') expect(output).toContain('DONE');
      const after = await live(home);
      expect({ point, ...after, output: after.output.slice(-2_000) }).toMatchObject({ code: 0 });
      await expectExact(home);
      await rm(home, { recursive: true, force: true });
    };
    for (let index = 0; index < points.length; index += 2) {
      await Promise.all(points.slice(index, index + 2).map(crash));
    }
  });

  it(`at ${RANDOM_KILLS} random moments of one backup leaves a state from which it finishes by itself`, async () => {
    const home = newHome();
    for (let kill = 0; kill < RANDOM_KILLS; kill += 1) {
      const { signal, output } = await live(home, {}, 300 + Math.floor(Math.random() * 1_500));
      if (signal !== 'SIGKILL') expect(output).toContain('DONE');
    }
    expect(await live(home)).toMatchObject({ code: 0 });
    await expectExact(home);
  });
});
