/** Wall clock and instants of a time zone, with the two hours a year at which they disagree. */

const HOUR_MS = 3_600_000;
const FORMATTERS_MAX = 1_000;
const formatters = new Map<string, Intl.DateTimeFormat>();

const formatterOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formatters.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  // A zone may be spelt in many ways.
  if (formatters.size >= FORMATTERS_MAX) formatters.clear();
  formatters.set(timeZone, made);
  return made;
};

/** Is it a time zone this runtime knows (`UTC`, `Europe/Berlin`)? */
export const isTimeZone = (timeZone: string): boolean => {
  try {
    formatterOf(timeZone);
    return true;
  } catch {
    return false;
  }
};

/** The wall clock at an instant, as ms of a calendar without zones. */
export const toWallMs = (timeZone: string, instantMs: number): number => {
  if (timeZone === 'UTC') return instantMs;
  const whole = Math.floor(instantMs / 1000) * 1000;
  const parts: Record<string, number> = {};
  for (const { type, value } of formatterOf(timeZone).formatToParts(whole)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (instantMs - whole);
};

const offsetAt = (timeZone: string, instantMs: number): number => toWallMs(timeZone, instantMs) - instantMs;

/** First instant in `(low, high]` whose offset is not that of `low`. */
const transition = (timeZone: string, low: number, high: number): number => {
  const before = offsetAt(timeZone, low);
  let from = low;
  let to = high;
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2);
    if (offsetAt(timeZone, middle) === before) from = middle;
    else to = middle;
  }
  return to;
};

/**
 * The instant of a wall-clock time. A time that the clock skips is the first valid instant after the gap,
 * one that it shows twice is the first of both.
 */
export const toInstantMs = (timeZone: string, wallMs: number): number => {
  const earlier = offsetAt(timeZone, wallMs - 24 * HOUR_MS);
  const later = offsetAt(timeZone, wallMs + 24 * HOUR_MS);
  const valid = [wallMs - earlier, wallMs - later].filter((at) => toWallMs(timeZone, at) === wallMs);
  if (valid.length > 0) return Math.min(...valid);
  return transition(
    timeZone,
    wallMs - Math.max(earlier, later) - HOUR_MS,
    wallMs - Math.min(earlier, later) + HOUR_MS,
  );
};
