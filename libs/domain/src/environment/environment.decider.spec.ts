import { describe, expect, it } from '@jest/globals';
import { fold } from '#libs/event-sourcing';
import { specFor } from '../../../event-sourcing/src/testing.js';
import {
  DEFAULT_BACKUP_SETTINGS,
  environmentDecider,
  type EnvironmentCommand,
  excuseAt,
  type LiveEnvironment,
} from './environment.decider.js';
import type { BackupSettings, EnvironmentEvent, NodeDescription } from './environment.events.js';

const given = specFor(environmentDecider);
const at = '2026-01-01T00:00:00.000Z';
const later = '2026-01-02T00:00:00.000Z';
const description = { name: 'prod', provider: 'geth', consensus: 'clique' } as const;
const registered: EnvironmentEvent = {
  type: 'EnvironmentRegistered',
  data: { ...description, environmentId: 'e', consortiumId: 'c', at },
};
const node = (nodeId: string, role: NodeDescription['role'] = 'validator'): NodeDescription => ({
  nodeId,
  name: nodeId,
  role,
  urls: { rpc: 'http://node:8545' },
});
const withNode = (each: NodeDescription): EnvironmentEvent => ({
  type: 'NodeRegistered',
  data: { ...each, at },
});
const stateOf = (...events: readonly EnvironmentEvent[]) => fold(environmentDecider, events);
const play = (...commands: readonly EnvironmentCommand[]): EnvironmentEvent[] =>
  commands.reduce<EnvironmentEvent[]>(
    (events, command) => [...events, ...environmentDecider.decide(command, stateOf(...events))],
    [registered],
  );
const configure = (changes: Partial<BackupSettings>, first = false): EnvironmentCommand => ({
  type: 'ConfigureBackup',
  changes,
  first,
  at,
});

describe('an environment', () => {
  it('is registered once, with backups configured and disabled', () => {
    const command: EnvironmentCommand = {
      type: 'RegisterEnvironment',
      environmentId: 'e',
      consortiumId: 'c',
      description,
      at,
    };
    given().when(command).then(registered);
    given(registered).when(command).thenThrows('RESOURCE_EXISTS');
    expect(stateOf(registered)).toMatchObject({
      settings: DEFAULT_BACKUP_SETTINGS,
      monitorResetRequired: false,
    });
    expect(DEFAULT_BACKUP_SETTINGS.enabled).toBe(false);
  });

  it('is changed and removed, each silent when repeated', () => {
    const change: EnvironmentCommand = {
      type: 'ChangeEnvironment',
      changes: { name: 'live', extra: { b: 1, a: 2 } },
      at,
    };
    expect(stateOf(...play(change))).toMatchObject({ name: 'live', provider: 'geth' });
    const again: EnvironmentCommand = { ...change, changes: { extra: { a: 2, b: 1 }, name: 'live' } };
    given(...play(change))
      .when(again)
      .thenNothing('UNCHANGED');
    const remove: EnvironmentCommand = { type: 'RemoveEnvironment', at };
    given(registered).when(remove).then({ type: 'EnvironmentRemoved', data: { at } });
    given(...play(remove))
      .when(remove)
      .thenNothing('ALREADY_REMOVED');
    given(...play(remove))
      .when(change)
      .thenThrows('RESOURCE_NOT_FOUND');
    given().when(remove).thenThrows('RESOURCE_NOT_FOUND');
    given().when(change).thenThrows('RESOURCE_NOT_FOUND');
    given(...play(remove))
      .when({ type: 'RegisterEnvironment', environmentId: 'e', consortiumId: 'c', description, at })
      .thenThrows('RESOURCE_EXISTS');
  });

  it('numbers the versions of its genesis', () => {
    const genesis = (sha256: string): EnvironmentCommand => ({
      type: 'ProvideGenesis',
      genesis: { sha256, genesisHash: '0x01', key: 'g', bytes: 9 },
      at,
    });
    expect(stateOf(...play(genesis('a'), genesis('b')))).toMatchObject({
      genesis: { version: 2, sha256: 'b' },
    });
    given(...play(genesis('a')))
      .when(genesis('a'))
      .thenNothing('UNCHANGED');
  });
});

