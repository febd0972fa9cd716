import { describe, expect, it } from '@jest/globals';
import { specFor } from '../../../event-sourcing/src/testing.js';
import type { BackupCommand } from './backup.commands.js';
import { backupDecider } from './backup.decider.js';
import {
  agreeStep as agree,
  minute,
  nextStep as next,
  play,
  requestStep as request,
  stateOf,
  thirty,
  types,
} from './backup.testing.js';
import type { BackupEvent } from './backup.events.js';
import { STALL_TIMEOUT_MS, stallCheckAt } from './stall.js';

const given = specFor(backupDecider);
const TIMEOUT_MINUTES = STALL_TIMEOUT_MS / 60_000;
const check = (atMinute: number): BackupCommand => ({
  type: 'CheckProgress',
  stallTimeoutMs: STALL_TIMEOUT_MS,
  at: minute(atMinute),
});
const note = (file: string, atMinute: number, runId = 'a'): BackupCommand => ({
  type: 'NoteProgress',
  runId,
  file,
  next: 4n,
  end: 9n,
  at: minute(atMinute),
});
const woken = (atMinute: number, since: number): BackupEvent => ({
  type: 'BackupWoken',
  data: { runId: 'a', since: minute(since), at: minute(atMinute) },
});

describe('a run that stands still', () => {
  const requested = play(request('a'));
  const exporting = play(request('a'), agree('a', { ...thirty, at: minute(1) }));

  it('is left alone within the time-out, then woken once, then failed as retryable', () => {
    given(...requested)
      .when(check(TIMEOUT_MINUTES - 1))
      .thenNothing('NOT_STALLED');
    given(...requested)
      .when(check(TIMEOUT_MINUTES))
      .then(woken(TIMEOUT_MINUTES, 0));
    const once = [...requested, woken(TIMEOUT_MINUTES, 0)];
    given(...once)
      .when(check(TIMEOUT_MINUTES))
      .thenNothing('NOT_STALLED');
    given(...once)
      .when(check(2 * TIMEOUT_MINUTES - 1))
      .thenNothing('NOT_STALLED');
    const failed = backupDecider.decide(check(2 * TIMEOUT_MINUTES), stateOf(once));
    expect(failed).toMatchObject([
      { type: 'BackupFailed', data: { runId: 'a', code: 'BACKUP_STALLED', retryable: true } },
    ]);
    const after = [...once, ...failed];
    expect(stateOf(after)).toMatchObject({
      status: 'idle',
      lastClosed: { outcome: 'failed', retryable: true },
    });
    given(...after)
      .when(check(9 * TIMEOUT_MINUTES))
      .thenNothing('RUN_NOT_OPEN');
  });

  it('keeps the files it made, and gives the turn to the request that waits, with a time-out of its own', () => {
    const events = play(request('a'), agree('a', thirty), next(), request('b'));
    const late = backupDecider.decide(check(60), stateOf([...events, woken(30, 2)]));
    expect(types(late)).toStrictEqual(['BackupFailed']);
    const state = stateOf([...events, woken(30, 2), ...late]);
    expect(state).toMatchObject({ status: 'requested', run: { runId: 'b' }, nextOrdinal: 1 });
    expect(stallCheckAt(state, STALL_TIMEOUT_MS, minute(60))).toBe(minute(60 + TIMEOUT_MINUTES));
  });

  it('is none while a file gets on for hours: what the worker notes counts, from any process', () => {
    const file = exporting.flatMap((event) => (event.type === 'RangeAgreed' ? event.data.plan : []))[0]?.file;
    const events = [...exporting];
    for (let at = 20; at < 600; at += 20) {
      given(...events)
        .when(check(at))
        .thenNothing('NOT_STALLED');
      events.push(...backupDecider.decide(note(file ?? '', at), stateOf(events)));
    }
    expect(types(events).filter((type) => type === 'SegmentProgressed')).toHaveLength(29);
    given(...events, woken(610, 580))
      .when(note(file ?? '', 611))
      .then({
        type: 'SegmentProgressed',
        data: { runId: 'a', file: file ?? '', next: 4n, end: 9n, at: minute(611) },
      });
  });

  it('takes no progress of another run, another file or a run that only waits for its range', () => {
    given(...exporting)
      .when(note('another.rlp', 5))
      .thenNothing('NOT_FILE_UNDER_WAY');
    given(...exporting)
      .when(note('another.rlp', 5, 'z'))
      .thenNothing('RUN_NOT_OPEN');
    given(...requested)
      .when(note('another.rlp', 5))
      .thenNothing('RUN_NOT_OPEN');
  });
});
