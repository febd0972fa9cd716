import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHistoryDocument, historyToJson, type HistoryFile } from '#libs/archive';
import { spawnTs } from '../support/run-ts.js';
import { syntheticChain } from '../support/simulated-chain.js';

type Ended = Readonly<{ code: number | null; stdout: string; stderr: string }>;

const cli = async (...args: string[]): Promise<Ended> => {
  const env = { ...process.env, CHAINKEEP_URL: 'http://127.0.0.1:9', CHAINKEEP_TOKEN: '' };
  const child = await spawnTs('apps/cli/src/main.ts', { args, env });
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
};

const chain = syntheticChain({ blocks: 20 });
const bytesOf = (from: number, to: number): Buffer =>
  Buffer.concat(Array.from({ length: to - from + 1 }, (_, i) => chain.raw(BigInt(from + i))!));
const dateOf = (index: number): string => `2026-01-0${index + 1}T00:00:00.000Z`;

const entryOf = (index: number, from: number, to: number, suffix: string): HistoryFile => {
  const [start, end] = [chain.header(BigInt(from)), chain.header(BigInt(to))];
  return {
    file: `${dateOf(index)}-block-${from}-${to}.rlp${suffix}`,
    date: dateOf(index),
    canonical: true,
    raftSwapFile: false,
    start: start.number,
    startHash: start.hash,
    parentHash: start.parentHash,
    end: end.number,
    endHash: end.hash,
    endParentHash: end.parentHash,
  };
};

describe('the command line', () => {
  let home = '';
  const files = [entryOf(0, 0, 9, ''), entryOf(1, 10, 20, '.gz')];
  const place = (index: number): string => join(home, 'bucket', 'prod', files[index]!.file);

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'chainkeep-cli-'));
    await mkdir(join(home, 'bucket', 'prod'), { recursive: true });
    await writeFile(place(0), bytesOf(0, 9));
    await writeFile(place(1), gzipSync(bytesOf(10, 20)));
    const document = createHistoryDocument(files, 'geth', dateOf(1));
    await writeFile(join(home, 'bucket', 'prod', 'backup_snapshot.json'), historyToJson(document));
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  it('inspects plain and gzip files', async () => {
    const { code, stdout } = await cli('inspect', '--json', place(0), place(1));
    expect(code).toBe(0);
    const blocks = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(blocks.map(({ number, hash }) => [number, hash])).toStrictEqual(
      Array.from({ length: 21 }, (_, i) => [i, chain.header(BigInt(i)).hash]),
    );
    expect(blocks[2]).toMatchObject({ transactions: 1, parent_hash: chain.header(1n).hash });
  });

  it('inspects real blocks, each with the hash its client states', async () => {
    const text = await readFile(new URL('../fixtures/blocks.json', import.meta.url), 'utf8');
    const vectors = (
      JSON.parse(text) as { kind: string; rlp?: string; hash: string; consensus: string }[]
    ).filter(({ kind, rlp }) => kind === 'block' && rlp !== undefined);
    const file = join(home, 'real.rlp');
    await writeFile(file, Buffer.concat(vectors.map(({ rlp }) => Buffer.from(rlp!.slice(2), 'hex'))));
    const { code, stdout } = await cli('inspect', '--json', file);
    expect(code).toBe(0);
    const blocks = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(blocks.map(({ hash }) => hash)).toStrictEqual(vectors.map(({ hash }) => hash));
    expect(blocks.some(({ signer }) => typeof signer === 'string')).toBe(true);
  });

  it('verifies a file, a folder and a bucket', async () => {
    for (const source of [place(1), join(home, 'bucket', 'prod'), join(home, 'bucket')]) {
      const { code, stdout } = await cli('verify', '--json', source);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toBeInstanceOf(Object);
    }
  });

  it('names the place of the first wrong byte and ends with 1', async () => {
    const good = await readFile(place(0));
    const offset = bytesOf(0, 3).length;
    const bad = Buffer.from(good);
    bad[offset + 100]! ^= 1;
    await writeFile(place(0), bad);
    const { code, stdout } = await cli('verify', '--json', join(home, 'bucket'));
    const inspected = await cli('inspect', place(0));
    await writeFile(place(0), good.subarray(0, good.length - 5));
    const cut = await cli('verify', join(home, 'bucket'));
    await writeFile(place(0), good);
    expect(code).toBe(1);
    expect(stdout).toContain(files[0]!.file);
    // A changed byte in block 4 may keep its form: it then shows where block 5 no longer follows.
    expect(stdout).toMatch(new RegExp(`\\b(${offset}|${bytesOf(0, 4).length})\\b`));
    expect([0, 1]).toContain(inspected.code);
    expect(cut.code).toBe(1);
    expect(cut.stdout).toContain('SEGMENT_INCOMPLETE');
  });

  it('names a missing file and a digest that is not the manifest’s', async () => {
    const good = await readFile(place(1));
    await rm(place(1));
    const { code, stdout } = await cli('verify', join(home, 'bucket'));
    await writeFile(place(1), good);
    expect(code).toBe(1);
    expect(stdout).toContain('TARGET_OBJECT_MISSING');
    expect(createHash('sha256').update(good).digest('hex')).toHaveLength(64);
  });

  it('ends with 2 for a wrong command line or network file', async () => {
    expect((await cli('verify', join(home, 'nowhere'))).code).toBe(2);
    expect((await cli('frobnicate')).code).toBe(2);
    const file = join(home, 'network.yaml');
    await writeFile(file, 'consortium: { id: acme }\n');
    const { code, stderr } = await cli('plan', '-f', file);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error CONFIG_INVALID: .*\n.*network\.yaml:1:\d+: consortium\.name: /);
    expect(stderr).toContain('\nhint: ');
  });

  it('ends with 3 and a hint when the service is not there, without a stack', async () => {
    for (const args of [['backup', 'status'], ['keys', 'list', '-m', 'a'], ['doctor']]) {
      const { code, stdout, stderr } = await cli(...args);
      expect(code).toBe(3);
      expect(stdout + stderr).toContain('127.0.0.1:9 does not answer');
      expect(stderr).not.toContain('    at ');
    }
  });

  it('tells its exit codes in --help', async () => {
    const { code, stdout } = await cli('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('Exit codes: 0 done, 1 found wrong, 2 usage');
  });
});
