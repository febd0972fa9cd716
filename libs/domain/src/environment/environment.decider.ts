import { ignored, type Decision, type Decider } from '#libs/event-sourcing';
import { canonicalJson, CodedError, type Hex, type Instant } from '#libs/kernel';
import { SEGMENT_BLOCKS_MAX } from '../backup/plan.js';
import { isNewRequest, type RequestMark } from '../request/request.decider.js';
import { outOfBounds, withinBounds, type OutOfBounds } from './setting-bounds.js';
import { assertSettings } from './assert-settings.js';
import type {
  BackupSettings,
  Consensus,
  EnvironmentDescription,
  EnvironmentEvent,
  EvidencePolicy,
  NodeDescription,
} from './environment.events.js';
import { assertOther } from './node-rules.js';

export type Excuse = Readonly<{ until: Instant; reason: string }>;
export type Genesis = Readonly<{
  version: number;
  sha256: string;
  genesisHash: Hex;
  key: string;
  bytes: number;
}>;

export type LiveEnvironment = EnvironmentDescription &
  Readonly<{
    status: 'live' | 'removed';
    environmentId: string;
    consortiumId: string;
    nodes: ReadonlyMap<string, NodeDescription>;
    excuses: ReadonlyMap<string, Excuse>;
    settings: BackupSettings;
    /** Numbers that version 0.1 recorded outside today's bounds: `settings` has the nearest ones inside. */
    outOfBounds?: readonly OutOfBounds[] | undefined;
    /** The newest request of an external producer that configured it. */
    request?: RequestMark | undefined;
    /** Was the backup ever configured? */
    configured: boolean;
    monitorResetRequired: boolean;
    /** Since when backups are enabled; earlier slots are never used. */
    enabledAt: Instant | undefined;
    genesis: Genesis | undefined;
    removedAt: Instant | undefined;
  }>;

/** The excuse of a validator that holds at a time: one that ran out says nothing any more. */
export const excuseAt = ({ excuses }: LiveEnvironment, nodeId: string, at: Instant): Excuse | undefined => {
  const excuse = excuses.get(nodeId);
  return excuse !== undefined && excuse.until > at ? excuse : undefined;
};

const SEALING: ReadonlySet<Consensus> = new Set<Consensus>(['clique', 'ibft', 'ibft2', 'qbft']);

/** By default evidence is required where the genesis of a sealing consensus is known. */
export const evidencePolicy = ({
  settings,
  genesis,
  consensus,
}: Pick<LiveEnvironment, 'settings' | 'genesis' | 'consensus'>): EvidencePolicy =>
  settings.evidence ?? (genesis !== undefined && SEALING.has(consensus) ? 'require' : 'record');

export type EnvironmentState = Readonly<{ status: 'absent' }> | LiveEnvironment;

/** What a new environment starts with: nothing runs. */
export const DEFAULT_BACKUP_SETTINGS: BackupSettings = {
  enabled: false,
  schedule: { kind: 'frequency', frequency: 'once', timeZone: 'UTC' },
  agreement: { kind: 'all' },
  minConfirmations: 0,
  gather: 'rpc',
  segmentBlocks: SEGMENT_BLOCKS_MAX,
  compression: 'none',
  unavailableWhileHalted: ['block explorer', 'ledger API'],
  maxHaltMinutes: 60,
};

export type EnvironmentCommand =
  | (Readonly<{ type: 'RegisterEnvironment'; environmentId: string; consortiumId: string; at: Instant }> & {
      description: EnvironmentDescription;
    })
  | Readonly<{ type: 'ChangeEnvironment'; changes: Partial<EnvironmentDescription>; at: Instant }>
  | Readonly<{ type: 'RemoveEnvironment'; at: Instant }>
  | Readonly<{ type: 'ProvideGenesis'; genesis: Omit<Genesis, 'version'>; at: Instant }>
  | Readonly<{ type: 'RegisterNode'; node: NodeDescription; at: Instant }>
  | Readonly<{ type: 'ChangeNode'; node: NodeDescription; at: Instant }>
  | Readonly<{ type: 'RemoveNode'; nodeId: string; at: Instant }>
  | Readonly<{ type: 'ExcuseValidator'; nodeId: string; until: Instant; reason: string; at: Instant }>
  | Readonly<{ type: 'EndExcuse'; nodeId: string; at: Instant }>
  | Readonly<{
      type: 'ConfigureBackup';
      changes: Partial<BackupSettings>;
      first?: boolean;
      request?: RequestMark;
      at: Instant;
    }>
  | Readonly<{ type: 'ResetMonitor'; nodeId: string; how: 'restarted' | 're-probed'; at: Instant }>;

