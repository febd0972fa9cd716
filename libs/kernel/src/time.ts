/** An instant as ISO 8601 in UTC with milliseconds, `2026-01-31T12:00:00.000Z`. Such strings sort by time. */
export type Instant = string;

export const toInstant = (epochMs: number): Instant => new Date(epochMs).toISOString();
export const toEpochMs = (instant: Instant): number => Date.parse(instant);
export const addMs = (instant: Instant, ms: number): Instant => toInstant(toEpochMs(instant) + ms);

/** The later of two instants. */
export const laterOf = (a: Instant, b: Instant): Instant => (a > b ? a : b);
