import { describe, expect, it } from '@jest/globals';
import { fold } from '#libs/event-sourcing';
import { specFor } from '../../../event-sourcing/src/testing.js';
import { TARGET_FAULTS_MAX, targetDecider, type TargetCommand } from './target.decider.js';
import type { TargetDescription, TargetEvent, TargetFault } from './target.events.js';

const given = specFor(targetDecider);
const at = '2026-01-01T00:00:00.000Z';
const description: TargetDescription = {
  name: 'bank',
  membershipId: 'm',
  provider: 's3',
  details: { bucket: 'b', region: 'eu' },
  destination: 's3/b/p',
  secretRef: 'secret-1',
};
const register: TargetCommand = {
  type: 'RegisterTarget',
  targetId: 't',
  consortiumId: 'c',
  environmentId: 'e',
  description,
  at,
};
const enable: TargetCommand = { type: 'EnableTarget', at };
const disable: TargetCommand = { type: 'DisableTarget', at };
const heal: TargetCommand = { type: 'RequestHeal', at };
const deliver = (ordinal: number, destination = 's3/b/p'): TargetCommand => ({
  type: 'RecordDelivery',
  file: `f${ordinal}`,
  ordinal,
  sourceRevision: BigInt(ordinal),
  bytes: 10,
  sha256: 'aa',
  etag: 'x',
  destination,
  at,
});
const fail = (suspend = false): TargetCommand => ({
  type: 'RecordFailure',
  file: 'f0',
  code: 'TARGET_UNAVAILABLE',
  message: 'no answer',
  nextAttemptAt: at,
  suspend,
  at,
});
const announce = (ordinal: number): TargetCommand => ({ type: 'AnnounceDelivery', ordinal, at });
const history = (revision: bigint, etag: string): TargetCommand => ({
  type: 'RecordHistory',
  etag,
  revision,
  files: 1,
  at,
});
const stateOf = (events: readonly TargetEvent[]) => fold(targetDecider, events);
const play = (...commands: readonly TargetCommand[]): TargetEvent[] =>
  commands.reduce<TargetEvent[]>(
    (events, command) => [...events, ...targetDecider.decide(command, stateOf(events))],
    [],
  );
const types = (events: readonly TargetEvent[]) => events.map(({ type }) => type);

describe('a target', () => {
  it('is registered once, disabled, and refuses everything before that and after its removal', () => {
    expect(types(play(register))).toStrictEqual(['TargetRegistered']);
    expect(stateOf(play(register))).toMatchObject({ status: 'live', enabled: false, deliveredThrough: -1 });
    given(...play(register))
      .when(register)
      .thenThrows('RESOURCE_EXISTS');
    const remove: TargetCommand = { type: 'RemoveTarget', at };
    given(...play(register, remove))
      .when(remove)
      .thenNothing('ALREADY_REMOVED');
    given(...play(register, remove))
      .when(register)
      .thenThrows('RESOURCE_EXISTS');
    for (const command of [enable, disable, heal, deliver(0), fail()]) {
      given().when(command).thenThrows('RESOURCE_NOT_FOUND');
      given(...play(register, remove))
        .when(command)
        .thenThrows('RESOURCE_NOT_FOUND');
    }
  });

  it('is enabled and disabled, each silent when repeated', () => {
    given(...play(register))
      .when(enable)
      .then({ type: 'TargetEnabled', data: { environmentId: 'e', at } });
    given(...play(register, enable))
      .when(enable)
      .thenNothing('UNCHANGED');
    given(...play(register, enable))
      .when(disable)
      .then({ type: 'TargetDisabled', data: { at } });
    given(...play(register))
      .when(disable)
      .thenNothing('UNCHANGED');
  });

  it('is changed, silent when nothing differs, and forgets a secret that is left out', () => {
    const change = (changes: Partial<TargetDescription>): TargetCommand => ({
      type: 'ChangeTarget',
      description: { ...description, ...changes },
      at,
    });
    given(...play(register))
      .when(change({}))
      .thenNothing('UNCHANGED');
    given(...play(register))
      .when(change({ details: { region: 'eu', bucket: 'b' } }))
      .thenNothing('UNCHANGED');
    const { secretRef: _left, ...open } = description;
    const opened: TargetCommand = { type: 'ChangeTarget', description: open, at };
    expect(stateOf(play(register, opened))).not.toHaveProperty('secretRef');
    given(...play(register, opened))
      .when(opened)
      .thenNothing('UNCHANGED');
  });

  it('starts anew at another place and keeps its ledger at the same one', () => {
    const there = [register, enable, deliver(0), deliver(1)];
    const moved: TargetCommand = {
      type: 'ChangeTarget',
      description: { ...description, destination: 's3/other/' },
      at,
    };
    expect(stateOf(play(...there, moved))).toMatchObject({
      deliveredThrough: -1,
      delivered: { files: 0 },
      enabled: true,
    });
    const renamed: TargetCommand = { type: 'ChangeTarget', description: { ...description, name: 'x' }, at };
    expect(stateOf(play(...there, fail(true), renamed))).toMatchObject({
      deliveredThrough: 1,
      suspension: undefined,
    });
    // An object that was in flight to the old place is not counted at the new one.
    given(...play(...there, moved))
      .when(deliver(0))
      .thenNothing('DESTINATION_CHANGED');
  });
});

