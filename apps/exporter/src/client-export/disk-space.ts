import { mkdir, statfs } from 'node:fs/promises';
import type { ChainNode } from '#libs/chain';
import type { HistoryEntry, PlannedSegment } from '#libs/domain';

const RECENT_FILES = 10;
const SAMPLE_BLOCKS = 50n;
/** Blocks differ; a file system needs some air. */
const MARGIN = 1.25;
const AIR_BYTES = 16 * 1024 * 1024;
/** A stored gzip file is about this much smaller than what the client writes. */
const GZIP_RATIO = 8;

/** Bytes that are free for this process in a folder, which is made when it is not there. */
export const freeBytes = async (folder: string): Promise<number> => {
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

const perBlock = ({ bytes, start, end, file }: HistoryEntry): number =>
  (bytes * (file.endsWith('.gz') ? GZIP_RATIO : 1)) / Number(end - start + 1n);

/**
 * What a block will take on disk, in bytes: the largest of what earlier files say and of the last blocks of the range
 * as the node gives them.
 */
export const bytesPerBlock = async (
  node: ChainNode,
  { start, end }: Pick<PlannedSegment, 'start' | 'end'>,
  entries: readonly HistoryEntry[],
  signal: AbortSignal,
): Promise<number> => {
  const first = end - start < SAMPLE_BLOCKS ? start : end - SAMPLE_BLOCKS + 1n;
  let bytes = 0;
  for await (const block of node.rawBlocks({ start: first, end }, { signal })) bytes += block.bytes.length;
  const sampled = bytes / Number(end - first + 1n);
  return Math.max(sampled, ...entries.slice(-RECENT_FILES).map(perBlock));
};

/**
 * The files that fit one after another, from the first on; each is counted twice when it is compressed here. `needed`
 * is what the first alone takes.
 */
export const fitting = (
  segments: readonly PlannedSegment[],
  { free, perBlock: each }: Readonly<{ free: number; perBlock: number }>,
): Readonly<{ segments: readonly PlannedSegment[]; needed: number }> => {
  const sizes = segments.map(({ start, end, file }) =>
    Math.ceil(Number(end - start + 1n) * each * MARGIN * (file.endsWith('.gz') ? 2 : 1)),
  );
  let left = free - AIR_BYTES;
  const count = sizes.findIndex((size) => (left -= size) < 0);
  return {
    segments: count < 0 ? segments : segments.slice(0, count),
    needed: (sizes[0] ?? 0) + AIR_BYTES,
  };
};
