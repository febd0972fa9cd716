import { describe, expect, it } from '@jest/globals';
import { bytesToHex, isCodedError, type Hex } from '#libs/kernel';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { checkBlock } from '../block.js';
import { concatBytes } from '../bytes.js';
import { createContentRoot } from '../content-root.js';
import { keccak256 } from '../crypto/keccak.js';
import { encodeRlp } from '../rlp/writer.js';
import { chainOf, codeOf } from '../testing.js';
import { createBlockSplitter } from './block-splitter.js';
import { checkSegment, createSegmentChecker, type SegmentExpectation } from './check-segment.js';

const cut = (bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] => {
  const chunks: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const size = sizes.length === 0 ? bytes.length : (sizes[i % sizes.length] ?? 1);
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
};

const split = (chunks: readonly Uint8Array[]): { bytes: Uint8Array; offset: number }[] => {
  const splitter = createBlockSplitter();
  const blocks: { bytes: Uint8Array; offset: number }[] = [];
  for (const chunk of chunks) {
    const reused = Uint8Array.from(chunk);
    for (const { bytes, offset } of splitter.push(reused))
      blocks.push({ bytes: Uint8Array.from(bytes), offset });
    // As a reader that reuses its buffer would do: what was held over must be a copy.
    reused.fill(0);
  }
  splitter.finish();
  return blocks;
};

const errorOf = async (run: () => unknown): Promise<{ code: string; context: Record<string, unknown> }> => {
  try {
    await run();
  } catch (error) {
    if (isCodedError(error)) return { code: error.code, context: error.context };
    throw error;
  }
  return { code: 'none', context: {} };
};

describe('block splitter', () => {
  const list = fc.oneof(
    fc.uint8Array({ maxLength: 54 }).map((bytes) => encodeRlp([bytes])),
    fc.uint8Array({ minLength: 56, maxLength: 700 }).map((bytes) => encodeRlp([bytes])),
  );
  const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 });

  it('yields the same blocks at the same offsets whatever the chunks', () => {
    fc.assert(
      fc.property(fc.array(list, { maxLength: 20 }), sizes, (blocks, chunkSizes) => {
        let offset = 0;
        const expected = blocks.map((bytes) => {
          const block = { bytes, offset };
          offset += bytes.length;
          return block;
        });
        expect(split(cut(concatBytes(...blocks), chunkSizes))).toEqual(expected);
      }),
    );
  });

  it('yields the blocks before a fault, then names where it is', () => {
    const good = encodeRlp([new Uint8Array(100)]);
    for (const bad of [
      [0x00],
      [0x85],
      [0xf8, 0x01, 0x00],
      [0xf9, 0x00, 0x80],
      [0xff, 1, 1, 1, 1, 1, 1, 1, 1],
    ]) {
      for (const chunkSizes of [[1], [7], []]) {
        const splitter = createBlockSplitter();
        let seen = 0;
        let offset: unknown;
        try {
          for (const chunk of cut(concatBytes(good, good, Uint8Array.from(bad)), chunkSizes))
            for (const { bytes } of splitter.push(chunk)) seen += bytes.length;
        } catch (error) {
          offset = isCodedError(error) && error.code === 'RLP_INVALID' ? error.context['offset'] : error;
        }
        expect(seen).toBe(2 * good.length);
        expect(offset).toBe(2 * good.length);
      }
    }
  });

  it('says that a file ends inside a block, and refuses a block beyond the limit at once', () => {
    const block = encodeRlp([new Uint8Array(100)]);
    for (const length of [1, 2, 50, block.length - 1])
      expect(codeOf(() => split([block.subarray(0, length)]))).toBe('SEGMENT_INCOMPLETE');
    const splitter = createBlockSplitter(50);
    expect(codeOf(() => [...splitter.push(block.subarray(0, 2))])).toBe('RLP_INVALID');
    const huge = createBlockSplitter();
    expect(codeOf(() => [...huge.push(Uint8Array.of(0xfb, 0x7f, 0xff, 0xff, 0xff))])).toBe('RLP_INVALID');
  });
});