describe('deliveries', () => {
  it('are recorded in order, none left out, silent when repeated, also when just disabled', () => {
    const events = play(register, enable, deliver(0), deliver(1));
    expect(stateOf(events)).toMatchObject({
      deliveredThrough: 1,
      sourceRevision: 1n,
      delivered: { files: 2, bytes: 20 },
    });
    given(...events)
      .when(deliver(1))
      .thenNothing('NOT_NEXT_FILE');
    given(...events)
      .when(deliver(0))
      .thenNothing('NOT_NEXT_FILE');
    given(...events)
      .when(deliver(3))
      .thenNothing('NOT_NEXT_FILE');
    expect(types(play(register, enable, disable, deliver(0))).at(-1)).toBe('SegmentDelivered');
  });

  it('are announced to enabled targets, once', () => {
    given(...play(register, enable))
      .when(announce(4))
      .then({ type: 'DeliveryDue', data: { environmentId: 'e', ordinal: 4, at } });
    given(...play(register, enable, announce(4)))
      .when(announce(4))
      .thenNothing('ALREADY_ANNOUNCED');
    given(...play(register, enable, deliver(0)))
      .when(announce(0))
      .thenNothing('ALREADY_ANNOUNCED');
    given(...play(register))
      .when(announce(4))
      .thenNothing('TARGET_DISABLED');
  });

  it('fill a target that was enabled late up to where it began', () => {
    const start: TargetCommand = { type: 'StartBackfill', missing: 2, throughOrdinal: 1, at };
    expect(types(play(register, enable, start, deliver(0), deliver(1))).slice(2)).toStrictEqual([
      'BackfillStarted',
      'SegmentDelivered',
      'SegmentDelivered',
      'BackfillCompleted',
    ]);
    given(...play(register, enable, start))
      .when(start)
      .thenNothing('BACKFILL_UNDER_WAY');
    given(...play(register))
      .when(start)
      .thenNothing('TARGET_DISABLED');
    expect(stateOf(play(register, enable, start, disable))).toMatchObject({ backfill: undefined });
  });

  it('count failures, suspend, and go on after a resume', () => {
    const events = play(register, enable, fail(), fail(true));
    expect(types(events).slice(2)).toStrictEqual(['DeliveryFailed', 'DeliveryFailed', 'DeliverySuspended']);
    expect(stateOf(events)).toMatchObject({ failure: { attempt: 2 }, suspension: { since: at } });
    given(...events)
      .when({ type: 'Resume', at })
      .then({ type: 'DeliveryResumed', data: { at } });
    given(...play(register, enable))
      .when({ type: 'Resume', at })
      .thenNothing('NOT_FAILING');
    expect(stateOf(play(register, enable, fail(), deliver(0)))).toMatchObject({ failure: undefined });
    given(...play(register))
      .when(fail())
      .thenNothing('TARGET_DISABLED');
  });
});

