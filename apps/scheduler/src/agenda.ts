import {
  dueBlockSlot,
  dueSlot,
  isBlockSlotServed,
  nextSlots,
  silentSince,
  stallCheckAt,
  type BackupState,
  type LiveEnvironment,
  type Slot,
} from '#libs/domain';
import { addMs, isAhead, toInstant, type Instant } from '#libs/kernel';

/** A disputed or failed run is repeated after this long, until the next slot takes over. */
export const RETRY_AFTER_MS = 5 * 60_000;
/** How often the head is looked at for "every N blocks". */
export const HEAD_POLL_MS = 15_000;

export type Due =
  | Readonly<{ kind: 'slot'; slot: Slot }>
  | Readonly<{ kind: 'retry'; retryOf: string; attempt: number }>
  | Readonly<{ kind: 'overdue'; since: Instant }>
  | Readonly<{ kind: 'stalled' }>;

type Moment = Readonly<{
  environment: LiveEnvironment;
  backup: BackupState;
  now: Instant;
  /** How long a run may stall before it is woken, and again before it is failed. */
  stallTimeoutMs: number;
  /** Newest block that a quorum of the validators reaches, when the schedule asks for it. */
  head?: bigint;
}>;

/** Slots after this one are due. What a clock recorded that was ahead does not count. */
const slotsSince = ({ environment, backup, now }: Moment): Instant =>
  [backup.lastTimeSlot, environment.enabledAt ?? now]
    .filter((at) => at !== undefined && !isAhead(at, now))
    .sort()
    .at(-1) ?? toInstant(0);

const dueTimeSlot = (moment: Moment): Slot | undefined => {
  const { environment, now } = moment;
  const after = slotsSince(moment);
  const at = dueSlot(environment.settings.schedule, after, now);
  return at === undefined ? undefined : { kind: 'time', at };
};

const dueHeadSlot = ({ environment, backup, head }: Moment): Slot | undefined => {
  const { schedule } = environment.settings;
  if (schedule.kind !== 'blocks' || head === undefined) return undefined;
  const number = dueBlockSlot(schedule.everyBlocks, backup.tip?.number, head);
  const { everyBlocks } = schedule;
  return number === undefined || isBlockSlotServed(number, backup.lastBlockSlot, { everyBlocks, head })
    ? undefined
    : { kind: 'block', number };
};

const retryAt = ({ backup, now }: Pick<Moment, 'backup' | 'now'>): Instant | undefined => {
  const closed = backup.lastClosed;
  const failed = closed?.outcome === 'disputed' || closed?.outcome === 'failed';
  if (backup.status !== 'idle' || !failed || !closed.retryable) return undefined;
  return isAhead(closed.at, now) ? now : addMs(closed.at, RETRY_AFTER_MS);
};

/** Nothing succeeded for two slots: reported once. */
const overdue = (moment: Moment): Due | undefined => {
  const since = moment.backup.overdueSince === undefined ? silentSince(moment) : undefined;
  return since === undefined ? undefined : { kind: 'overdue', since };
};

/** The next run of the schedule, or the repetition of the last one. */
const dueRun = (moment: Moment): Extract<Due, { kind: 'slot' | 'retry' }> | undefined => {
  const { backup, now } = moment;
  const slot = dueTimeSlot(moment) ?? dueHeadSlot(moment);
  if (slot) return { kind: 'slot', slot };
  const again = retryAt(moment);
  const closed = backup.lastClosed;
  return again !== undefined && again <= now && closed
    ? { kind: 'retry', retryOf: closed.runId, attempt: closed.attempt + 1 }
    : undefined;
};

/** What is due for an environment now, at most one thing of each kind; pure, so that ten schedulers say the same. */
export const dueNow = (moment: Moment): readonly Due[] => {
  const { environment, backup, now, stallTimeoutMs } = moment;
  const stallAt = stallCheckAt(backup, stallTimeoutMs, now);
  // An open run must come to its end also after backups were disabled or the environment was removed.
  const stalled: Due[] = stallAt !== undefined && stallAt <= now ? [{ kind: 'stalled' }] : [];
  if (environment.status !== 'live' || !environment.settings.enabled) return stalled;
  return [...stalled, dueRun(moment), overdue(moment)].filter((due) => due !== undefined);
};

/** When to look at an environment again, `undefined` when only an event can make something due. */
export const nextLook = (moment: Omit<Moment, 'head'>): Instant | undefined => {
  const { environment, backup, now, stallTimeoutMs } = moment;
  const looks = [stallCheckAt(backup, stallTimeoutMs, now)];
  if (environment.status === 'live' && environment.settings.enabled) {
    const { schedule } = environment.settings;
    if (schedule.kind === 'blocks') looks.push(addMs(now, HEAD_POLL_MS));
    else looks.push(nextSlots(schedule, now, 1)[0], retryAt({ backup, now }));
  }
  return looks.filter((at) => at !== undefined).sort()[0];
};