type Command<Type extends EnvironmentCommand['type']> = Extract<EnvironmentCommand, { type: Type }>;
type Events = Decision<EnvironmentEvent>;

const same = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);

const evolveLive = (state: LiveEnvironment, event: EnvironmentEvent): EnvironmentState => {
  switch (event.type) {
    case 'EnvironmentRegistered':
      return state;
    case 'EnvironmentChanged': {
      const { at: _at, ...changes } = event.data;
      return { ...state, ...changes };
    }
    case 'EnvironmentRemoved':
      return { ...state, status: 'removed', removedAt: event.data.at };
    case 'GenesisProvided': {
      const { at: _at, ...genesis } = event.data;
      return { ...state, genesis };
    }
    case 'NodeRegistered':
    case 'NodeChanged': {
      const { at: _at, ...node } = event.data;
      return { ...state, nodes: new Map(state.nodes).set(node.nodeId, node) };
    }
    case 'NodeRemoved':
      return {
        ...state,
        nodes: without(state.nodes, event.data.nodeId),
        // A new node under the same id is not excused for what the old one was.
        excuses: without(state.excuses, event.data.nodeId),
      };
    case 'ValidatorExcused': {
      const { nodeId, until, reason } = event.data;
      return { ...state, excuses: new Map(state.excuses).set(nodeId, { until, reason }) };
    }
    case 'ValidatorExcuseEnded':
      return { ...state, excuses: without(state.excuses, event.data.nodeId) };
    case 'BackupConfigured': {
      const { at, request = state.request, ...settings } = event.data;
      const since = state.settings.enabled ? state.enabledAt : at;
      const beyond = outOfBounds(settings);
      return {
        ...state,
        settings: withinBounds(settings),
        outOfBounds: beyond.length === 0 ? undefined : beyond,
        request,
        configured: true,
        enabledAt: settings.enabled ? since : undefined,
      };
    }
    case 'MonitorResetRequired':
      return { ...state, monitorResetRequired: true };
    case 'MonitorReset':
      return { ...state, monitorResetRequired: false };
  }
};

const without = <V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> => {
  const copy = new Map(map);
  copy.delete(key);
  return copy;
};

const evolve = (state: EnvironmentState, event: EnvironmentEvent): EnvironmentState => {
  if (state.status !== 'absent') return evolveLive(state, event);
  if (event.type !== 'EnvironmentRegistered') return state;
  const { at: _at, ...description } = event.data;
  return {
    ...description,
    status: 'live',
    nodes: new Map(),
    excuses: new Map(),
    settings: DEFAULT_BACKUP_SETTINGS,
    request: undefined,
    configured: false,
    monitorResetRequired: false,
    enabledAt: undefined,
    genesis: undefined,
    removedAt: undefined,
  };
};

const nodeOf = (state: LiveEnvironment, nodeId: string): NodeDescription => {
  const node = state.nodes.get(nodeId);
  if (!node)
    throw new CodedError('RESOURCE_NOT_FOUND', `There is no node ${nodeId}.`, { context: { nodeId } });
  return node;
};

const registerNode = ({ node, at }: Command<'RegisterNode'>, state: LiveEnvironment): Events => {
  assertOther(node);
  const existing = state.nodes.get(node.nodeId);
  if (existing) {
    if (same(existing, node)) return ignored('UNCHANGED');
    throw new CodedError('RESOURCE_EXISTS', `Node ${node.nodeId} exists.`, {
      context: { nodeId: node.nodeId },
    });
  }
  return [{ type: 'NodeRegistered', data: { ...node, at } }];
};

const changeNode = ({ node, at }: Command<'ChangeNode'>, state: LiveEnvironment): Events => {
  assertOther(node);
  return same(nodeOf(state, node.nodeId), node)
    ? ignored('UNCHANGED')
    : [{ type: 'NodeChanged', data: { ...node, at } }];
};

const removeNode = ({ nodeId, at }: Command<'RemoveNode'>, state: LiveEnvironment): Events =>
  state.nodes.has(nodeId) ? [{ type: 'NodeRemoved', data: { nodeId, at } }] : ignored('ALREADY_REMOVED');