const audit = (faults: readonly TargetFault[], historyFound = true): TargetCommand => ({
  type: 'RecordAudit',
  destination: 's3/b/p',
  checked: 2,
  faults,
  historyFound,
  at,
});
const healed = (ordinal: number): TargetCommand => ({
  type: 'RecordHealed',
  file: `f${ordinal}`,
  ordinal,
  bytes: 10,
  sha256: 'aa',
  etag: 'y',
  destination: 's3/b/p',
  at,
});

describe('healing and history', () => {
  const there = [register, enable, deliver(0), deliver(1), history(5n, 'a')];

  it('is asked for once, clears a suspension, and ends with a comparison; a success ends a failure', () => {
    const asked = play(...there, fail(true), heal);
    expect(stateOf(asked)).toMatchObject({ suspension: undefined, healAsked: { readBack: false } });
    given(...asked)
      .when(heal)
      .thenNothing('HEAL_REQUESTED');
    expect(types(play(...there, heal, { ...heal, readBack: true })).at(-1)).toBe('HealRequested');
    expect(stateOf(play(...there, heal, audit([])))).toMatchObject({
      healAsked: undefined,
      faults: [],
      auditedAt: at,
      deliveredThrough: 1,
      published: { etag: 'a' },
    });
    expect(stateOf(play(...there, heal, audit([], false)))).toMatchObject({ published: undefined });
    for (const success of [history(6n, 'b'), audit([])])
      expect(stateOf(play(...there, fail(), success))).toMatchObject({ failure: undefined });
  });

  it('remembers what is to be written anew, and only that may be', () => {
    const faulty = [...there, audit([{ ordinal: 1, kind: 'altered' }])];
    expect(types(play(...faulty, healed(1))).at(-1)).toBe('SegmentHealed');
    expect(play(...faulty, healed(1)).at(-1)?.data).toMatchObject({ kind: 'altered', environmentId: 'e' });
    expect(stateOf(play(...faulty, healed(1)))).toMatchObject({ faults: [], delivered: { files: 2 } });
    given(...play(...faulty))
      .when(healed(0))
      .thenNothing('NO_FAULT');
  });

  it('keeps a bounded number of faults and compares again after them', () => {
    const faults = Array.from({ length: TARGET_FAULTS_MAX + 1 }, (_, ordinal) => {
      return { ordinal, kind: 'missing' } as const;
    });
    const state = stateOf(play(...there, audit(faults)));
    expect(state).toMatchObject({ auditedAt: undefined });
    expect(state).toHaveProperty('faults.length', TARGET_FAULTS_MAX);
  });

  it('raises the epoch of the place it is at, never of another, and forgets it when it moves', () => {
    const taken: TargetCommand = { type: 'TakeOverPlace', destination: 's3/b/p', epoch: 4, at };
    expect(stateOf(play(...there, taken))).toMatchObject({ epoch: 4 });
    given(...play(...there, taken))
      .when(taken)
      .thenNothing('EPOCH_OLDER');
    given(...play(...there))
      .when({ ...taken, destination: 'elsewhere' })
      .thenNothing('DESTINATION_CHANGED');
    const moved: TargetCommand = {
      type: 'ChangeTarget',
      description: { ...description, destination: 's3/other/' },
      at,
    };
    expect(stateOf(play(...there, taken, moved))).toMatchObject({ epoch: 1 });
  });

  it('tries again at once when it is enabled while suspended', () => {
    given(...play(...there, fail(true)))
      .when(enable)
      .then({ type: 'DeliveryResumed', data: { at } });
  });

  it('never records a history for a lower position', () => {
    const events = play(register, history(5n, 'a'));
    given(...events)
      .when(history(5n, 'a'))
      .thenNothing('UNCHANGED');
    given(...events)
      .when(history(4n, 'b'))
      .thenNothing('HISTORY_OLDER');
    expect(types(play(register, history(5n, 'a'), history(5n, 'b'), history(6n, 'b'))).slice(1)).toHaveLength(
      3,
    );
  });

  it('records every check', () => {
    const check: TargetCommand = {
      type: 'RecordCheck',
      ok: false,
      findings: [{ check: 'write', result: 'fail', message: 'denied' }],
      at,
    };
    expect(stateOf(play(register, check))).toMatchObject({ checked: { ok: false, at } });
  });
});
