import { useEffect, useState } from 'react';

const numbers = new Intl.NumberFormat();
const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TICK_MS = 10_000;

export const number = (value: number): string => numbers.format(value);
export const dateTime = (instant: string): string => absolute.format(new Date(instant));

export const bytes = (value: number): string => {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10));
  const shown = value / 1024 ** step;
  return `${step === 0 || shown >= 100 ? Math.round(shown) : shown.toFixed(1)} ${units[step] ?? 'B'}`;
};

/** A span of time in the largest unit that says something. */
export const duration = (seconds: number): string => {
  if (seconds < 1) return 'under 1 s';
  if (seconds < MINUTE) return `${Math.round(seconds)} s`;
  if (seconds < HOUR) return `${Math.round(seconds / MINUTE)} min`;
  if (seconds < 2 * DAY) return `${(seconds / HOUR).toFixed(1)} h`;
  return `${Math.round(seconds / DAY)} days`;
};

const fromNow = (instant: string, nowMs: number): string => {
  const seconds = (new Date(instant).getTime() - nowMs) / 1000;
  const size = Math.abs(seconds);
  if (size < MINUTE) return relative.format(Math.round(seconds), 'second');
  if (size < HOUR) return relative.format(Math.round(seconds / MINUTE), 'minute');
  if (size < DAY) return relative.format(Math.round(seconds / HOUR), 'hour');
  return relative.format(Math.round(seconds / DAY), 'day');
};

/** An instant, told from now; its date is in the tooltip and for machines. */
export const When = ({ at }: Readonly<{ at: string }>) => {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const look = (): void => {
      setNowMs(Date.now());
    };
    const timer = setInterval(look, TICK_MS);
    // What was just told is told from now, not from the last look at the clock.
    const first = setTimeout(look);
    return () => {
      clearInterval(timer);
      clearTimeout(first);
    };
  }, [at]);
  return (
    <time dateTime={at} title={dateTime(at)}>
      {fromNow(at, nowMs)}
    </time>
  );
};

const HASH_SHOWN = 10;
/** A hash, cut; the whole of it is in the tooltip. */
export const Hash = ({ value }: Readonly<{ value: string }>) => (
  <code className="mono whole" title={value}>
    {value.length > 2 * HASH_SHOWN ? `${value.slice(0, HASH_SHOWN)}…${value.slice(-4)}` : value}
  </code>
);
