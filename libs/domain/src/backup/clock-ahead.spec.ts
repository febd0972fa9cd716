import { describe, expect, it } from '@jest/globals';
import { specFor } from '../../../event-sourcing/src/testing.js';
import { addMs, type Instant } from '#libs/kernel';
import { backupDecider } from './backup.decider.js';
import {
  agreeStep as agree,
  minute,
  nextStep as next,
  play,
  requestOf,
  requestStep as request,
  stateOf,
  thirty,
} from './backup.testing.js';
import { clockWentBack } from './clock-ahead.js';
import { STALL_TIMEOUT_MS, stallCheckAt } from './stall.js';

const given = specFor(backupDecider);
const YEAR = 525_600;
const slot = (at: Instant) => ({ trigger: 'schedule', slot: { kind: 'time', at } }) as const;
/** A run of a slot of next year, whose files are dated then. */
const ahead = play(
  request('a', { ...slot(minute(YEAR)), requestedAt: minute(YEAR) }),
  agree('a', { ...thirty, at: minute(YEAR + 1) }),
  next({ at: minute(YEAR + 2) }),
  next({ at: minute(YEAR + 2) }),
  next({ at: minute(YEAR + 2) }),
);
const now = minute(10);
const again = requestOf('b', { ...slot(now), requestedAt: now });

describe('a clock that was a year ahead and is right again', () => {
  it('does not block the slots of the present, which are served once', () => {
    given(...ahead)
      .when(again)
      .then({ type: 'BackupRequested', data: { ...again.request, environmentId: again.environmentId } });
    const after = [...ahead, ...backupDecider.decide(again, stateOf(ahead))];
    given(...after)
      .when(requestOf('c', { ...slot(now), requestedAt: now }))
      .thenNothing('SLOT_SERVED');
    expect(stateOf(after).lastTimeSlot).toBe(now);
  });

  it('is a step of a few minutes between two processes otherwise: the slot is served', () => {
    const fourMinutes = play(request('a', { ...slot(minute(14)), requestedAt: minute(14) }));
    given(...fourMinutes)
      .when(again)
      .thenNothing('SLOT_SERVED');
  });

  it('counts the last success from the present on, so that silence is seen again', () => {
    const state = stateOf([...ahead, ...backupDecider.decide(again, stateOf(ahead))]);
    expect(stateOf(ahead).lastSuccessAt).toBe(minute(YEAR + 2));
    expect(state).toMatchObject({ lastSuccessAt: now, lastClosed: { runId: 'a', at: now } });
  });

  it('is said while dates of new files are ahead, and for a day after it was noticed', () => {
    const noticed = stateOf([...ahead, ...backupDecider.decide(again, stateOf(ahead))]);
    expect(clockWentBack(stateOf(ahead), now)).toBe(minute(YEAR + 2));
    expect(clockWentBack(noticed, now)).toBe(noticed.lastDate);
    const withoutFiles = { ...noticed, lastDate: undefined };
    expect(clockWentBack(withoutFiles, minute(11))).toBe(minute(YEAR + 2));
    expect(clockWentBack(withoutFiles, addMs(now, 24 * 3_600_000))).toBeUndefined();
    expect(clockWentBack(stateOf(ahead), minute(YEAR + 3))).toBeUndefined();
  });

  it('has an open run checked at once: woken first, failed only after the whole time-out', () => {
    const open = play(request('a', { requestedAt: minute(YEAR) }));
    expect(stallCheckAt(stateOf(open), STALL_TIMEOUT_MS, now)).toBe(now);
    const check = { type: 'CheckProgress', stallTimeoutMs: STALL_TIMEOUT_MS, at: now } as const;
    const woken = backupDecider.decide(check, stateOf(open));
    expect(woken).toMatchObject([{ type: 'BackupWoken', data: { at: now } }]);
    const awake = stateOf([...open, ...woken]);
    expect(stallCheckAt(awake, STALL_TIMEOUT_MS, now)).toBe(addMs(now, STALL_TIMEOUT_MS));
    // Woken by a clock that was ahead: that is no reason to fail it now.
    const wokenAhead = [...open, ...backupDecider.decide({ ...check, at: minute(YEAR + 30) }, stateOf(open))];
    expect(backupDecider.decide(check, stateOf(wokenAhead))).toMatchObject([{ type: 'BackupWoken' }]);
  });

  it('keeps the dates of files rising', () => {
    const steps = play(
      request('a', { requestedAt: minute(YEAR) }),
      agree('a', { ...thirty, at: minute(YEAR + 1) }),
      next({ at: minute(YEAR + 2) }),
      next({ at: minute(YEAR + 2) }),
      next({ at: minute(YEAR + 2) }),
      request('b', { requestedAt: now }),
      agree('b', { end: 39n, at: minute(11) }),
    );
    const dates = steps.flatMap(({ data }) => ('plan' in data ? data.plan.map(({ date }) => date) : []));
    expect(dates).toHaveLength(4);
    expect(dates).toEqual([...new Set(dates)].sort());
  });
});