describe('segment check', () => {
  const chain = (): Uint8Array[] => chainOf(10, 2501, keccak256);

  it('summarises a segment', async () => {
    const blocks = chain();
    const file = concatBytes(...blocks);
    const refs = blocks.map((bytes) => checkBlock(bytes));
    const content = createContentRoot();
    for (const { sealFreeHash } of refs) content.add(sealFreeHash);
    const seen: bigint[] = [];
    const first = refs[0]!;
    const last = refs.at(-1)!;
    const summary = await checkSegment(cut(file, [1000, 65_536, 3]), {
      start: 10n,
      end: 2510n,
      parentHash: first.parentHash,
      startHash: first.hash,
      endHash: last.hash,
      onBlock: ({ number }) => seen.push(number),
    });
    const size = (count: number): number => concatBytes(...blocks.slice(0, count)).length;
    expect(summary).toEqual({
      blocks: 2501,
      transactions: 0,
      start: { number: 10n, hash: first.hash, parentHash: first.parentHash },
      end: { number: 2510n, hash: last.hash, parentHash: last.parentHash },
      contentRoot: content.root(),
      offsets: [0, size(1000), size(2000)],
      bytes: file.length,
      sha256: createHash('sha256').update(file).digest('hex'),
      consensus: ['plain'],
    });
    expect(seen).toEqual(refs.map(({ number }) => number));
  });

  it('finds what is missing, doubled, swapped, cut or too much, with the offset in the file', async () => {
    const blocks = chain().slice(0, 5);
    const [a, b, c, d, e] = blocks as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const fault = (parts: readonly Uint8Array[], expected: SegmentExpectation = {}) =>
      errorOf(() =>
        checkSegment([concatBytes(...parts)], { start: 10n, end: 14n, source: 'file', ...expected }),
      );
    const two = { offset: 2 * a.length, source: 'file' };
    expect(await fault([a, b, d, e])).toMatchObject({ code: 'BLOCK_NUMBER_MISMATCH', context: two });
    expect(await fault([a, b, b, c])).toMatchObject({ code: 'BLOCK_NUMBER_MISMATCH', context: two });
    expect(await fault([b, c])).toMatchObject({ code: 'BLOCK_NUMBER_MISMATCH', context: { offset: 0 } });
    expect(await fault([a, b, c])).toMatchObject({ code: 'SEGMENT_INCOMPLETE' });
    expect(await fault([a, b, c, d, e.subarray(0, 20)])).toMatchObject({ code: 'SEGMENT_INCOMPLETE' });
    expect(await fault([])).toMatchObject({ code: 'SEGMENT_INCOMPLETE' });
    expect(await fault([a, b, c], { end: 11n })).toMatchObject({
      code: 'BLOCK_NUMBER_MISMATCH',
      context: two,
    });
    const wrong = bytesToHex(new Uint8Array(32).fill(1));
    expect(await fault(blocks, { endHash: wrong })).toMatchObject({ code: 'BLOCK_HASH_MISMATCH' });
    expect(await fault(blocks, { startHash: wrong })).toMatchObject({ code: 'BLOCK_HASH_MISMATCH' });
    expect(await fault(blocks, { parentHash: wrong })).toMatchObject({ code: 'BLOCK_PARENT_MISMATCH' });
    const one = { start: 10n, end: 10n, startHash: checkBlock(a).hash, endHash: wrong };
    expect(await fault([a], one)).toMatchObject({ code: 'BLOCK_HASH_MISMATCH' });
    expect(await fault(blocks)).toMatchObject({ code: 'none' });
  });

  it('finds any altered byte when the end is known', () => {
    const blocks = chain().slice(0, 3);
    const file = concatBytes(...blocks);
    const endHash: Hex = checkBlock(blocks[2]!).hash;
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const altered = Uint8Array.from(file);
        altered[at]! ^= change;
        const checker = createSegmentChecker({ start: 10n, end: 12n, endHash });
        expect(
          codeOf(() => {
            checker.push(altered);
            checker.finish();
          }),
        ).toBeDefined();
      }),
      { numRuns: 500 },
    );
  });
});
