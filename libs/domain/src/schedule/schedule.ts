/** When backups of an environment run. */
export type Schedule =
  | Readonly<{ kind: 'frequency'; frequency: Frequency; timeZone: string }>
  | Readonly<{ kind: 'cron'; cron: string; timeZone: string }>
  | Readonly<{ kind: 'minutes'; everyMinutes: number }>
  | Readonly<{ kind: 'blocks'; everyBlocks: number }>;

export type Frequency = 'once' | 'twice' | 'three' | 'four';

export const EVERY_MINUTES_MIN = 15;
/** 31 days. */
export const EVERY_MINUTES_MAX = 44_640;
export const EVERY_BLOCKS_MIN = 10_000;
export const EVERY_BLOCKS_MAX = 1_000_000_000;

/** Local hours at which a frequency fires, at minute 0. */
export const FREQUENCY_HOURS: Readonly<Record<Frequency, readonly number[]>> = {
  once: [0],
  twice: [0, 12],
  three: [0, 8, 16],
  four: [0, 6, 12, 18],
};
