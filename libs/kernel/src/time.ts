/** An instant as ISO 8601 in UTC with milliseconds, `2026-01-31T12:00:00.000Z`. Such strings sort by time. */
export type Instant = string;

export const toInstant = (epochMs: number): Instant => new Date(epochMs).toISOString();
export const toEpochMs = (instant: Instant): number => Date.parse(instant);
export const addMs = (instant: Instant, ms: number): Instant => toInstant(toEpochMs(instant) + ms);

/** How far the clocks of two processes may differ before one of them is called wrong, in ms. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000;

/**
 * Was this recorded by a clock that was ahead of the present one? Then it says nothing about the present: it neither
 * makes anything wait nor counts as recent.
 */
export const isAhead = (recorded: Instant | undefined, now: Instant): boolean =>
  recorded !== undefined && recorded > addMs(now, CLOCK_TOLERANCE_MS);

/** The later of two instants. */
export const laterOf = (a: Instant, b: Instant): Instant => (a > b ? a : b);
