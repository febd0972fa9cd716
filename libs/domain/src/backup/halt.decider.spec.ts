import { describe, expect, it } from '@jest/globals';
import { fold, ignored } from '#libs/event-sourcing';
import type { HaltRequest } from './backup.commands.js';
import { backupDecider, backupSnapshotOf } from './backup.decider.js';
import { agreeOn, minute, requestOf } from './backup.testing.js';
import type { BackupEvent } from './backup.events.js';
import type { BackupState } from './backup.state.js';

const MINUTE_MS = 60_000;
const { decide, initialState } = backupDecider;
const after = (state: BackupState, events: readonly BackupEvent[]): BackupState =>
  fold(backupDecider, events, state);

const exporting = (): BackupState => {
  const requested = after(initialState(), decide(requestOf('run-1'), initialState()));
  return after(requested, decide(agreeOn(requested, 'run-1', { end: 25n }), requested));
};
const give = (state: BackupState, command: HaltRequest, at = 10) =>
  decide({ ...command, at: minute(at) }, state);
const start = (
  haltId: string,
  more: Partial<Extract<HaltRequest, { type: 'StartHalt' }>> = {},
): HaltRequest => ({
  type: 'StartHalt',
  runId: 'run-1',
  haltId,
  nodeId: 'monitor',
  controller: 'unit',
  haltMaxMs: 5 * MINUTE_MS,
  ...more,
});
const halted = (): BackupState => {
  const state = exporting();
  return after(state, give(state, start('h1')));
};

describe('halting the monitor', () => {
  it('says it with its deadline before anything is halted, once', () => {
    const state = exporting();
    const [started] = give(state, start('h1'));
    expect(started).toEqual({
      type: 'MonitorHaltStarted',
      data: {
        runId: 'run-1',
        haltId: 'h1',
        nodeId: 'monitor',
        controller: 'unit',
        deadline: minute(15),
        at: minute(10),
      },
    });
    expect(give(halted(), start('h1'))).toEqual(ignored('HALT_OPEN'));
  });

  it.each([
    ['a second one while one is open', halted(), start('h2')],
    ['one of another run', exporting(), start('h1', { runId: 'run-2' })],
    ['one without a run', initialState(), start('h1')],
  ])('refuses %s', (_what, state, command) => {
    expect(() => give(state, command)).toThrow(expect.objectContaining({ code: 'MONITOR_HALT_REFUSED' }));
  });

  it('notes the halt and the end once each, and nothing about a halt that is over', () => {
    const noted = after(halted(), give(halted(), { type: 'NoteHalted', haltId: 'h1' }));
    expect(noted.halt).toMatchObject({ haltId: 'h1', halted: true });
    expect(give(noted, { type: 'NoteHalted', haltId: 'h1' })).toEqual(ignored('ALREADY_HALTED'));
    const over = after(noted, give(noted, { type: 'NoteResumed', haltId: 'h1', by: 'run' }, 12));
    expect(over.halt).toBeUndefined();
    expect(give(over, { type: 'NoteResumed', haltId: 'h1', by: 'deadline' })).toEqual(ignored('HALT_OVER'));
    expect(give(over, { type: 'NoteHalted', haltId: 'h1' })).toEqual(ignored('HALT_OVER'));
  });

  it('counts the time of all halts of a run', () => {
    const once = after(halted(), give(halted(), { type: 'NoteResumed', haltId: 'h1', by: 'run' }, 12));
    const [second] = give(once, start('h2'), 20);
    expect(second.data).toMatchObject({ deadline: minute(23) });
    const twice = after(once, [second]);
    const used = after(twice, give(twice, { type: 'NoteResumed', haltId: 'h2', by: 'deadline' }, 23));
    expect(() => give(used, start('h3'), 24)).toThrow(
      expect.objectContaining({ code: 'MONITOR_HALT_TIME_USED' }),
    );
  });

  it('outlives the end of its run, so that somebody still starts the client', () => {
    const state = halted();
    const failed = decide(
      {
        type: 'FailBackup',
        runId: 'run-1',
        code: 'INTERNAL',
        message: 'x',
        retryable: false,
        at: minute(11),
      },
      state,
    );
    const loaded = failed.map((event) => backupSnapshotOf(event))[0];
    expect(loaded).toMatchObject({ status: 'idle', halt: { haltId: 'h1', deadline: minute(15) } });
    const resumed = give(loaded ?? state, { type: 'NoteResumed', haltId: 'h1', by: 'deadline' }, 15);
    expect(after(loaded ?? state, resumed)).toMatchObject({ status: 'idle', halt: undefined });
  });
});
