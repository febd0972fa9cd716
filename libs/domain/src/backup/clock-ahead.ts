import { addMs, isAhead, type Instant } from '#libs/kernel';
import type { BackupState } from './backup.state.js';

const DAY_MS = 24 * 3_600_000;

/** The latest instant of the state that lies ahead of the present; dates of files do not count. */
const latestAhead = (state: BackupState, now: Instant): Instant | undefined => {
  const { lastTimeSlot, lastSuccessAt, lastClosed } = state;
  return [lastTimeSlot, lastSuccessAt, lastClosed?.at]
    .filter((recorded) => isAhead(recorded, now))
    .sort()
    .at(-1);
};

/**
 * The state with everything that a clock ahead of `now` recorded brought back to `now`: it happened by then at the
 * latest, and would count as recent for as long as the clock was ahead. Dates of files stay, because they must rise.
 */
export const broughtBack = (state: BackupState, now: Instant): BackupState => {
  const recorded = latestAhead(state, now);
  if (recorded === undefined) return state;
  const back = (at: Instant | undefined): Instant | undefined => (isAhead(at, now) ? now : at);
  const { lastClosed: closed } = state;
  return {
    ...state,
    lastTimeSlot: back(state.lastTimeSlot),
    lastSuccessAt: back(state.lastSuccessAt),
    overdueSince: back(state.overdueSince),
    lastClosed: closed && isAhead(closed.at, now) ? { ...closed, at: now } : closed,
    clockAhead: { recorded, noticedAt: now },
  };
};

/**
 * The latest instant of an environment's backups that a clock recorded which was ahead (CLOCK_WENT_BACK); `undefined`
 * when the clock is in order. Said until a day after a run found the clock right again, and for as long as the dates of
 * new files are ahead, because each must be later than the one before.
 */
export const clockWentBack = (state: BackupState, now: Instant): Instant | undefined => {
  const { clockAhead, lastDate } = state;
  const ahead = latestAhead(state, now) ?? (isAhead(lastDate, now) ? lastDate : undefined);
  if (ahead !== undefined) return ahead;
  const isRecent = clockAhead !== undefined && addMs(clockAhead.noticedAt, DAY_MS) > now;
  return isRecent ? clockAhead.recorded : undefined;
};
