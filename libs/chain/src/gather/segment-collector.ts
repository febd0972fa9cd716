import { SegmentFold, type CheckedBlock, type SegmentContent } from '#libs/archive';
import { CodedError, hasCode, ZERO_HASH, type BlockRange, type Hex } from '#libs/kernel';

import { checkFrom } from '../check-from.js';

/** What a segment must be: agreed before it is gathered. */
export type SegmentTarget = Readonly<{
  range: BlockRange;
  /** Parent of the first block; undefined when it is not known. Block 0 has the zero hash. */
  parentHash: Hex | undefined;
  endHash: Hex;
}>;

/**
 * Checks blocks one after another against the agreed segment and keeps what the manifest needs. Used for bytes from
 * a node and, to resume after a crash, for the staged bytes read back from disk: both leave the same state.
 */
export class SegmentCollector {
  private readonly fold: SegmentFold;
  private readonly seen = new Set<string>();

  constructor(readonly target: SegmentTarget) {
    const { range, endHash } = target;
    const parentHash = range.start === 0n ? ZERO_HASH : target.parentHash;
    this.fold = new SegmentFold({ ...range, parentHash, endHash });
  }

  /** The number of the block that must be added next. */
  get next(): bigint {
    return this.fold.next ?? this.target.range.start;
  }

  /** Hash the next block must name as its parent. */
  get parentHash(): Hex | undefined {
    return this.fold.parentHash;
  }

  get isComplete(): boolean {
    return this.fold.isComplete;
  }

  /** Where the blocks came from, in the order of their first block. */
  get sources(): readonly string[] {
    return [...this.seen];
  }

  /** Bytes of the blocks added so far. */
  get bytes(): number {
    return this.fold.bytes;
  }

  /**
   * Checks the next block and takes it in; on an error nothing is changed. `source` is the node or file named in
   * errors. Throws checkBlock's errors, and `RANGE_MOVED` when the last block is not the agreed one.
   */
  add(bytes: Uint8Array, source: string): CheckedBlock {
    const { number, parentHash } = this.fold.expectation(source);
    const block = checkFrom(bytes, { number, parentHash, source });
    this.take(block, source);
    return block;
  }

  /**
   * Takes in the next block, which was checked already against its number and parent. Throws `BLOCK_NUMBER_MISMATCH`
   * and `BLOCK_PARENT_MISMATCH` when it does not follow, and `RANGE_MOVED` as `add`.
   */
  take(block: CheckedBlock, source: string): void {
    try {
      this.fold.take(block, source);
      this.seen.add(source);
    } catch (error) {
      throw hasCode(error, 'BLOCK_HASH_MISMATCH') ? this.moved(block.hash, source) : error;
    }
  }

  /** The complete segment. Throws `SEGMENT_INCOMPLETE` while blocks are missing. */
  summary(): SegmentContent {
    return this.fold.whole();
  }

  private moved(hash: Hex, source: string): CodedError {
    const { range, endHash } = this.target;
    return new CodedError(
      'RANGE_MOVED',
      `Block ${range.end} from ${source} is ${hash}, but ${endHash} was agreed.`,
      { context: { block: range.end, hash, agreed: endHash, source } },
    );
  }
}