const excuse = (
  { nodeId, until, reason, at }: Command<'ExcuseValidator'>,
  state: LiveEnvironment,
): Events => {
  if (nodeOf(state, nodeId).role !== 'validator') {
    throw new CodedError('INPUT_INVALID', `Node ${nodeId} is not a validator.`, { context: { nodeId } });
  }
  if (until <= at) throw new CodedError('INPUT_INVALID', '"until" must be in the future.');
  const current = state.excuses.get(nodeId);
  return current?.until === until && current.reason === reason
    ? ignored('UNCHANGED')
    : [{ type: 'ValidatorExcused', data: { nodeId, until, reason, at } }];
};

const configure = (
  { changes, first, request, at }: Command<'ConfigureBackup'>,
  state: LiveEnvironment,
): Events => {
  if (first && state.configured) {
    throw new CodedError('BACKUP_ALREADY_CONFIGURED', 'Backups of this environment are already set up.');
  }
  const settings: BackupSettings = { ...state.settings, ...changes };
  assertSettings(settings);
  const isNew = request
    ? isNewRequest(request, state.request)
    : !state.configured || !same(settings, state.settings);
  if (!isNew) return ignored(request ? 'REQUEST_KNOWN' : 'UNCHANGED');
  const data = { ...settings, ...(request ? { request } : {}), at };
  const configured: EnvironmentEvent = { type: 'BackupConfigured', data };
  return settings.enabled === state.settings.enabled
    ? [configured]
    : [configured, { type: 'MonitorResetRequired', data: { at } }];
};

const resetMonitor = ({ nodeId, how, at }: Command<'ResetMonitor'>, state: LiveEnvironment): Events => {
  const node = nodeOf(state, nodeId);
  return node.role === 'monitor'
    ? [{ type: 'MonitorReset', data: { nodeId, how, at } }]
    : ignored('NOT_A_MONITOR');
};

const provideGenesis = ({ genesis, at }: Command<'ProvideGenesis'>, state: LiveEnvironment): Events =>
  state.genesis?.sha256 === genesis.sha256
    ? ignored('UNCHANGED')
    : [{ type: 'GenesisProvided', data: { ...genesis, version: (state.genesis?.version ?? 0) + 1, at } }];

const change = ({ changes, at }: Command<'ChangeEnvironment'>, state: LiveEnvironment): Events => {
  const differs = Object.entries(changes).some(
    ([key, value]) => !same(value, state[key as keyof LiveEnvironment]),
  );
  return differs ? [{ type: 'EnvironmentChanged', data: { ...changes, at } }] : ignored('UNCHANGED');
};

const register = (command: Command<'RegisterEnvironment'>, state: EnvironmentState): Events => {
  const { environmentId, consortiumId, description, at } = command;
  if (state.status !== 'absent') {
    throw new CodedError('RESOURCE_EXISTS', `Environment ${environmentId} exists (IDs are permanent).`, {
      context: { environmentId },
    });
  }
  return [{ type: 'EnvironmentRegistered', data: { ...description, environmentId, consortiumId, at } }];
};

const endExcuse = ({ nodeId, at }: Command<'EndExcuse'>, state: LiveEnvironment): Events =>
  state.excuses.has(nodeId)
    ? [{ type: 'ValidatorExcuseEnded', data: { nodeId, at } }]
    : ignored('NOT_EXCUSED');

const decideLive = (
  command: Exclude<EnvironmentCommand, Command<'RegisterEnvironment'>>,
  state: LiveEnvironment,
): Events => {
  switch (command.type) {
    case 'ChangeEnvironment':
      return change(command, state);
    case 'RemoveEnvironment':
      return [{ type: 'EnvironmentRemoved', data: { at: command.at } }];
    case 'ProvideGenesis':
      return provideGenesis(command, state);
    case 'RegisterNode':
      return registerNode(command, state);
    case 'ChangeNode':
      return changeNode(command, state);
    case 'RemoveNode':
      return removeNode(command, state);
    case 'ExcuseValidator':
      return excuse(command, state);
    case 'EndExcuse':
      return endExcuse(command, state);
    case 'ConfigureBackup':
      return configure(command, state);
    case 'ResetMonitor':
      return resetMonitor(command, state);
  }
};

/** An environment: one chain, its nodes, its genesis and its backup settings. */
export const environmentDecider: Decider<EnvironmentState, EnvironmentCommand, EnvironmentEvent> = {
  initialState: () => ({ status: 'absent' }),
  evolve,
  decide: (command, state) => {
    if (command.type === 'RegisterEnvironment') return register(command, state);
    if (state.status === 'removed' && command.type === 'RemoveEnvironment') return ignored('ALREADY_REMOVED');
    if (state.status !== 'live') throw new CodedError('RESOURCE_NOT_FOUND', 'There is no such environment.');
    return decideLive(command, state);
  },
};
