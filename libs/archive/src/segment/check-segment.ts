import { CodedError, isCodedError, type Hex, type LinkedBlockRef } from '#libs/kernel';
import { createHash } from 'node:crypto';
import { checkBlock, type BlockExpectation, type CheckedBlock } from '../block.js';
import { createContentRoot } from '../content-root.js';
import type { BlockConsensus } from '../seal/hash-rule.js';
import { createBlockSplitter, type SplitBlock } from './block-splitter.js';

/** Every so many blocks the manifest holds an offset. */
export const OFFSETS_EVERY = 1000;

/** What is known of a segment beforehand. `source` names the node or file in errors. */
export type SegmentExpectation = Readonly<{
  start?: bigint | undefined;
  end?: bigint | undefined;
  /** Parent of the first block. */
  parentHash?: Hex | undefined;
  startHash?: Hex | undefined;
  endHash?: Hex | undefined;
  source?: string | undefined;
  /** Called for every block after it was checked; `bytes` may be a view that lives only for this call. */
  onBlock?: ((block: CheckedBlock, raw: SplitBlock) => void) | undefined;
}>;

/** What a checked segment holds. Sizes and digest are of the uncompressed bytes. */
export type SegmentSummary = Readonly<{
  blocks: number;
  transactions: number;
  start: LinkedBlockRef;
  end: LinkedBlockRef;
  contentRoot: Hex;
  /** Where the first and every OFFSETS_EVERY-th block after it begin, in bytes. */
  offsets: readonly number[];
  bytes: number;
  /** Lower-case hex without `0x`. */
  sha256: string;
  /** The consensus of its blocks, in the order they appear (a chain may migrate). */
  consensus: readonly BlockConsensus[];
}>;

export interface SegmentChecker {
  /** Checks the blocks that are complete with this chunk. Throws as `checkBlock`; offsets count from the file's start. */
  push(chunk: Uint8Array): void;
  /** Call after the last chunk. Throws SEGMENT_INCOMPLETE when the end was not reached. */
  finish(): SegmentSummary;
}

const refOf = ({ number, hash, parentHash }: CheckedBlock): LinkedBlockRef => ({ number, hash, parentHash });

const withOffset = (error: unknown, raw: SplitBlock, source: string | undefined): unknown => {
  if (!isCodedError(error)) return error;
  const inside = error.context['offset'];
  const offset = raw.offset + (typeof inside === 'number' ? inside : 0);
  return new CodedError(error.code, error.message, {
    context: { ...error.context, offset, source },
    cause: error,
  });
};

class RunningCheck implements SegmentChecker {
  readonly #expected: SegmentExpectation;
  readonly #splitter = createBlockSplitter();
  readonly #digest = createHash('sha256');
  readonly #content = createContentRoot();
  readonly #offsets: number[] = [];
  readonly #consensus = new Set<BlockConsensus>();
  #blocks = 0;
  #transactions = 0;
  #bytes = 0;
  #first: CheckedBlock | undefined;
  #last: CheckedBlock | undefined;

  constructor(expected: SegmentExpectation) {
    this.#expected = expected;
  }

  push(chunk: Uint8Array): void {
    this.#digest.update(chunk);
    this.#bytes += chunk.length;
    for (const raw of this.#splitter.push(chunk)) this.#take(raw);
  }

  finish(): SegmentSummary {
    this.#splitter.finish();
    const { first, last } = this.#ends();
    return {
      blocks: this.#blocks,
      transactions: this.#transactions,
      start: refOf(first),
      end: refOf(last),
      contentRoot: this.#content.root(),
      offsets: this.#offsets,
      bytes: this.#bytes,
      sha256: this.#digest.digest('hex'),
      consensus: [...this.#consensus],
    };
  }

  #take(raw: SplitBlock): void {
    const block = this.#check(raw);
    if (this.#blocks % OFFSETS_EVERY === 0) this.#offsets.push(raw.offset);
    this.#blocks += 1;
    this.#transactions += block.transactions;
    this.#consensus.add(block.consensus);
    this.#content.add(block.sealFreeHash);
    this.#first ??= block;
    this.#last = block;
    this.#expected.onBlock?.(block, raw);
  }

  #check(raw: SplitBlock): CheckedBlock {
    const { end, source } = this.#expected;
    if (this.#last !== undefined && this.#last.number === end)
      throw new CodedError('BLOCK_NUMBER_MISMATCH', 'The file continues after its last block.', {
        context: { number: this.#last.number, offset: raw.offset, source },
      });
    try {
      return checkBlock(raw.bytes, this.#next());
    } catch (error) {
      throw withOffset(error, raw, source);
    }
  }

  #next(): BlockExpectation {
    const { start, end, parentHash, startHash, endHash, source } = this.#expected;
    const last = this.#last;
    const number = last === undefined ? start : last.number + 1n;
    const atEnd = number !== undefined && number === end ? endHash : undefined;
    return last === undefined
      ? { number, parentHash, hash: startHash ?? atEnd, source }
      : { number, parentHash: last.hash, hash: atEnd, source };
  }

  #ends(): { first: CheckedBlock; last: CheckedBlock } {
    const { end, endHash, source } = this.#expected;
    const first = this.#first;
    const last = this.#last;
    if (first === undefined || last === undefined || (end !== undefined && last.number !== end))
      throw new CodedError('SEGMENT_INCOMPLETE', 'The file ends before its last block.', {
        context: { expected: end, number: last?.number, offset: this.#bytes, source },
      });
    // Not checked yet when only the hash of the end was given, or when the start is the end.
    if (endHash !== undefined && last.hash !== endHash)
      throw new CodedError('BLOCK_HASH_MISMATCH', 'The file ends with a different block than expected.', {
        context: { number: last.number, expected: endHash, actual: last.hash, source },
      });
    return { first, last };
  }
}

/** Checks the blocks of a segment one after another, in constant memory; for callers that push what they read. */
export const createSegmentChecker = (expected: SegmentExpectation = {}): SegmentChecker =>
  new RunningCheck(expected);

/**
 * Checks a whole segment from a stream of (uncompressed) bytes. Throws as `checkBlock`, or SEGMENT_INCOMPLETE; the
 * context holds the offset in the stream.
 */
export const checkSegment = async (
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  expected: SegmentExpectation = {},
): Promise<SegmentSummary> => {
  const checker = createSegmentChecker(expected);
  for await (const chunk of chunks) checker.push(chunk);
  return checker.finish();
};
