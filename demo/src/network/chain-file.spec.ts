import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createBlock, type Block } from '@ethereumjs/block';
import { bytesToHex } from '#libs/kernel';
import { ChainFile, type FileBlock } from './chain-file.js';
import { demoCommon, signerList } from './genesis.js';

const common = demoCommon();
const extraData = Buffer.concat([Buffer.alloc(32), signerList(), Buffer.alloc(65)]);

const chainOf = (length: number, first = 0): Block[] => {
  const blocks: Block[] = [];
  for (let number = first; number < first + length; number += 1) {
    const parentHash = blocks.at(-1)?.hash() ?? Buffer.alloc(32);
    const own = number === 0 ? extraData : Buffer.alloc(97);
    const header = {
      number: BigInt(number),
      parentHash,
      difficulty: 2n,
      extraData: own,
      gasLimit: 8_000_000n,
    };
    blocks.push(createBlock({ header }, { common }));
  }
  return blocks;
};
const asFileBlock = (block: Block): FileBlock => ({
  raw: block.serialize(),
  hash: block.hash(),
  difficulty: block.header.difficulty,
});

describe('ChainFile', () => {
  let folder = '';
  let path = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chainkeep-chain-file-'));
    path = join(folder, 'chain.rlp');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const fill = async (blocks: readonly Block[]): Promise<void> => {
    const file = await ChainFile.open(path, common);
    file.startAt(Number(blocks[0]?.header.number ?? 0n));
    await file.append(blocks.map(asFileBlock));
    await file.close();
  };

  it('finds every block again after a restart, beyond one chunk and one growth of its index', async () => {
    const blocks = chainOf(2500);
    await fill(blocks);
    expect((await stat(path)).size).toBeGreaterThan(1 << 20);
    const file = await ChainFile.open(path, common);
    expect([file.first, file.head]).toEqual([0, 2499]);
    for (const number of [0, 1, 1023, 1024, 2498, 2499]) {
      const block = blocks[number]!;
      expect(file.hash(number)).toBe(bytesToHex(block.hash()));
      expect(file.numberOf(bytesToHex(block.hash()))).toBe(number);
      expect(await file.raw(number)).toEqual(Uint8Array.from(block.serialize()));
      expect(file.difficultyTo(number)).toBe(2 * (number + 1));
    }
    expect(file.hash(2500)).toBeUndefined();
    expect(await file.raw(2500)).toBeUndefined();
    expect(file.numberOf(`0x${'ab'.repeat(32)}`)).toBeUndefined();
    await file.close();
  });

  it('drops a last block that is cut off at any byte, and goes on from there', async () => {
    const blocks = chainOf(4);
    await fill(blocks);
    const whole = await readFile(path);
    const kept = whole.length - blocks[3]!.serialize().length;
    for (let cut = kept + 1; cut < whole.length; cut += 37) {
      await writeFile(path, whole.subarray(0, cut));
      const file = await ChainFile.open(path, common);
      expect(file.head).toBe(2);
      expect(file.hash(2)).toBe(bytesToHex(blocks[2]!.hash()));
      await file.append([asFileBlock(blocks[3]!)]);
      await file.close();
      expect(await readFile(path)).toEqual(whole);
    }
  });

  it.each([
    ['zeros', Buffer.alloc(4096)],
    ['a block that does not follow', Buffer.from(chainOf(1, 9)[0]!.serialize())],
    ['a list that is no block', Buffer.from('c3010203', 'hex')],
  ])('drops %s behind the last block', async (_, garbage) => {
    await fill(chainOf(3));
    const { size } = await stat(path);
    await appendFile(path, garbage);
    const file = await ChainFile.open(path, common);
    expect(file.head).toBe(2);
    await file.close();
    expect((await stat(path)).size).toBe(size);
  });

  it('keeps the numbers of a file that begins above block 0, and drops its last block on demand', async () => {
    await fill(chainOf(3, 40));
    const file = await ChainFile.open(path, common);
    expect([file.first, file.head]).toEqual([40, 42]);
    await file.dropLast();
    expect(file.head).toBe(41);
    expect(await file.raw(42)).toBeUndefined();
    await file.close();
  });

  it('opens what was emptied', async () => {
    await fill(chainOf(2));
    await truncate(path, 0);
    const file = await ChainFile.open(path, common);
    expect([file.first, file.head]).toEqual([0, -1]);
    await file.close();
  });
});
