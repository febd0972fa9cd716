import { addMs, isAhead, laterOf, type Instant } from '#libs/kernel';
import type { LiveEnvironment } from '../environment/environment.decider.js';
import type { Schedule } from '../schedule/schedule.js';
import { nextSlots } from '../schedule/slots.js';
import type { BackupState } from './backup.state.js';

/** Slots in a row without a success before silence is reported. */
export const SILENT_SLOTS = 2;
/** How long the run of a slot may take. */
const RUN_MS = 5 * 60_000;

type Moment = Readonly<{
  environment: Pick<LiveEnvironment, 'settings' | 'enabledAt'>;
  backup: BackupState;
  now: Instant;
}>;

/** Since when nothing succeeded while backups were on. Without a believable instant: since a run last ended without success. */
const lastSuccess = ({ environment, backup, now }: Moment): Instant | undefined => {
  const { lastSuccessAt } = backup;
  const enabledAt = isAhead(environment.enabledAt, now) ? undefined : environment.enabledAt;
  if (lastSuccessAt !== undefined) {
    if (isAhead(lastSuccessAt, now)) return undefined;
    return enabledAt === undefined ? lastSuccessAt : laterOf(lastSuccessAt, enabledAt);
  }
  if (enabledAt !== undefined || environment.enabledAt === undefined) return enabledAt;
  const closed = backup.lastClosed?.at;
  return isAhead(closed, now) ? undefined : closed;
};

/** Did two slots pass since then, and the time that their runs may take? Never for "every N blocks". */
export const slotsPassed = (schedule: Schedule, since: Instant, now: Instant): boolean => {
  const last = nextSlots(schedule, since, SILENT_SLOTS)[SILENT_SLOTS - 1];
  return last !== undefined && addMs(last, RUN_MS) <= now;
};

/** Since when nothing succeeded, if that is longer than the schedule allows. */
export const silentSince = (moment: Moment): Instant | undefined => {
  const since = lastSuccess(moment);
  const isSilent =
    since !== undefined && slotsPassed(moment.environment.settings.schedule, since, moment.now);
  return isSilent ? since : undefined;
};
