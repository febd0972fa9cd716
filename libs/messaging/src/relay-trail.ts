import type { EventRef } from '#libs/event-sourcing';

/** A published event, and how many were published up to it. */
export type TrailMark = Readonly<{ published: number; event: EventRef }>;

/**
 * Earlier published events, newest first, about 1, 2, 4, ... events back: by them the last event that an older copy of
 * the store still has is found, within a factor of two. It grows by one mark each time the number of events doubles.
 */
export type Trail = readonly TrailMark[];

/** The trail after `count` more events, of which the last is `event`. */
export const extendTrail = (trail: Trail, event: EventRef, count: number): Trail => {
  const published = (trail[0]?.published ?? 0) + count;
  const marks: Trail = [{ published, event }, ...trail];
  const kept: TrailMark[] = [];
  marks.forEach((mark, index) => {
    const next = marks[index + 1];
    const lastKept = kept.at(-1);
    const isNeeded =
      lastKept === undefined ||
      next === undefined ||
      published - next.published > 2 * Math.max(1, published - lastKept.published);
    if (isNeeded) kept.push(mark);
  });
  return kept;
};
