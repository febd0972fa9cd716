import { createContentRoot, type BlockConsensus, type CheckedBlock } from '#libs/archive';
import {
  blockCount,
  CodedError,
  ZERO_HASH,
  type BlockRange,
  type Hex,
  type LinkedBlockRef,
} from '#libs/kernel';

import { checkFrom } from '../check-from.js';

/** A byte offset is kept for every thousandth block, counted from the first of the segment. */
export const OFFSET_EVERY_BLOCKS = 1000;

/** What a segment must be: agreed before it is gathered. */
export type SegmentTarget = Readonly<{
  range: BlockRange;
  /** Parent of the first block; undefined when it is not known. Block 0 has the zero hash. */
  parentHash: Hex | undefined;
  endHash: Hex;
}>;

export type BlockOffset = Readonly<{ block: bigint; offset: number }>;

/** Everything about a complete segment except its file's digest. */
export type SegmentSummary = Readonly<{
  start: LinkedBlockRef;
  end: LinkedBlockRef;
  blocks: bigint;
  transactions: number;
  bytes: number;
  contentRoot: Hex;
  offsets: readonly BlockOffset[];
  /** The consensus of its blocks, in the order they appear (a chain may migrate). */
  consensus: readonly BlockConsensus[];
}>;

/**
 * Checks blocks one after another against the agreed segment and keeps what the manifest needs. Used for bytes from
 * a node and, to resume after a crash, for the staged bytes read back from disk: both leave the same state.
 */
export class SegmentCollector {
  readonly target: SegmentTarget;
  readonly #contentRoot = createContentRoot();
  readonly #offsets: BlockOffset[] = [];
  readonly #consensus = new Set<BlockConsensus>();
  #first: LinkedBlockRef | undefined;
  #last: LinkedBlockRef | undefined;
  #next: bigint;
  #transactions = 0;
  #bytes = 0;

  constructor(target: SegmentTarget) {
    this.target = target;
    this.#next = target.range.start;
  }

  /** The number of the block that must be added next. */
  get next(): bigint {
    return this.#next;
  }

  /** Hash the next block must name as its parent. */
  get parentHash(): Hex | undefined {
    if (this.#last) return this.#last.hash;
    return this.#next === 0n ? ZERO_HASH : this.target.parentHash;
  }

  get isComplete(): boolean {
    return this.#next > this.target.range.end;
  }

  /** Bytes of the blocks added so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Checks the next block and takes it in; on an error nothing is changed. `source` is the node or file named in
   * errors. Throws checkBlock's errors, and `RANGE_MOVED` when the last block is not the agreed one.
   */
  add(bytes: Uint8Array, source: string): CheckedBlock {
    if (this.isComplete) throw this.#overflow(source);
    const block = checkFrom(bytes, { number: this.#next, parentHash: this.parentHash, source });
    this.take(block, source);
    return block;
  }

  /**
   * Takes in the next block, which was checked already against its number and parent. Throws `BLOCK_NUMBER_MISMATCH`
   * and `BLOCK_PARENT_MISMATCH` when it does not follow, and `RANGE_MOVED` as `add`.
   */
  take(block: CheckedBlock, source: string): void {
    const number = this.#next;
    if (this.isComplete || block.number !== number) throw this.#overflow(source);
    const parentHash = this.parentHash;
    if (parentHash !== undefined && block.parentHash !== parentHash) {
      throw new CodedError(
        'BLOCK_PARENT_MISMATCH',
        `Block ${number} from ${source} does not link to the block before it.`,
        {
          context: { number, expected: parentHash, actual: block.parentHash, source },
        },
      );
    }
    if (number === this.target.range.end && block.hash !== this.target.endHash) {
      throw this.#moved(block.hash, source);
    }
    const ref = { number, hash: block.hash, parentHash: block.parentHash };
    this.#first ??= ref;
    this.#last = ref;
    if ((number - this.target.range.start) % BigInt(OFFSET_EVERY_BLOCKS) === 0n) {
      this.#offsets.push({ block: number, offset: this.#bytes });
    }
    this.#contentRoot.add(block.sealFreeHash);
    this.#consensus.add(block.consensus);
    this.#transactions += block.transactions;
    this.#bytes += block.bytes;
    this.#next = number + 1n;
  }

  /** The complete segment. Throws `SEGMENT_INCOMPLETE` while blocks are missing. */
  summary(): SegmentSummary {
    if (!this.isComplete || !this.#first || !this.#last) {
      throw new CodedError('SEGMENT_INCOMPLETE', `The file ends before block ${this.#next}.`, {
        context: { next: this.#next, end: this.target.range.end },
      });
    }
    return {
      start: this.#first,
      end: this.#last,
      blocks: blockCount(this.target.range),
      transactions: this.#transactions,
      bytes: this.#bytes,
      contentRoot: this.#contentRoot.root(),
      offsets: this.#offsets,
      consensus: [...this.#consensus],
    };
  }

  #moved(hash: Hex, source: string): CodedError {
    const { range, endHash } = this.target;
    return new CodedError(
      'RANGE_MOVED',
      `Block ${range.end} from ${source} is ${hash}, but ${endHash} was agreed.`,
      { context: { block: range.end, hash, agreed: endHash, source } },
    );
  }

  #overflow(source: string): CodedError {
    const end = this.target.range.end;
    const what = this.isComplete ? `blocks after the last one, ${end}` : `another block than ${this.#next}`;
    return new CodedError('BLOCK_NUMBER_MISMATCH', `${source} gives ${what}.`, {
      context: { end, source },
    });
  }
}
