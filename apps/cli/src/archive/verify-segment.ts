import { createHash } from 'node:crypto';
import {
  checkSegment,
  type HistoryDocumentEntry,
  type SegmentManifest,
  type SegmentSummary,
} from '#libs/archive';
import { CodedError, isCodedError, type Hex } from '#libs/kernel';
import { blameOf } from './locate.js';
import { readSegmentBytes } from './segment-bytes.js';

/** What is known of a segment's ends beforehand. */
export type Ends = Readonly<{
  start: bigint;
  end: bigint;
  parentHash?: Hex;
  startHash?: Hex;
  endHash?: Hex;
}>;

type Blocks = Pick<HistoryDocumentEntry, 'start_block' | 'end_block'>;

export const endsOf = ({ start_block: start, end_block: end }: Blocks): Ends => ({
  start: BigInt(start.block),
  end: BigInt(end.block),
  parentHash: start.parent_hash,
  startHash: start.hash,
  endHash: end.hash,
});

export type StoredSegment = Readonly<{ summary: SegmentSummary; bytes: number; sha256: string }>;

/**
 * Checks every block of a file, and the digest of the file itself. Throws the first fault with its place; of a broken
 * link between two blocks the one that was altered is named.
 */
export const verifySegment = async (path: string, ends: Ends | undefined): Promise<StoredSegment> => {
  const digest = createHash('sha256');
  let bytes = 0;
  const chunks = readSegmentBytes(path, (chunk) => {
    digest.update(chunk);
    bytes += chunk.length;
  });
  try {
    const summary = await checkSegment(chunks, ends);
    return { summary, bytes, sha256: digest.digest('hex') };
  } catch (error) {
    if (!isCodedError(error)) throw error;
    const end = ends?.endHash === undefined ? undefined : { number: ends.end, hash: ends.endHash };
    throw await blameOf(path, error, end);
  }
};

const mismatch = (what: string, expected: unknown, actual: unknown): CodedError =>
  new CodedError('SEGMENT_DIGEST_MISMATCH', `The manifest states another ${what} than the file has.`, {
    context: { expected: String(expected), actual: String(actual) },
  });

/** Does a file that is good in itself fit its manifest? Throws SEGMENT_DIGEST_MISMATCH naming what differs. */
export const compareWithManifest = (
  { summary, bytes, sha256 }: StoredSegment,
  manifest: SegmentManifest,
): void => {
  const pairs: readonly (readonly [what: string, stated: unknown, found: unknown])[] = [
    ['size', manifest.bytes, bytes],
    ['sha256 digest', manifest.sha256, sha256],
    ['size of its blocks', manifest.content_bytes, summary.bytes],
    ['digest of its blocks', manifest.content_sha256, summary.sha256],
    ['hash of the first block', manifest.start_block.hash, summary.start.hash],
    ['parent of the first block', manifest.start_block.parent_hash, summary.start.parentHash],
    ['hash of the last block', manifest.end_block.hash, summary.end.hash],
    ['number of transactions', manifest.transactions, summary.transactions],
    ['content root', manifest.content_root, summary.contentRoot],
    ['list of offsets', manifest.offsets.at.join(), summary.offsets.join()],
  ];
  for (const [what, stated, found] of pairs) if (stated !== found) throw mismatch(what, stated, found);
};
