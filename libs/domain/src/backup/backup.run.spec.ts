import { describe, expect, it } from '@jest/globals';
import type { Hex } from '#libs/kernel';
import { specFor } from '../../../event-sourcing/src/testing.js';
import type { BackupCommand } from './backup.commands.js';
import { backupDecider, backupSnapshotOf } from './backup.decider.js';
import {
  block,
  blockHash,
  ENVIRONMENT,
  minute,
  recordNext,
  play,
  stateOf,
  types,
  thirty,
  fail,
  requestStep as request,
  agreeStep as agree,
  nextStep as next,
} from './backup.testing.js';

const given = specFor(backupDecider);

describe('RecordSegment', () => {
  const exporting = play(request('a'), agree('a', thirty));

  it('records as planned, completes with the last one and is silent when repeated', () => {
    const first = recordNext(stateOf(exporting));
    if (!first) throw new RangeError('no segment');
    const one = backupDecider.decide(first, stateOf(exporting));
    expect(types(one)).toStrictEqual(['SegmentExported']);
    given(...exporting, ...one)
      .when(first)
      .thenNothing('SEGMENT_RECORDED');
    const all = play(request('a'), agree('a', thirty), next(), next(), next());
    expect(types(all).slice(-2)).toStrictEqual(['SegmentExported', 'BackupCompleted']);
    expect(all.at(-1)).toMatchObject({
      data: { files: 3, stopped: false, snapshot: { tip: block(0, 29n), nextOrdinal: 3 } },
    });
    given(...all)
      .when(first)
      .thenNothing('RUN_NOT_OPEN');
  });

  it('refuses what the plan does not hold next', () => {
    const command = recordNext(stateOf(exporting));
    if (!command) throw new RangeError('no segment');
    const { segment } = command;
    const other: Hex = blockHash(7, 1n);
    for (const changes of [
      { ordinal: 1 },
      { file: 'x' },
      { start: 1n },
      { end: 8n },
      { endHash: other },
      { date: minute(99) },
    ]) {
      given(...exporting)
        .when({ ...command, segment: { ...segment, ...changes } })
        .thenThrows('BACKUP_SEGMENT_UNPLANNED');
    }
    const one = [...exporting, ...backupDecider.decide(command, stateOf(exporting))];
    const second = recordNext(stateOf(one));
    if (!second) throw new RangeError('no segment');
    const orphan = { ...second, segment: { ...second.segment, parentHash: other } };
    given(...one)
      .when(orphan)
      .thenThrows('BACKUP_SEGMENT_UNPLANNED');
  });

  it('ends the run with the current segment when backups were disabled', () => {
    const events = play(request('a'), agree('a', thirty), next(), next({ enabled: false }));
    expect(events.at(-1)).toMatchObject({ type: 'BackupCompleted', data: { stopped: true, files: 2 } });
    expect(stateOf(events)).toMatchObject({ status: 'idle', tip: block(0, 19n), nextOrdinal: 2 });
  });

  it('goes on with a follow-up after fifty segments of a backlog, unless disabled or one waits', () => {
    const fifty = Array.from({ length: 49 }, () => next());
    const backlog = [request('a'), agree('a', { end: 1_000n }), ...fifty];
    const events = play(...backlog, next());
    expect(types(events).slice(-3)).toStrictEqual(['SegmentExported', 'BackupCompleted', 'BackupRequested']);
    expect(events.at(-1)).toMatchObject({
      data: { runId: 'a-next', trigger: 'backlog', environmentId: ENVIRONMENT },
    });
    expect(stateOf(events)).toMatchObject({ status: 'requested', run: { runId: 'a-next' }, nextOrdinal: 50 });
    expect(types(play(...backlog, next({ enabled: false }))).at(-1)).toBe('BackupCompleted');
    const waiting = play(...backlog, request('b'), next());
    expect(types(waiting).at(-1)).toBe('BackupCompleted');
    expect(stateOf(waiting)).toMatchObject({ status: 'requested', run: { runId: 'b' } });
  });
});

describe('FailBackup', () => {
  it.each(['NODE_UNREACHABLE', 'RANGE_MOVED'] as const)('keeps the files of the run (%s)', (code) => {
    const run = [request('a'), agree('a', { end: 9n }), next(), request('b'), agree('b', thirty), next()];
    const failed = play(...run, () => fail('b', code));
    expect(types(failed)).not.toContain('SegmentsSuperseded');
    expect(stateOf(failed)).toMatchObject({
      status: 'idle',
      tip: block(0, 19n),
      nextOrdinal: 2,
      lastClosed: { runId: 'b', outcome: 'failed', code, retryable: true },
    });
    given(...failed)
      .when(fail('b', code))
      .thenNothing('RUN_NOT_OPEN');
  });
});

describe('the other ends of a run', () => {
  const opened = play(request('a'));
  const dispute: BackupCommand = {
    type: 'DisputeRange',
    runId: 'a',
    code: 'VALIDATOR_DIFFERS',
    retryable: true,
    reason: 'v2 departs',
    confirmations: [],
    departures: [],
    head: 7n,
    at: minute(3),
  };
  const skip: BackupCommand = {
    type: 'SkipBackup',
    runId: 'a',
    reason: 'NO_NEW_BLOCK',
    head: 5n,
    at: minute(3),
  };

  it('skips and disputes once, and only before the agreement', () => {
    for (const command of [dispute, skip]) {
      const events = backupDecider.decide(command, stateOf(opened));
      expect(events).toHaveLength(1);
      expect(stateOf([...opened, ...events])).toMatchObject({ status: 'idle', lastClosed: { runId: 'a' } });
      given(...opened, ...events)
        .when(command)
        .thenNothing('RUN_NOT_OPEN');
      given(...play(request('a'), agree('a', thirty)))
        .when(command)
        .thenNothing('RUN_NOT_OPEN');
    }
  });

  it('counts an empty run as a success, a disabled or disputed one not', () => {
    const after = (command: BackupCommand) =>
      stateOf([...opened, ...backupDecider.decide(command, stateOf(opened))]);
    expect(after(skip)).toMatchObject({ lastSuccessAt: minute(3), head: 5n });
    expect(after({ ...skip, reason: 'BACKUP_DISABLED' }).lastSuccessAt).toBeUndefined();
    expect(after(dispute)).toMatchObject({ lastSuccessAt: undefined, head: 7n });
  });

  it('notes once that nothing succeeded for too long, until something does', () => {
    const note: BackupCommand = { type: 'NoteOverdue', since: minute(0), at: minute(90) };
    given(...opened)
      .when(note)
      .then({ type: 'BackupOverdue', data: { since: minute(0), at: minute(90) } });
    const noted = [...opened, ...backupDecider.decide(note, stateOf(opened))];
    given(...noted)
      .when(note)
      .thenNothing('ALREADY_OVERDUE');
    expect(stateOf([...noted, ...backupDecider.decide(skip, stateOf(noted))]).overdueSince).toBeUndefined();
    expect(stateOf([...noted, ...backupDecider.decide(dispute, stateOf(noted))]).overdueSince).toBe(
      minute(0),
    );
  });

  it('gives a snapshot with closing events only', () => {
    const events = play(request('a'), agree('a', thirty), next({ enabled: false }));
    expect(events.map((event) => backupSnapshotOf(event) !== undefined)).toStrictEqual([
      false,
      false,
      false,
      true,
    ]);
  });
});
