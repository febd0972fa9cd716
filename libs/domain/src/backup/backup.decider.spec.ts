import { describe, expect, it } from '@jest/globals';
import { specFor } from '../../../event-sourcing/src/testing.js';
import type { BackupCommand } from './backup.commands.js';
import { backupDecider } from './backup.decider.js';
import {
  agreeOn,
  block,
  blockHash,
  CLOSED,
  ENVIRONMENT,
  minute,
  OPEN,
  requestOf,
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

describe('RequestBackup', () => {
  it('opens a run, and is silent when repeated', () => {
    const command = requestOf('run-1');
    given()
      .when(command)
      .then({ type: 'BackupRequested', data: { ...command.request, environmentId: ENVIRONMENT } });
    given(...play(request('run-1')))
      .when(command)
      .thenNothing('RUN_KNOWN');
    const closed = play(request('run-1'), agree('run-1', { end: 9n }), next());
    given(...closed)
      .when(command)
      .thenNothing('RUN_KNOWN');
  });

  it('is refused while disabled, removed or before the reset that client-export needs', () => {
    given()
      .when(requestOf('run-1', {}, CLOSED))
      .thenThrows('BACKUP_DISABLED');
    given()
      .when(requestOf('run-1', {}, { ...OPEN, removed: true }))
      .thenThrows('BACKUP_DISABLED');
    const halting = { ...OPEN, settings: { ...OPEN.settings, gather: 'client-export' as const } };
    const waiting = { ...halting, monitorResetRequired: true };
    given()
      .when(requestOf('run-1', {}, waiting))
      .thenThrows('MONITOR_RESET_REQUIRED');
    expect(play(request('run-1', {}, halting))).toHaveLength(1);
    expect(play(request('run-1', {}, { ...OPEN, monitorResetRequired: true }))).toHaveLength(1);
  });

  it('coalesces everything that comes during a run into one follow-up', () => {
    const slot = { kind: 'time' as const, at: minute(60) };
    const events = play(
      request('a'),
      request('b'),
      request('c'),
      request('d', { slot, trigger: 'schedule' }),
    );
    expect(events).toHaveLength(3);
    expect(events[2]).toMatchObject({ data: { runId: 'd', coalescedInto: 'b' } });
    const state = stateOf(events);
    expect(state).toMatchObject({ run: { runId: 'a' }, queued: { runId: 'b' }, lastTimeSlot: minute(60) });
    const skip: BackupCommand = { type: 'SkipBackup', runId: 'a', reason: 'NO_NEW_BLOCK', at: minute(61) };
    const after = stateOf([...events, ...backupDecider.decide(skip, state)]);
    expect(after).toMatchObject({ status: 'requested', run: { runId: 'b' }, queued: undefined });
  });

  it('serves each slot once, also by another run id, and older ones never again', () => {
    const slot = (minutes: number) => ({
      trigger: 'schedule' as const,
      slot: { kind: 'time' as const, at: minute(minutes) },
    });
    const events = play(request('a', slot(60)));
    given(...events)
      .when(requestOf('b', slot(60)))
      .thenNothing('SLOT_SERVED');
    given(...events)
      .when(requestOf('b', slot(30)))
      .thenNothing('SLOT_SERVED');
    expect(types(play(request('a', slot(60)), request('b', slot(120))))).toHaveLength(2);
    const blocks = (number: bigint) => ({ slot: { kind: 'block' as const, number } });
    given(...play(request('a', blocks(10_000n))))
      .when(requestOf('b', blocks(10_000n)))
      .thenNothing('SLOT_SERVED');
    // A slot that was refused is not served.
    given(...events)
      .when(requestOf('b', slot(120), CLOSED))
      .thenThrows('BACKUP_DISABLED');
  });

  it('serves block slots again above a tip that went back', () => {
    const slot = { kind: 'block' as const, number: 29n };
    const through = play(
      request('a', { slot }),
      agree('a', thirty),
      next(),
      next(),
      next(),
      request('b'),
      agree('b', { end: 14n, keep: block(0, 9n), chain: () => 1 }),
      next(),
    );
    expect(backupDecider.decide(requestOf('c', { slot }), stateOf(through))).toHaveLength(1);
  });

  it('repeats a run only while it is the last one closed', () => {
    const failed = play(request('a'), () => fail('a', 'NODE_UNREACHABLE'));
    expect(backupDecider.decide(requestOf('a2', { retryOf: 'a', attempt: 1 }), stateOf(failed))).toHaveLength(
      1,
    );
    given(...failed)
      .when(requestOf('x2', { retryOf: 'x' }))
      .thenNothing('RETRY_OVERTAKEN');
    const busy = [...failed, ...backupDecider.decide(requestOf('b'), stateOf(failed))];
    given(...busy)
      .when(requestOf('a2', { retryOf: 'a' }))
      .thenNothing('RETRY_OVERTAKEN');
  });
});

describe('AgreeRange', () => {
  const opened = play(request('a'));

  it('fixes the plan and is silent when repeated or stale', () => {
    const command = agreeOn(stateOf(opened), 'a', thirty);
    const [agreed] = backupDecider.decide(command, stateOf(opened));
    expect(agreed).toMatchObject({ type: 'RangeAgreed', data: { start: 0n, more: false, at: minute(1) } });
    if (agreed.type !== 'RangeAgreed') throw new RangeError('not agreed');
    expect(
      agreed.data.plan.map(({ ordinal, date, start, end }) => [ordinal, date, start, end]),
    ).toStrictEqual([
      [0, '2026-01-01T00:01:00.000Z', 0n, 9n],
      [1, '2026-01-01T00:01:00.001Z', 10n, 19n],
      [2, '2026-01-01T00:01:00.002Z', 20n, 29n],
    ]);
    expect(agreed.data.plan[0]?.file).toBe('2026-01-01T00:01:00.000Z-block-0-9.rlp');
    given(...opened, agreed)
      .when(command)
      .thenNothing('RUN_NOT_OPEN');
    given(...opened)
      .when({ ...command, runId: 'z' })
      .thenNothing('RUN_NOT_OPEN');
  });

  it('refuses a gap, an overlap, another parent, cuts that do not fit', () => {
    const done = play(request('a'), agree('a', { end: 9n }), next(), request('b'));
    const good = agreeOn(stateOf(done), 'b', thirty);
    const [first, second] = good.cuts;
    if (!first || !second) throw new RangeError('two cuts');
    const bad: readonly Partial<typeof good>[] = [
      { start: 11n },
      { start: 9n },
      { parentHash: blockHash(1, 9n) },
      { cuts: [] },
      { cuts: [first] },
      { cuts: [second] },
      { cuts: [first, { ...second, start: second.start + 1n }] },
      { cuts: [first, { ...second, start: second.start - 1n }] },
      { end: { ...good.end, hash: blockHash(3, 29n) } },
    ];
    for (const changes of bad)
      given(...done)
        .when({ ...good, ...changes })
        .thenThrows('BACKUP_RANGE_GAP');
    expect(backupDecider.decide(good, stateOf(done))).toHaveLength(1);
  });
});
