import { CodedError } from '#libs/kernel';

type Details = Readonly<Record<string, unknown>>;

/** The least and the most of each number among the details of every target, by the name that it has outside. */
export const TARGET_BOUNDS = {
  max_transfers: [1, 64],
  /** 1 KiB to 1 TiB. */
  max_bytes_per_second: [1_024, 1_099_511_627_776],
} as const;
export type BoundedDetail = keyof typeof TARGET_BOUNDS;

const NAMES = Object.keys(TARGET_BOUNDS) as BoundedDetail[];

const isWithin = (name: BoundedDetail, value: unknown): boolean => {
  const [least, most] = TARGET_BOUNDS[name];
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
};

/** Refuses numbers that could not be served. What was recorded `before` there were bounds may stay as it is. */
export const assertDetails = (details: Details, before: Details = {}): void => {
  const wrong = NAMES.filter(
    (name) => details[name] !== undefined && details[name] !== before[name] && !isWithin(name, details[name]),
  );
  if (wrong.length === 0) return;
  const told = wrong.map(
    (name) => `details.${name}: must be a whole number, ${TARGET_BOUNDS[name].join(' to ')}`,
  );
  throw new CodedError('INPUT_INVALID', `${told.join('; ')}.`);
};

/** The number that is used: inside the bounds, also where version 0.1 recorded another one. */
export const detailOf = (details: Details, name: BoundedDetail): number | undefined => {
  const value = details[name];
  const [least, most] = TARGET_BOUNDS[name];
  return typeof value === 'number' && value > 0
    ? Math.min(most, Math.max(least, Math.floor(value)))
    : undefined;
};
