import { describe, expect, it } from '@jest/globals';
import {
  backupDecider,
  DEFAULT_BACKUP_SETTINGS,
  STALL_TIMEOUT_MS,
  type BackupEvent,
  type LiveEnvironment,
} from '#libs/domain';
import { fold } from '#libs/event-sourcing';
import { toInstant } from '#libs/kernel';
import { dueNow, nextLook } from './agenda.js';

const environment = (changes: Partial<LiveEnvironment> = {}): LiveEnvironment => ({
  status: 'live',
  environmentId: 'e',
  consortiumId: 'c',
  name: 'e',
  provider: 'geth',
  consensus: 'clique',
  nodes: new Map(),
  excuses: new Map(),
  settings: { ...DEFAULT_BACKUP_SETTINGS, enabled: true },
  configured: true,
  monitorResetRequired: false,
  enabledAt: '2026-01-01T10:00:00.000Z',
  genesis: undefined,
  removedAt: undefined,
  ...changes,
});
const idle = fold(backupDecider, []);
const stallTimeoutMs = STALL_TIMEOUT_MS;
const closed = (events: readonly BackupEvent[]) => fold(backupDecider, events);

describe('agenda', () => {
  it('fires nothing before the first slot after enabling, then that slot', () => {
    const before = {
      environment: environment(),
      backup: idle,
      now: '2026-01-01T23:59:59.999Z',
      stallTimeoutMs,
    };
    expect(dueNow(before)).toEqual([]);
    expect(nextLook(before)).toBe('2026-01-02T00:00:00.000Z');
    expect(dueNow({ ...before, now: '2026-01-02T00:00:00.000Z' })).toEqual([
      { kind: 'slot', slot: { kind: 'time', at: '2026-01-02T00:00:00.000Z' } },
    ]);
  });

  it('catches up slots that were missed once, and says that nothing succeeded', () => {
    const due = dueNow({
      environment: environment(),
      backup: idle,
      now: '2026-01-09T05:00:00.000Z',
      stallTimeoutMs,
    });
    expect(due).toEqual([
      { kind: 'slot', slot: { kind: 'time', at: '2026-01-09T00:00:00.000Z' } },
      { kind: 'overdue', since: '2026-01-01T10:00:00.000Z' },
    ]);
  });

  it('does nothing while disabled or removed', () => {
    const now = '2026-01-09T05:00:00.000Z';
    const disabled = environment({ settings: { ...DEFAULT_BACKUP_SETTINGS, enabled: false } });
    expect(dueNow({ environment: disabled, backup: idle, now, stallTimeoutMs })).toEqual([]);
    expect(
      dueNow({ environment: environment({ status: 'removed' }), backup: idle, now, stallTimeoutMs }),
    ).toEqual([]);
    expect(nextLook({ environment: disabled, backup: idle, now, stallTimeoutMs })).toBeUndefined();
  });

  it('repeats a disputed run after five minutes, and leaves it to the slot when one is due', () => {
    const at = '2026-01-02T00:00:00.000Z';
    const slot = { kind: 'time', at } as const;
    const run = { runId: 'r', trigger: 'schedule', slot, attempt: 0, requestedAt: at } as const;
    const requested: BackupEvent = { type: 'BackupRequested', data: { ...run, environmentId: 'e' } };
    const dispute = backupDecider.decide(
      {
        type: 'DisputeRange',
        runId: 'r',
        code: 'VALIDATOR_UNREACHABLE',
        retryable: true,
        reason: 'v1',
        confirmations: [],
        departures: [],
        at,
      },
      closed([requested]),
    );
    const backup = closed([requested, ...dispute]);
    const moment = { environment: environment(), backup, stallTimeoutMs };
    expect(nextLook({ ...moment, now: at })).toBe('2026-01-02T00:05:00.000Z');
    expect(dueNow({ ...moment, now: '2026-01-02T00:04:59.999Z' })).toEqual([]);
    expect(dueNow({ ...moment, now: '2026-01-02T00:05:00.000Z' })).toEqual([
      { kind: 'retry', retryOf: 'r', attempt: 1 },
    ]);
    const atSlot = dueNow({ ...moment, now: '2026-01-03T00:00:00.000Z' });
    expect(atSlot.filter(({ kind }) => kind !== 'overdue')).toEqual([
      { kind: 'slot', slot: { kind: 'time', at: '2026-01-03T00:00:00.000Z' } },
    ]);
  });

  it('serves every-N-blocks slots from the head', () => {
    const settings = {
      ...DEFAULT_BACKUP_SETTINGS,
      enabled: true,
      schedule: { kind: 'blocks', everyBlocks: 10_000 },
    } as const;
    const moment = {
      environment: environment({ settings }),
      backup: idle,
      now: toInstant(Date.UTC(2026, 0, 2)),
      stallTimeoutMs,
    };
    expect(dueNow({ ...moment, head: 9_998n })).toEqual([]);
    expect(dueNow({ ...moment, head: 25_000n })).toEqual([
      { kind: 'slot', slot: { kind: 'block', number: 19_999n } },
    ]);
  });

  it('wakes and then fails a run that stands still, also after backups were disabled', () => {
    const at = '2026-01-02T00:00:00.000Z';
    const run = { runId: 'r', trigger: 'manual', attempt: 0, requestedAt: at } as const;
    const open: BackupEvent[] = [{ type: 'BackupRequested', data: { ...run, environmentId: 'e' } }];
    const settings = { ...DEFAULT_BACKUP_SETTINGS, enabled: false };
    const moment = { environment: environment({ settings }), backup: closed(open), stallTimeoutMs };
    expect(nextLook({ ...moment, now: at })).toBe('2026-01-02T00:30:00.000Z');
    expect(dueNow({ ...moment, now: '2026-01-02T00:29:59.999Z' })).toEqual([]);
    expect(dueNow({ ...moment, now: '2026-01-02T00:30:00.000Z' })).toEqual([{ kind: 'stalled' }]);
  });

  it('is not silenced by what a clock recorded that was a year ahead', () => {
    const year = '2027-01-02T00:00:00.000Z';
    const run = { runId: 'r', trigger: 'manual', attempt: 0, requestedAt: year } as const;
    const requested: BackupEvent = { type: 'BackupRequested', data: { ...run, environmentId: 'e' } };
    const failed = backupDecider.decide(
      { type: 'FailBackup', runId: 'r', code: 'NODE_UNREACHABLE', message: 'm', retryable: true, at: year },
      closed([requested]),
    );
    const now = '2026-01-02T00:00:01.000Z';
    const enabledAhead = { environment: environment({ enabledAt: year }), backup: idle, now, stallTimeoutMs };
    expect(dueNow(enabledAhead)).toEqual([
      { kind: 'slot', slot: { kind: 'time', at: '2026-01-02T00:00:00.000Z' } },
    ]);
    const blocks = { kind: 'blocks', everyBlocks: 10_000 } as const;
    const settings = { ...DEFAULT_BACKUP_SETTINGS, enabled: true, schedule: blocks };
    const moment = {
      environment: environment({ settings }),
      backup: closed([requested, ...failed]),
      now,
      stallTimeoutMs,
    };
    expect(dueNow(moment)).toEqual([{ kind: 'retry', retryOf: 'r', attempt: 1 }]);
    const backup = { ...idle, lastSuccessAt: year };
    expect(dueNow({ ...moment, environment: environment(), backup }).map(({ kind }) => kind)).toEqual([
      'slot',
    ]);
  });
});
