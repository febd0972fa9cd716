import { ignored, type Decision, type Decider } from '#libs/event-sourcing';
import { canonicalJson, CodedError, type ErrorCode, type Instant } from '#libs/kernel';
import { isNewRequest, type RequestMark } from '../request/request.decider.js';
import type {
  FaultKind,
  LiveTarget,
  ProbeFinding,
  TargetDescription,
  TargetEvent,
  TargetFault,
} from './target.events.js';
import { assertDetails } from './target-bounds.js';
import { evolveTarget, snapshotOfTarget, type TargetState } from './target.state.js';

/** The largest number of events between two snapshots of a target. */
export const TARGET_SNAPSHOT_EVERY = 500;
/** Most faults that a target remembers; the rest is found again once these are repaired. */
export const TARGET_FAULTS_MAX = 1_000;

type DataOf<Type extends TargetEvent['type']> = Extract<TargetEvent, { type: Type }>['data'];

export type TargetCommand =
  | Readonly<{
      type: 'RegisterTarget';
      targetId: string;
      consortiumId: string;
      environmentId: string;
      description: TargetDescription;
      at: Instant;
    }>
  | Readonly<{ type: 'ChangeTarget'; description: TargetDescription; at: Instant }>
  | Readonly<{ type: 'EnableTarget'; request?: RequestMark; at: Instant }>
  | Readonly<{ type: 'DisableTarget'; request?: RequestMark; at: Instant }>
  | Readonly<{ type: 'RecordCheck'; ok: boolean; findings: readonly ProbeFinding[]; at: Instant }>
  | Readonly<{ type: 'AnnounceDelivery'; ordinal: number; at: Instant }>
  | Readonly<{ type: 'StartBackfill'; missing: number; throughOrdinal: number; at: Instant }>
  | (Readonly<{ type: 'RecordDelivery' }> & Omit<DataOf<'SegmentDelivered'>, 'environmentId'>)
  | Readonly<{
      type: 'RecordFailure';
      file: string;
      code: ErrorCode;
      message: string;
      /** When to try again; `suspend` when the attempts are used up or trying again is pointless. */
      nextAttemptAt: Instant;
      suspend: boolean;
      at: Instant;
    }>
  | Readonly<{ type: 'Resume'; at: Instant }>
  | Readonly<{ type: 'RequestHeal'; readBack?: boolean; at: Instant }>
  | Readonly<{
      type: 'RecordAudit';
      destination: string;
      checked: number;
      faults: readonly TargetFault[];
      historyFound: boolean;
      at: Instant;
    }>
  | (Readonly<{ type: 'RecordHealed' }> & Omit<DataOf<'SegmentHealed'>, 'environmentId' | 'kind'>)
  | Readonly<{
      type: 'RecordRestored';
      file: string;
      ordinal: number;
      kind: FaultKind;
      sha256: string;
      at: Instant;
    }>
  | Readonly<{ type: 'TakeOverPlace'; destination: string; epoch: number; at: Instant }>
  | (Readonly<{ type: 'RecordHistory' }> & DataOf<'HistoryPublished'>)
  | Readonly<{ type: 'RemoveTarget'; at: Instant }>;

type Command<Type extends TargetCommand['type']> = Extract<TargetCommand, { type: Type }>;
type Events = Decision<TargetEvent>;

const register = (command: Command<'RegisterTarget'>, state: TargetState): Events => {
  const { targetId, consortiumId, environmentId, description, at } = command;
  if (state.status !== 'absent') {
    throw new CodedError('RESOURCE_EXISTS', `Configuration ${targetId} exists (IDs are permanent).`, {
      context: { targetId },
    });
  }
  assertDetails(description.details);
  return [{ type: 'TargetRegistered', data: { ...description, targetId, consortiumId, environmentId, at } }];
};

