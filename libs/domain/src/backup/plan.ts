import { addMs, laterOf, type BlockRef, type Hex, type Instant } from '#libs/kernel';
import type { PlannedSegment } from './backup.events.js';
import { segmentFileName, type Compression } from './segment-file-name.js';

/** Blocks in one file at most: 0-100000 holds 100,001. */
export const SEGMENT_BLOCKS_MAX = 100_001;
/** Files of one run at most; the rest of a backlog follows in the next run. */
export const RUN_SEGMENTS_MAX = 50;

export type Cut = Readonly<{ start: bigint; end: bigint }>;

/**
 * Cuts `start..end` into at most RUN_SEGMENTS_MAX files of at most `segmentBlocks` blocks. A file ends before every
 * superseded start block it reaches, so that "the newest date for a start block" alone yields the canonical chain.
 */
export const cutRange = (
  range: Cut,
  segmentBlocks: number,
  supersededStarts: readonly bigint[],
): readonly Cut[] => {
  const stops = supersededStarts.filter((stop) => stop > range.start && stop <= range.end).sort(ascending);
  const cuts: Cut[] = [];
  let next = 0;
  for (let start = range.start; start <= range.end && cuts.length < RUN_SEGMENTS_MAX;) {
    while (next < stops.length && (stops[next] ?? 0n) <= start) next += 1;
    const stop = stops[next];
    const full = start + BigInt(segmentBlocks) - 1n;
    const end = [full, range.end, ...(stop === undefined ? [] : [stop - 1n])].reduce((a, b) =>
      a < b ? a : b,
    );
    cuts.push({ start, end });
    start = end + 1n;
  }
  return cuts;
};

/** Do the cuts cover the range to its very end, without a gap or an overlap? */
export const isUnbroken = (
  cuts: readonly (Cut & Readonly<{ endHash: Hex }>)[],
  { start, end }: Readonly<{ start: bigint; end: BlockRef }>,
): boolean => {
  let next = start;
  for (const cut of cuts) {
    if (cut.start !== next || cut.end < cut.start) return false;
    next = cut.end + 1n;
  }
  return next === end.number + 1n && cuts.at(-1)?.endHash === end.hash;
};

const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

export type PlanInput = Readonly<{
  cuts: readonly (Cut & Readonly<{ endHash: Hex }>)[];
  nextOrdinal: number;
  lastDate: Instant | undefined;
  now: Instant;
  compression: Compression;
}>;

/** Names the files: dates rise strictly over the life of an environment, also when the clock steps back. */
export const planSegments = ({
  cuts,
  nextOrdinal,
  lastDate,
  now,
  compression,
}: PlanInput): PlannedSegment[] => {
  const first = lastDate === undefined ? now : laterOf(now, addMs(lastDate, 1));
  return cuts.map((cut, index) => {
    const date = addMs(first, index);
    return {
      ordinal: nextOrdinal + index,
      date,
      file: segmentFileName({ date, ...cut, compression }),
      ...cut,
    };
  });
};