describe('its nodes', () => {
  it('are registered, changed and removed, each silent when repeated', () => {
    const one = node('v1');
    given(registered).when({ type: 'RegisterNode', node: one, at }).then(withNode(one));
    given(registered, withNode(one)).when({ type: 'RegisterNode', node: one, at }).thenNothing('UNCHANGED');
    given(registered, withNode(one))
      .when({ type: 'RegisterNode', node: node('v1', 'other'), at })
      .thenThrows('RESOURCE_EXISTS');
    const moved = { ...one, urls: { rpc: 'http://other:8545' } };
    given(registered, withNode(one))
      .when({ type: 'ChangeNode', node: moved, at })
      .then({ type: 'NodeChanged', data: { ...moved, at } });
    given(registered, withNode(one)).when({ type: 'ChangeNode', node: one, at }).thenNothing('UNCHANGED');
    given(registered).when({ type: 'ChangeNode', node: one, at }).thenThrows('RESOURCE_NOT_FOUND');
    given(registered, withNode(one))
      .when({ type: 'RemoveNode', nodeId: 'v1', at })
      .then({ type: 'NodeRemoved', data: { nodeId: 'v1', at } });
    given(registered).when({ type: 'RemoveNode', nodeId: 'v1', at }).thenNothing('ALREADY_REMOVED');
  });

  it('are excused until a stated time, validators only; a removed one takes its excuse along', () => {
    const excuse: EnvironmentCommand = {
      type: 'ExcuseValidator',
      nodeId: 'v1',
      until: later,
      reason: 'disk',
      at,
    };
    const register: EnvironmentCommand = { type: 'RegisterNode', node: node('v1'), at };
    const excused = play(register, excuse);
    expect(excused.at(-1)).toStrictEqual({
      type: 'ValidatorExcused',
      data: { nodeId: 'v1', until: later, reason: 'disk', at },
    });
    given(...excused)
      .when(excuse)
      .thenNothing('UNCHANGED');
    const live = stateOf(...excused) as LiveEnvironment;
    expect(excuseAt(live, 'v1', at)).toStrictEqual({ until: later, reason: 'disk' });
    expect([excuseAt(live, 'v1', later), excuseAt(live, 'v2', at)]).toStrictEqual([undefined, undefined]);
    given(...play(register))
      .when({ ...excuse, until: at })
      .thenThrows('INPUT_INVALID');
    given(registered).when(excuse).thenThrows('RESOURCE_NOT_FOUND');
    given(registered, withNode(node('v1', 'monitor')))
      .when(excuse)
      .thenThrows('INPUT_INVALID');
    given(...excused)
      .when({ type: 'EndExcuse', nodeId: 'v1', at })
      .then({ type: 'ValidatorExcuseEnded', data: { nodeId: 'v1', at } });
    given(...play(register))
      .when({ type: 'EndExcuse', nodeId: 'v1', at })
      .thenNothing('NOT_EXCUSED');
    const back = stateOf(...play(register, excuse, { type: 'RemoveNode', nodeId: 'v1', at }, register));
    expect(back).toMatchObject({ excuses: new Map() });
  });

  it('lets the monitor alone be reset', () => {
    const reset = (nodeId: string): EnvironmentCommand => ({
      type: 'ResetMonitor',
      nodeId,
      how: 're-probed',
      at,
    });
    const events = play(
      { type: 'RegisterNode', node: node('m', 'monitor'), at },
      { type: 'RegisterNode', node: node('v1'), at },
      configure({ enabled: true }),
    );
    expect(stateOf(...events)).toMatchObject({ monitorResetRequired: true });
    given(...events)
      .when(reset('m'))
      .then({ type: 'MonitorReset', data: { nodeId: 'm', how: 're-probed', at } });
    expect(stateOf(...events, ...environmentDecider.decide(reset('m'), stateOf(...events)))).toMatchObject({
      monitorResetRequired: false,
    });
    given(...events)
      .when(reset('v1'))
      .thenNothing('NOT_A_MONITOR');
    given(...events)
      .when(reset('x'))
      .thenThrows('RESOURCE_NOT_FOUND');
  });
});

