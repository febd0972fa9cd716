import { Cron } from 'croner';
import { CodedError, toEpochMs, toInstant, type Instant } from '#libs/kernel';
import {
  EVERY_BLOCKS_MAX,
  EVERY_BLOCKS_MIN,
  EVERY_MINUTES_MAX,
  EVERY_MINUTES_MIN,
  FREQUENCY_HOURS,
  type Schedule,
} from './schedule.js';
import { isTimeZone, toInstantMs, toWallMs } from './wall-clock.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const CRON_CHARS_MAX = 200;
/** Look-back windows for the newest slot: the first that holds one decides. */
const WINDOWS_MS = [
  10 * MINUTE_MS,
  2 * 60 * MINUTE_MS,
  2 * DAY_MS,
  40 * DAY_MS,
  400 * DAY_MS,
  5 * 366 * DAY_MS,
];

/** Refuses a schedule that cannot fire, is not understood or is finer than allowed, with SCHEDULE_INVALID. */
export const assertSchedule = (schedule: Schedule): void => {
  const refuse = (message: string): never => {
    throw new CodedError('SCHEDULE_INVALID', message);
  };
  switch (schedule.kind) {
    case 'frequency':
    case 'cron':
      if (!isTimeZone(schedule.timeZone)) refuse(`"${schedule.timeZone}" is not a known time zone.`);
      if (schedule.kind === 'cron') assertCron(schedule.cron, refuse);
      return;
    case 'minutes':
      if (!isWithin(schedule.everyMinutes, EVERY_MINUTES_MIN, EVERY_MINUTES_MAX)) {
        refuse(`every_minutes must be a whole number from ${EVERY_MINUTES_MIN} to ${EVERY_MINUTES_MAX}.`);
      }
      return;
    case 'blocks':
      if (!isWithin(schedule.everyBlocks, EVERY_BLOCKS_MIN, EVERY_BLOCKS_MAX)) {
        refuse(`every_blocks must be a whole number from ${EVERY_BLOCKS_MIN} to ${EVERY_BLOCKS_MAX}.`);
      }
  }
};

const isWithin = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most;

const assertCron = (expression: string, refuse: (message: string) => never): void => {
  if (expression.length > CRON_CHARS_MAX)
    refuse(`A cron expression has at most ${CRON_CHARS_MAX} characters.`);
  if (expression.trim().split(/\s+/).length !== 5) {
    refuse(`"${expression}" is not a cron expression with five fields (minute hour day month weekday).`);
  }
  let next: Date | null = null;
  try {
    next = cronOf(expression).nextRun(new Date(0));
  } catch (error) {
    refuse(
      `"${expression}" is not a cron expression: ${error instanceof Error ? error.message : 'unreadable'}.`,
    );
  }
  if (next === null) refuse(`"${expression}" never fires.`);
};

const crons = new Map<string, Cron>();
const CRONS_MAX = 1_000;
const cronOf = (expression: string): Cron => {
  const known = crons.get(expression);
  if (known) return known;
  if (crons.size >= CRONS_MAX) crons.clear();
  const made = new Cron(expression, { timezone: 'UTC', paused: true });
  crons.set(expression, made);
  return made;
};

const cronExpression = (schedule: Extract<Schedule, { kind: 'frequency' | 'cron' }>): string =>
  schedule.kind === 'cron' ? schedule.cron : `0 ${FREQUENCY_HOURS[schedule.frequency].join(',')} * * *`;

/** Slots of a wall-clock schedule after `afterMs`, in order, as instants in ms. Endless: the caller stops. */
function* wallSlots(
  schedule: Extract<Schedule, { kind: 'frequency' | 'cron' }>,
  afterMs: number,
): Generator<number> {
  const { timeZone } = schedule;
  const cron = cronOf(cronExpression(schedule));
  // Start a little early on the wall clock: a slot in a gap maps to a later instant than its neighbours suggest.
  let wall = new Date(toWallMs(timeZone, afterMs) - 3 * 60 * MINUTE_MS);
  let last = afterMs;
  for (;;) {
    const next = cron.nextRun(wall);
    if (next === null) return;
    wall = next;
    const at = toInstantMs(timeZone, next.getTime());
    if (at <= last) continue;
    last = at;
    yield at;
  }
}

function* slotsAfter(schedule: Schedule, afterMs: number): Generator<number> {
  switch (schedule.kind) {
    case 'frequency':
    case 'cron':
      yield* wallSlots(schedule, afterMs);
      return;
    case 'minutes': {
      const step = schedule.everyMinutes * MINUTE_MS;
      for (let at = (Math.floor(afterMs / step) + 1) * step; ; at += step) yield at;
      return;
    }
    case 'blocks':
      return;
  }
}

/** The next `count` instants at which a schedule fires after `after`; none for "every N blocks". */
export const nextSlots = (schedule: Schedule, after: Instant, count: number): readonly Instant[] => {
  const found: Instant[] = [];
  if (count <= 0) return found;
  for (const at of slotsAfter(schedule, toEpochMs(after))) {
    found.push(toInstant(at));
    if (found.length >= count) break;
  }
  return found;
};

/**
 * The newest slot in `(after, now]`, `undefined` when there is none. Only the newest: slots missed while nothing ran
 * are caught up once, not once each.
 */
export const dueSlot = (schedule: Schedule, after: Instant, now: Instant): Instant | undefined => {
  const nowMs = toEpochMs(now);
  const afterMs = toEpochMs(after);
  for (const window of WINDOWS_MS) {
    const from = Math.max(afterMs, nowMs - window);
    let newest: number | undefined;
    for (const at of slotsAfter(schedule, from)) {
      if (at > nowMs) break;
      newest = at;
    }
    if (newest !== undefined) return toInstant(newest);
    if (from === afterMs) return undefined;
  }
  return undefined;
};

/**
 * The newest slot of "every N blocks" that the head has reached: tip + N, tip + 2N, ... (the tip before block 0 counts
 * as -1), `undefined` when fewer than N blocks are new. A slot whose run failed is followed by one N blocks later.
 */
export const dueBlockSlot = (
  everyBlocks: number,
  tip: bigint | undefined,
  head: bigint,
): bigint | undefined => {
  const from = tip ?? -1n;
  const step = BigInt(everyBlocks);
  const steps = (head - from) / step;
  return steps > 0n ? from + steps * step : undefined;
};

/**
 * Is a slot of "every N blocks" served by the newest recorded one? A recorded slot that lies a whole step or more above the
 * head comes from a node that claimed a false one, and serves nothing.
 */
export const isBlockSlotServed = (
  number: bigint,
  recorded: bigint | undefined,
  { everyBlocks, head }: Readonly<{ everyBlocks: number; head: bigint }>,
): boolean => recorded !== undefined && number <= recorded && recorded - head < BigInt(everyBlocks);
