import { createHash } from 'node:crypto';
import { CodedError, isCodedError } from '#libs/kernel';
import { checkBlock, type CheckedBlock } from '../block.js';
import { createBlockSplitter, type SplitBlock } from './block-splitter.js';
import { SegmentFold, type SegmentContent, type SegmentEnds } from './segment-fold.js';

/** What is known of a segment beforehand. `source` names the node or file in errors. */
export type SegmentExpectation = SegmentEnds &
  Readonly<{
    source?: string | undefined;
    /** Called for every block after it was checked; `bytes` may be a view that lives only for this call. */
    onBlock?: ((block: CheckedBlock, raw: SplitBlock) => void) | undefined;
  }>;

/** A checked segment. The digest is of the uncompressed bytes, in lower-case hex without `0x`. */
export type SegmentSummary = SegmentContent & Readonly<{ sha256: string }>;

export interface SegmentChecker {
  /** Checks the blocks that are complete with this chunk. Throws as `checkBlock`; offsets count from the file's start. */
  push(chunk: Uint8Array): void;
  /** Call after the last chunk. Throws SEGMENT_INCOMPLETE when the end was not reached. */
  finish(): SegmentSummary;
}

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
  private readonly splitter = createBlockSplitter();
  private readonly digest = createHash('sha256');
  private readonly fold: SegmentFold;

  constructor(private readonly expected: SegmentExpectation) {
    this.fold = new SegmentFold(expected);
  }

  push(chunk: Uint8Array): void {
    this.digest.update(chunk);
    for (const raw of this.splitter.push(chunk)) this.take(raw);
  }

  finish(): SegmentSummary {
    this.splitter.finish();
    return { ...this.fold.whole(this.expected.source), sha256: this.digest.digest('hex') };
  }

  private take(raw: SplitBlock): void {
    const { source, onBlock } = this.expected;
    const expectation = this.fold.expectation(source);
    let block: CheckedBlock;
    try {
      block = checkBlock(raw.bytes, expectation);
    } catch (error) {
      throw withOffset(error, raw, source);
    }
    this.fold.take(block, source);
    onBlock?.(block, raw);
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