describe('its backup settings', () => {
  it('ask for a reset of the monitor at every change of "enabled", and only then', () => {
    const types = (events: readonly EnvironmentEvent[]) => events.slice(1).map(({ type }) => type);
    expect(types(play(configure({ enabled: true })))).toStrictEqual([
      'BackupConfigured',
      'MonitorResetRequired',
    ]);
    expect(types(play(configure({ compression: 'gzip' })))).toStrictEqual(['BackupConfigured']);
    expect(types(play(configure({ enabled: true }), configure({ enabled: false }))).slice(2)).toStrictEqual([
      'BackupConfigured',
      'MonitorResetRequired',
    ]);
    given(...play(configure({ enabled: true })))
      .when(configure({ enabled: true }))
      .thenNothing('UNCHANGED');
  });

  it('are configured for the first time once', () => {
    expect(play(configure({}, true))).toHaveLength(2);
    given(...play(configure({}, true)))
      .when(configure({ enabled: true }, true))
      .thenThrows('BACKUP_ALREADY_CONFIGURED');
  });

  it('are served with the nearest value inside the bounds where version 0.1 recorded one outside', () => {
    const settings = {
      ...DEFAULT_BACKUP_SETTINGS,
      enabled: true,
      schedule: { kind: 'minutes', everyMinutes: Number.MAX_SAFE_INTEGER },
      maxHaltMinutes: Number.MAX_SAFE_INTEGER,
    } as const;
    const recorded: EnvironmentEvent = {
      type: 'BackupConfigured',
      data: { ...settings, at: '2026-01-01T00:00:00.000Z' },
    };
    const state = fold(environmentDecider, [...play(), recorded]);
    expect(state).toMatchObject({
      settings: { schedule: { everyMinutes: 44_640 }, maxHaltMinutes: 10_080 },
      outOfBounds: [
        { setting: 'every_minutes', value: Number.MAX_SAFE_INTEGER, used: 44_640 },
        { setting: 'max_halt_minutes', value: Number.MAX_SAFE_INTEGER, used: 10_080 },
      ],
    });
    // The next change records the values that are used.
    const changed = environmentDecider.decide(configure({ compression: 'gzip' }), state);
    expect(changed).toMatchObject([{ data: { schedule: { everyMinutes: 44_640 }, maxHaltMinutes: 10_080 } }]);
    expect(fold(environmentDecider, [...play(), recorded, ...changed])).toMatchObject({
      outOfBounds: undefined,
    });
  });

  it.each<[Partial<BackupSettings>, string]>([
    [{ segmentBlocks: 0 }, 'INPUT_INVALID'],
    [{ segmentBlocks: 100_002 }, 'INPUT_INVALID'],
    [{ segmentBlocks: 1.5 }, 'INPUT_INVALID'],
    [{ minConfirmations: -1 }, 'INPUT_INVALID'],
    [{ expectedBlockWithin: '10 minutes' }, 'INPUT_INVALID'],
    [{ maxReorgBlocks: -1 }, 'INPUT_INVALID'],
    [{ maxHaltMinutes: 0 }, 'INPUT_INVALID'],
    [{ agreement: { kind: 'all_then_quorum', afterHours: 0 } }, 'INPUT_INVALID'],
    [{ agreement: { kind: 'all_then_quorum', afterHours: Number.NaN } }, 'INPUT_INVALID'],
    [{ schedule: { kind: 'minutes', everyMinutes: 1 } }, 'SCHEDULE_INVALID'],
    [{ schedule: { kind: 'minutes', everyMinutes: 44_641 } }, 'SCHEDULE_INVALID'],
    [{ schedule: { kind: 'minutes', everyMinutes: Number.MAX_SAFE_INTEGER } }, 'SCHEDULE_INVALID'],
    [{ schedule: { kind: 'blocks', everyBlocks: 1_000_000_001 } }, 'SCHEDULE_INVALID'],
    [
      { schedule: { kind: 'cron', cron: `0 0 ${' '.repeat(300)} * * *`, timeZone: 'UTC' } },
      'SCHEDULE_INVALID',
    ],
    [{ maxHaltMinutes: 10_081 }, 'INPUT_INVALID'],
    [{ minConfirmations: 1_000_001 }, 'INPUT_INVALID'],
    [{ agreement: { kind: 'all_then_quorum', afterHours: 8_761 } }, 'INPUT_INVALID'],
    [{ blockBytesMax: 1_000 }, 'INPUT_INVALID'],
    [{ blockBytesMax: 2 ** 30 }, 'INPUT_INVALID'],
  ])('refuse %j', (changes, code) => {
    given(registered).when(configure(changes)).thenThrows(code);
  });
});