/** A request is remembered also when it changes nothing else: an older one that comes after it must not win. */
const toggle = (
  { type, request, at }: Command<'EnableTarget' | 'DisableTarget'>,
  state: LiveTarget,
): Events => {
  const enabled = type === 'EnableTarget';
  const isNew = request ? isNewRequest(request, state.request) : state.enabled !== enabled;
  // Enabling what is suspended means: try again now.
  if (!isNew && enabled && state.suspension) return [{ type: 'DeliveryResumed', data: { at } }];
  if (!isNew) return ignored(request ? 'REQUEST_KNOWN' : 'UNCHANGED');
  const data = { ...(request ? { request } : {}), at };
  return enabled
    ? [{ type: 'TargetEnabled', data: { environmentId: state.environmentId, ...data } }]
    : [{ type: 'TargetDisabled', data }];
};

const changeTarget = ({ description, at }: Command<'ChangeTarget'>, state: LiveTarget): Events => {
  const { name, membershipId, provider, details, destination, secretRef } = state;
  const current = { name, membershipId, provider, details, destination, secretRef };
  assertDetails(description.details, details);
  const same = canonicalJson(description) === canonicalJson(current);
  return same ? ignored('UNCHANGED') : [{ type: 'TargetChanged', data: { ...description, at } }];
};

const recordDelivery = (command: Command<'RecordDelivery'>, state: LiveTarget): Events => {
  const { type: _type, ...data } = command;
  // Oldest first, none left out: a lane that worked from an older state (before a heal) adds nothing.
  if (data.destination !== state.destination) return ignored('DESTINATION_CHANGED');
  if (data.ordinal !== state.deliveredThrough + 1) return ignored('NOT_NEXT_FILE');
  const delivered: TargetEvent = {
    type: 'SegmentDelivered',
    data: { ...data, environmentId: state.environmentId },
  };
  const done = state.backfill !== undefined && data.ordinal >= state.backfill.throughOrdinal;
  const { ordinal: throughOrdinal, at } = data;
  return done ? [delivered, { type: 'BackfillCompleted', data: { throughOrdinal, at } }] : [delivered];
};

const recordFailure = (command: Command<'RecordFailure'>, state: LiveTarget): Events => {
  const { file, code, message, nextAttemptAt, suspend, at } = command;
  const attempt = (state.failure?.attempt ?? 0) + 1;
  const failed: TargetEvent = {
    type: 'DeliveryFailed',
    data: { file, code, message, attempt, nextAttemptAt, at },
  };
  if (!suspend) return [failed];
  return [failed, { type: 'DeliverySuspended', data: { code, message, nextProbeAt: nextAttemptAt, at } }];
};

const recordHistory = (command: Command<'RecordHistory'>, state: LiveTarget): Events => {
  const { type: _type, ...data } = command;
  const { etag, revision, genesis } = data;
  const { published } = state;
  const history: TargetEvent = { type: 'HistoryPublished', data };
  if (published === undefined || revision > published.revision) return [history];
  // The same position with other bytes is a repaired document; a lower one never replaces it.
  const repaired = etag !== published.etag || genesis !== published.genesis;
  if (revision < published.revision) return ignored('HISTORY_OLDER');
  return repaired ? [history] : ignored('UNCHANGED');
};

const whenEnabled = (state: LiveTarget, events: () => Events): Events =>
  state.enabled && state.status === 'live' ? events() : ignored('TARGET_DISABLED');

const startBackfill = (
  { missing, throughOrdinal, at }: Command<'StartBackfill'>,
  state: LiveTarget,
): Events => {
  if (state.backfill) return ignored('BACKFILL_UNDER_WAY');
  if (missing < 1) return ignored('NOTHING_MISSING');
  return whenEnabled(state, () => [{ type: 'BackfillStarted', data: { missing, throughOrdinal, at } }]);
};

const recordAudit = ({ type: _type, faults, ...data }: Command<'RecordAudit'>, state: LiveTarget): Events => {
  if (data.destination !== state.destination) return ignored('DESTINATION_CHANGED');
  const kept = faults.slice(0, TARGET_FAULTS_MAX);
  const complete = kept.length === faults.length;
  return [{ type: 'TargetAudited', data: { ...data, faults: kept, complete } }];
};

