import { CodedError, type Hex, type LinkedBlockRef } from '#libs/kernel';
import type { BlockExpectation, CheckedBlock } from '../block.js';
import { createContentRoot } from '../content-root.js';
import type { BlockConsensus } from '../seal/hash-rule.js';

/** A manifest holds the byte offset of every thousandth block, counted from the first of the segment. */
export const OFFSETS_EVERY = 1000;

/** What is known of a segment before its blocks are read. */
export type SegmentEnds = Readonly<{
  start?: bigint | undefined;
  end?: bigint | undefined;
  /** Parent of the first block. */
  parentHash?: Hex | undefined;
  startHash?: Hex | undefined;
  endHash?: Hex | undefined;
}>;

/** What the blocks of a whole segment amount to. Sizes are of the uncompressed bytes. */
export type SegmentContent = Readonly<{
  blocks: number;
  transactions: number;
  start: LinkedBlockRef;
  end: LinkedBlockRef;
  contentRoot: Hex;
  /** Where the first and every OFFSETS_EVERY-th block after it begin, in bytes. */
  offsets: readonly number[];
  bytes: number;
  /** The consensus of its blocks, in the order they appear (a chain may migrate). */
  consensus: readonly BlockConsensus[];
}>;

const refOf = ({ number, hash, parentHash }: CheckedBlock): LinkedBlockRef => ({ number, hash, parentHash });

type Wrong = Readonly<{ number: bigint; expected: Hex; actual: Hex }>;

const wrongHash = (wrong: Wrong, source: string | undefined): CodedError =>
  new CodedError('BLOCK_HASH_MISMATCH', `Block ${wrong.number} is not the expected one.`, {
    context: { ...wrong, source },
  });

/**
 * Folds checked blocks, one after another, into the content of a segment. The exporter writes manifests with it and
 * `verify` judges files with it, so both mean the same. A block that it refuses changes nothing.
 */
export class SegmentFold {
  private readonly content = createContentRoot();
  private readonly offsets: number[] = [];
  private readonly consensus = new Set<BlockConsensus>();
  private first: CheckedBlock | undefined;
  private last: CheckedBlock | undefined;
  private blocks = 0;
  private transactions = 0;
  private size = 0;

  constructor(readonly ends: SegmentEnds) {}

  /** Bytes of the blocks taken so far. */
  get bytes(): number {
    return this.size;
  }

  /** The number that the next block must have; `undefined` when any may be the first. */
  get next(): bigint | undefined {
    return this.last === undefined ? this.ends.start : this.last.number + 1n;
  }

  /** The hash that the next block must name as its parent. */
  get parentHash(): Hex | undefined {
    return this.last === undefined ? this.ends.parentHash : this.last.hash;
  }

  /** Was the last block taken? Never true when the end isn't known. */
  get isComplete(): boolean {
    return this.last !== undefined && this.last.number === this.ends.end;
  }

  /** Everything that is known of the next block. Throws BLOCK_NUMBER_MISMATCH when the segment is complete. */
  expectation(source?: string): BlockExpectation {
    if (this.isComplete)
      throw new CodedError('BLOCK_NUMBER_MISMATCH', 'A segment goes on after its last block.', {
        context: { number: this.ends.end, offset: this.size, source },
      });
    const number = this.next;
    const startHash = this.last === undefined ? this.ends.startHash : undefined;
    const endHash = number !== undefined && number === this.ends.end ? this.ends.endHash : undefined;
    return { number, parentHash: this.parentHash, hash: startHash ?? endHash, source };
  }

  /**
   * Takes the next block. Throws BLOCK_NUMBER_MISMATCH, BLOCK_PARENT_MISMATCH or BLOCK_HASH_MISMATCH when it isn't the
   * expected one, or the segment is complete; `source` names the node or file.
   */
  take(block: CheckedBlock, source?: string): void {
    this.assertNext(block, source);
    if (this.blocks % OFFSETS_EVERY === 0) this.offsets.push(this.size);
    this.content.add(block.sealFreeHash);
    this.consensus.add(block.consensus);
    this.blocks += 1;
    this.transactions += block.transactions;
    this.size += block.bytes;
    this.first ??= block;
    this.last = block;
  }

  /** What was taken, once the end is reached. Throws SEGMENT_INCOMPLETE, or BLOCK_HASH_MISMATCH for another end. */
  whole(source?: string): SegmentContent {
    const { first, last } = this;
    const { end, endHash } = this.ends;
    if (first === undefined || last === undefined || (end !== undefined && last.number !== end))
      throw new CodedError('SEGMENT_INCOMPLETE', 'A segment ends before its last block.', {
        context: { expected: end, number: last?.number, offset: this.size, source },
      });
    // Only now is it clear which block is the last when just its hash was known.
    if (endHash !== undefined && last.hash !== endHash)
      throw wrongHash({ number: last.number, expected: endHash, actual: last.hash }, source);
    return {
      blocks: this.blocks,
      transactions: this.transactions,
      start: refOf(first),
      end: refOf(last),
      contentRoot: this.content.root(),
      offsets: [...this.offsets],
      bytes: this.size,
      consensus: [...this.consensus],
    };
  }

  private assertNext({ number, hash, parentHash }: CheckedBlock, source: string | undefined): void {
    const expected = this.expectation(source);
    if (expected.number !== undefined && number !== expected.number)
      throw new CodedError('BLOCK_NUMBER_MISMATCH', `Block ${number} came instead of ${expected.number}.`, {
        context: { number, expected: expected.number, source },
      });
    if (expected.parentHash !== undefined && parentHash !== expected.parentHash)
      throw new CodedError('BLOCK_PARENT_MISMATCH', `Block ${number} does not follow the block before it.`, {
        context: { number, expected: expected.parentHash, actual: parentHash, source },
      });
    if (expected.hash !== undefined && hash !== expected.hash)
      throw wrongHash({ number, expected: expected.hash, actual: hash }, source);
  }
}
