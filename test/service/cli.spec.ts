/** @proves verify and inspect name the damaged block. Exit codes and error lines are as documented. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkBlock, createSealReader, hexToBytes, type SealReader } from '#libs/archive';
import { sealedChain } from '../support/sealed-chain.js';
import { verifyFile } from '../../apps/cli/src/archive/verify-file.js';
import { cliError, flipBit, runCliProcess } from '../support/programs/run-cli.js';
import { syntheticChain } from '../support/simulated/simulated-chain.js';

let folder: string;
let reader: SealReader;
beforeAll(async () => {
  reader = await createSealReader(0);
  folder = await mkdtemp(join(tmpdir(), 'chainkeep-cli-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Blocks `start` to `end` of a synthetic chain, with where each begins. */
const segmentOf = (start: number, end: number) => {
  const chain = syntheticChain({ blocks: end + 1 });
  const blocks = Array.from({ length: end - start + 1 }, (_, index) => chain.raw(BigInt(start + index))!);
  let at = 0;
  const offsets = blocks.map((block) => (at += block.length) - block.length);
  return { chain, bytes: Buffer.concat(blocks), offsets };
};

describe('verify', () => {
  const NAME = '2026-01-31T12:00:00.000Z-block-5-24.rlp';

  it('names the block of any flipped bit', async () => {
    const { chain, bytes, offsets } = segmentOf(5, 24);
    const home = await mkdtemp(join(folder, 'flips-'));
    const entryOf = (number: bigint) => {
      const { hash, parentHash } = chain.header(number);
      return { block: Number(number), hash, parent_hash: parentHash };
    };
    const entry = { file: NAME, date: NAME.slice(0, 24), canonical_chain: true, raftSwapFile: false };
    const history = [{ ...entry, start_block: entryOf(5n), end_block: entryOf(24n) }];
    await writeFile(
      join(home, 'backup_snapshot.json'),
      JSON.stringify({ latest_backup: null, provider: 'geth', history }),
    );
    await writeFile(join(home, NAME), bytes);
    expect(await verifyFile(join(home, NAME), reader)).toMatchObject({ blocks: 20, faults: [] });
    let exact = 0;
    const FLIPS = 100;
    for (let i = 0; i < FLIPS; i += 1) {
      const bit = createHash('sha256').update(`flip ${i}`).digest().readUInt32BE() % (bytes.length * 8);
      await writeFile(join(home, NAME), flipBit(bytes, bit));
      const { faults } = await verifyFile(join(home, NAME), reader);
      const index = offsets.findLastIndex((offset) => offset <= bit >> 3);
      expect(faults).toHaveLength(1);
      const { block, offset = -1 } = faults[0]!;
      // The length in a block's first bytes may swallow what follows: then the place is where that was noticed.
      const isLength = (bit >> 3) - offsets[index]! < 3;
      const end = (offsets[index + 1] ?? bytes.length) + (isLength ? bytes.length : 0);
      expect([i, offset >= offsets[index]!, offset < end]).toEqual([i, true, true]);
      // A bit in the number itself changes the number that is shown.
      if (block === 5 + index) exact += 1;
    }
    expect(exact).toBeGreaterThan(FLIPS * 0.8);
  });

  it('names the block in a compressed file, and a file that ends early', async () => {
    const { bytes, offsets } = segmentOf(5, 24);
    const altered = join(folder, `${NAME}.gz`);
    await writeFile(altered, gzipSync(flipBit(bytes, (offsets[9]! + 200) * 8)));
    expect(await verifyFile(altered, reader)).toMatchObject({
      faults: [{ block: 14, offset: offsets[9]! + 200 }],
    });
    const cut = join(folder, 'cut.rlp.gz');
    await writeFile(cut, gzipSync(bytes).subarray(0, -40));
    expect(await verifyFile(cut, reader)).toMatchObject({ faults: [{ code: 'SEGMENT_INCOMPLETE' }] });
  });

  it('ends with 1 when something is wrong, with 0 when nothing is', async () => {
    const { bytes, offsets } = segmentOf(5, 24);
    const good = join(folder, 'good.rlp');
    const bad = join(folder, 'bad.rlp');
    await writeFile(good, bytes);
    await writeFile(bad, flipBit(bytes, (offsets[3]! + 100) * 8));
    expect(await runCliProcess(['verify', good])).toMatchObject({ code: 0, err: '' });
    const { code, out } = await runCliProcess(['verify', bad]);
    expect({ code, out }).toMatchObject({
      code: 1,
      out: expect.stringContaining(`(block 8, byte ${offsets[3]! + 100}, header.`),
    });
    const json = await runCliProcess(['verify', bad, '--json']);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({ ok: false, environments: [{ faults: [{ block: 8 }] }] });
  });
});

