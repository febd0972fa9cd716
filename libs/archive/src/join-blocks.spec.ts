import { describe, expect, it } from '@jest/globals';
import { isCodedError } from '#libs/kernel';

import { joinBlocks, type BlockParts } from './join-blocks.js';
import { decodeRlp, type RlpItem } from './rlp/reader.js';
import { encodeRlp } from './rlp/writer.js';

const bytes = (length: number, value = 7): Uint8Array => new Uint8Array(length).fill(value);
const header = (later: readonly Uint8Array[] = []): RlpItem => [
  ...[bytes(32), bytes(32), bytes(20), bytes(32), bytes(32), bytes(32), bytes(256)],
  ...[bytes(1), bytes(1), bytes(4), bytes(2), bytes(4), bytes(97), bytes(32), bytes(8)],
  ...later,
];
/** The later fields up to the access list's hash. */
const LATER = [bytes(1), bytes(32), bytes(1), bytes(1), bytes(32), bytes(32), bytes(32)];
const partsOf = (block: readonly RlpItem[]): BlockParts => ({
  header: encodeRlp(block[0] ?? []),
  body: encodeRlp(block.slice(1)),
});
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (isCodedError(error)) return error.code;
  }
  return 'nothing';
};

describe('joinBlocks', () => {
  it('gives the bytes of the blocks that were taken apart', () => {
    const blocks: readonly RlpItem[][] = [
      [header(), [], []],
      [header(), [[bytes(3)], bytes(70_000)], []],
      [header([bytes(1), bytes(32)]), [bytes(200)], [header()], [[bytes(1)]]],
    ];
    const joined = joinBlocks(blocks.map(partsOf));
    expect(joined?.map((block) => decodeRlp(block))).toEqual(blocks);
    expect(joined?.map((block) => Buffer.from(block).toString('hex'))).toEqual(
      blocks.map((block) => Buffer.from(encodeRlp(block)).toString('hex')),
    );
  });

  it('leaves blocks with an access list to the client', () => {
    expect(joinBlocks([partsOf([header(LATER.slice(0, -1)), [], []])])).toHaveLength(1);
    expect(joinBlocks([partsOf([header(LATER), [], []])])).toBeUndefined();
  });

  it('refuses parts that are none', () => {
    const good = partsOf([header(), [], []]);
    const cut = (part: Uint8Array): Uint8Array => part.subarray(0, -1);
    expect(codeOf(() => joinBlocks([{ ...good, body: Uint8Array.of(0x80) }]))).toBe('RLP_INVALID');
    expect(codeOf(() => joinBlocks([{ ...good, body: new Uint8Array() }]))).toBe('RLP_INVALID');
    expect(codeOf(() => joinBlocks([{ ...good, body: cut(good.body) }]))).toBe('RLP_INVALID');
    expect(codeOf(() => joinBlocks([{ ...good, header: cut(good.header) }]))).toBe('RLP_INVALID');
    expect(codeOf(() => joinBlocks([{ ...good, header: good.body }]))).toBe('RLP_INVALID');
    expect(codeOf(() => joinBlocks([{ ...good, header: encodeRlp([bytes(32)]) }]))).toBe('BLOCK_INVALID');
  });
});