const recordHealed = ({ type: _type, ...data }: Command<'RecordHealed'>, state: LiveTarget): Events => {
  const fault = state.faults.find(({ ordinal }) => ordinal === data.ordinal);
  if (data.destination !== state.destination) return ignored('DESTINATION_CHANGED');
  if (fault === undefined) return ignored('NO_FAULT');
  const { environmentId } = state;
  return [{ type: 'SegmentHealed', data: { ...data, environmentId, kind: fault.kind } }];
};

const requestHeal = ({ readBack = false, at }: Command<'RequestHeal'>, state: LiveTarget): Events => {
  if (state.healAsked && (state.healAsked.readBack || !readBack)) return ignored('HEAL_REQUESTED');
  return [{ type: 'HealRequested', data: { at, ...(readBack ? { readBack } : {}) } }];
};

const decideLive = (
  command: Exclude<TargetCommand, Command<'RegisterTarget'>>,
  state: LiveTarget,
): Events => {
  const { at } = command;
  switch (command.type) {
    case 'ChangeTarget':
      return changeTarget(command, state);
    case 'EnableTarget':
    case 'DisableTarget':
      return toggle(command, state);
    case 'RecordCheck':
      return [{ type: 'TargetChecked', data: { ok: command.ok, findings: command.findings, at } }];
    case 'AnnounceDelivery': {
      const { ordinal } = command;
      if (ordinal <= state.dueOrdinal || ordinal <= state.deliveredThrough)
        return ignored('ALREADY_ANNOUNCED');
      const { environmentId } = state;
      return whenEnabled(state, () => [{ type: 'DeliveryDue', data: { environmentId, ordinal, at } }]);
    }
    case 'StartBackfill':
      return startBackfill(command, state);
    case 'RecordDelivery':
      // The object in flight when the target was disabled is recorded all the same: it is there.
      return recordDelivery(command, state);
    case 'RecordFailure':
      return whenEnabled(state, () => recordFailure(command, state));
    case 'Resume':
      return (state.suspension ?? state.failure)
        ? [{ type: 'DeliveryResumed', data: { at } }]
        : ignored('NOT_FAILING');
    case 'RequestHeal':
      return requestHeal(command, state);
    case 'RecordAudit':
      return recordAudit(command, state);
    case 'RecordHealed':
      return recordHealed(command, state);
    case 'RecordRestored': {
      const { type: _type, ...data } = command;
      return [{ type: 'ManagedCopyRestored', data: { ...data, environmentId: state.environmentId } }];
    }
    case 'TakeOverPlace': {
      const { destination, epoch } = command;
      if (destination !== state.destination) return ignored('DESTINATION_CHANGED');
      if (epoch <= state.epoch) return ignored('EPOCH_OLDER');
      return [{ type: 'PlaceTakenOver', data: { destination, epoch, at } }];
    }
    case 'RecordHistory':
      return recordHistory(command, state);
    case 'RemoveTarget':
      return [{ type: 'TargetRemoved', data: { at } }];
  }
};

const decide = (command: TargetCommand, state: TargetState): Events => {
  if (command.type === 'RegisterTarget') return register(command, state);
  if (state.status === 'removed' && command.type === 'RemoveTarget') return ignored('ALREADY_REMOVED');
  if (state.status !== 'live') throw new CodedError('RESOURCE_NOT_FOUND', 'There is no such configuration.');
  return decideLive(command, state);
};

/** One member's target: what it is, whether it is fed, and how far it has got. */
export const targetDecider: Decider<TargetState, TargetCommand, TargetEvent> = {
  initialState: () => ({ status: 'absent' }),
  evolve: evolveTarget,
  decide: (command, state) => {
    const events = decide(command, state);
    const after = events.reduce(evolveTarget, state);
    if (events.length === 0 || after.status === 'absent' || after.sinceSnapshot < TARGET_SNAPSHOT_EVERY) {
      return events;
    }
    const data = { state: snapshotOfTarget(after), at: command.at };
    return [...events, { type: 'TargetSnapshotTaken', data }];
  },
};