describe('inspect', () => {
  it('shows every block of plain and gzip files as an independent client does', async () => {
    const text = await readFile(join(import.meta.dirname, '../fixtures/blocks.json'), 'utf8');
    const fixtures = JSON.parse(text) as { kind: string; rlp: string; hash: string; consensus: string }[];
    const blocks = fixtures.filter(({ kind }) => kind === 'block');
    const bytes = Buffer.concat(blocks.map(({ rlp }) => hexToBytes(rlp.slice(2))));
    const plain = join(folder, 'fixtures.rlp');
    const gzip = join(folder, 'fixtures.rlp.gz');
    await writeFile(plain, bytes);
    await writeFile(gzip, gzipSync(bytes));
    const { code, out, err } = await runCliProcess(['inspect', '--json', plain, gzip]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { file: string; hash: string; consensus: string; signer: unknown });
    expect(lines.map(({ hash }) => hash)).toEqual([...blocks, ...blocks].map(({ hash }) => hash));
    expect(new Set(lines.map(({ file }) => file))).toEqual(new Set([plain, gzip]));
    const signed = lines.filter(({ signer }) => signer !== null);
    expect(signed.every(({ consensus }) => consensus === 'clique')).toBe(true);
  });

  it('says that a file is empty, refuses what is no file, and keeps nanoseconds exact', async () => {
    const empty = join(folder, 'empty.rlp');
    await writeFile(empty, '');
    expect(await runCliProcess(['inspect', empty])).toMatchObject({
      code: 1,
      err: expect.stringContaining('The file is empty'),
    });
    expect(await runCliProcess(['verify', empty])).toMatchObject({
      code: 1,
      out: expect.stringContaining('The file is empty'),
    });
    for (const command of ['inspect', 'verify'])
      expect(await runCliProcess([command, '/dev/null'])).toMatchObject({
        code: 2,
        err: expect.stringContaining('neither a file nor a directory'),
      });
    const raft = sealedChain({ consensus: 'raft', blocks: 1, validatorsAt: () => [0] });
    const file = join(folder, 'raft.rlp');
    await writeFile(file, raft.raws[1]!);
    const { out } = await runCliProcess(['inspect', '--json', file]);
    expect(JSON.parse(out)).toMatchObject({ timestamp: '1700000001000000000' });
  });

  it('compares block 0 with the genesis, and follows its validators into a file that starts at block 1', async () => {
    const chain = (salt: number) =>
      sealedChain({ consensus: 'qbft', blocks: 9, validatorsAt: () => [0, 1, 2, 3].map((n) => n + salt) });
    const [own, other] = [chain(0), chain(20)];
    const place = (name: string) => join(folder, name);
    await writeFile(place('own.json'), JSON.stringify(own.genesis));
    await writeFile(place('other.json'), JSON.stringify(other.genesis));
    await writeFile(place('whole.rlp'), Buffer.concat(own.raws));
    await writeFile(place('after.rlp'), Buffer.concat(own.raws.slice(1)));
    for (const file of ['whole.rlp', 'after.rlp']) {
      const by = (genesis: string) =>
        runCliProcess(['inspect', '--json', '--genesis', place(genesis), place(file)]);
      const { code, err, out } = await by('own.json');
      expect({ code, err }).toEqual({ code: 0, err: '' });
      const quorums = out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { number: unknown; quorum: unknown })
        .filter(({ number }) => String(number) !== '0')
        .map(({ quorum }) => quorum);
      expect(quorums).toHaveLength(9);
      for (const quorum of quorums) expect(quorum).toMatchObject({ reached: true, validators: 4 });
      expect(await by('other.json')).toMatchObject({
        ...{ code: 1, out: '' },
        err: expect.stringMatching(/BLOCK_HASH_MISMATCH[^]*it is the genesis of another chain \(block 0\)/),
      });
    }
  });

  it('says where a block is wrong', async () => {
    const { chain, bytes, offsets } = segmentOf(0, 9);
    const file = join(folder, 'wrong.rlp');
    // The last byte of block 4's transaction: its root no longer fits.
    await writeFile(file, flipBit(bytes, (offsets[5]! - 3) * 8));
    const { code, out, err } = await runCliProcess(['inspect', file]);
    expect(out.trim().split('\n')).toHaveLength(4);
    expect(out).toContain(checkBlock(chain.raw(3n)!).hash);
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringContaining(`(block 4, byte ${offsets[4]})`),
    });
  });
});

describe('the command line', () => {
  it.each([
    [['bogus'], 2, 'INPUT_INVALID'],
    [['inspect'], 2, 'INPUT_INVALID'],
    [['plan'], 2, 'INPUT_INVALID'],
    [['verify', '/no/such/file'], 2, 'INPUT_INVALID'],
    [['inspect', '/no/such/file'], 2, 'INPUT_INVALID'],
    [['verify', 's3://bucket/prefix'], 2, 'INPUT_INVALID'],
    [['backup', 'status'], 3, 'SERVICE_UNREACHABLE'],
    [['doctor'], 3, 'SERVICE_UNREACHABLE'],
  ])('%j ends with %d and two lines', async (args, expected, name) => {
    const { code, out, err } = await runCliProcess(args, { CHAINKEEP_URL: 'http://127.0.0.1:9' });
    expect({ code, out }).toEqual({ code: expected, out: '' });
    expect(err).toMatch(cliError(name));
  });

  it('explains itself', async () => {
    const { code, out } = await runCliProcess(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('0 success, 1 problem found, 2 usage error, 3 not completed');
    expect(await runCliProcess([])).toMatchObject({ code: 2, out: '' });
    expect(await runCliProcess(['doctor'], { CHAINKEEP_URL: 'nowhere' })).toMatchObject({
      code: 2,
      err: expect.stringMatching(cliError('CONFIG_INVALID')),
    });
  });
});
