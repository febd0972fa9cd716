import type { Decider } from '#libs/event-sourcing';
import { canonicalJson, CodedError, type ErrorCode, type Instant } from '#libs/kernel';
import { isNewRequest, type RequestMark } from '../request/request.decider.js';
import type { ProbeFinding, TargetDescription, TargetEvent } from './target.events.js';

export type Failure = Readonly<{ code: ErrorCode; message: string; attempt: number; nextAttemptAt: Instant }>;
export type Suspension = Readonly<{ code: ErrorCode; message: string; nextProbeAt: Instant; since: Instant }>;

export type LiveTarget = TargetDescription &
  Readonly<{
    status: 'live' | 'removed';
    targetId: string;
    consortiumId: string;
    environmentId: string;
    enabled: boolean;
    /** The newest request of an external producer that enabled or disabled it. */
    request?: RequestMark | undefined;
    /** Files up to this ordinal are there; -1 when none is. */
    deliveredThrough: number;
    /** Revision of the last delivered file's event in the backup stream, -1n when there is none. */
    sourceRevision: bigint;
    delivered: Readonly<{ files: number; bytes: number }>;
    backfill: Readonly<{ throughOrdinal: number; missing: number; startedAt: Instant }> | undefined;
    failure: Failure | undefined;
    suspension: Suspension | undefined;
    /** A delivery was announced that the lane has not done yet. */
    dueOrdinal: number;
    published: Readonly<{ etag: string; revision: bigint }> | undefined;
    healing: boolean;
    checked: Readonly<{ ok: boolean; findings: readonly ProbeFinding[]; at: Instant }> | undefined;
    removedAt: Instant | undefined;
  }>;

export type TargetState = Readonly<{ status: 'absent' }> | LiveTarget;

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
  | (Readonly<{ type: 'RecordDelivery' }> &
      Omit<Extract<TargetEvent, { type: 'SegmentDelivered' }>['data'], 'environmentId'>)
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
  | Readonly<{ type: 'RequestHeal'; at: Instant }>
  | Readonly<{ type: 'RecordHistory'; etag: string; revision: bigint; files: number; at: Instant }>
  | Readonly<{ type: 'RemoveTarget'; at: Instant }>;

type Command<Type extends TargetCommand['type']> = Extract<TargetCommand, { type: Type }>;
type Events = readonly TargetEvent[];

const NOTHING_THERE = {
  deliveredThrough: -1,
  sourceRevision: -1n,
  delivered: { files: 0, bytes: 0 },
  backfill: undefined,
  failure: undefined,
  suspension: undefined,
  dueOrdinal: -1,
  published: undefined,
  healing: false,
} as const;

const toggled = (state: LiveTarget, request: RequestMark | undefined): LiveTarget => ({
  ...state,
  request: request ?? state.request,
  failure: undefined,
  suspension: undefined,
});

const evolveLive = (state: LiveTarget, event: TargetEvent): LiveTarget => {
  switch (event.type) {
    case 'TargetRegistered':
      return state;
    case 'TargetChanged': {
      const { at: _at, ...description } = event.data;
      const moved = description.destination !== state.destination;
      const { secretRef: _old, ...kept } = state;
      return {
        ...kept,
        ...description,
        failure: undefined,
        suspension: undefined,
        ...(moved ? NOTHING_THERE : {}),
      };
    }
    case 'TargetEnabled':
      return { ...toggled(state, event.data.request), enabled: true };
    case 'TargetDisabled':
      return { ...toggled(state, event.data.request), enabled: false, backfill: undefined };
    case 'TargetChecked': {
      const { ok, findings, at } = event.data;
      return { ...state, checked: { ok, findings, at } };
    }
    case 'DeliveryDue':
      return { ...state, dueOrdinal: event.data.ordinal };
    case 'BackfillStarted': {
      const { missing, throughOrdinal, at } = event.data;
      return { ...state, backfill: { missing, throughOrdinal, startedAt: at } };
    }
    case 'SegmentDelivered': {
      const { ordinal, sourceRevision, bytes } = event.data;
      const delivered = { files: state.delivered.files + 1, bytes: state.delivered.bytes + bytes };
      return { ...state, deliveredThrough: ordinal, sourceRevision, delivered, failure: undefined };
    }
    case 'DeliveryFailed': {
      const { code, message, attempt, nextAttemptAt } = event.data;
      return { ...state, failure: { code, message, attempt, nextAttemptAt } };
    }
    case 'DeliverySuspended': {
      const { code, message, nextProbeAt, at } = event.data;
      return { ...state, suspension: { code, message, nextProbeAt, since: state.suspension?.since ?? at } };
    }
    case 'DeliveryResumed':
      return { ...state, failure: undefined, suspension: undefined };
    case 'BackfillCompleted':
      return { ...state, backfill: undefined, healing: false };
    case 'HealRequested':
      return { ...state, ...NOTHING_THERE, published: state.published, healing: true };
    case 'HistoryPublished':
      return { ...state, published: { etag: event.data.etag, revision: event.data.revision } };
    case 'TargetRemoved':
      return { ...state, status: 'removed', enabled: false, removedAt: event.data.at };
  }
};

const evolve = (state: TargetState, event: TargetEvent): TargetState => {
  if (state.status !== 'absent') return evolveLive(state, event);
  if (event.type !== 'TargetRegistered') return state;
  const { at: _at, ...description } = event.data;
  return {
    ...description,
    status: 'live',
    enabled: false,
    request: undefined,
    checked: undefined,
    removedAt: undefined,
    ...NOTHING_THERE,
  };
};

const register = (command: Command<'RegisterTarget'>, state: TargetState): Events => {
  const { targetId, consortiumId, environmentId, description, at } = command;
  if (state.status !== 'absent') {
    throw new CodedError('RESOURCE_EXISTS', `Configuration ${targetId} exists (ids are permanent).`, {
      context: { targetId },
    });
  }
  return [{ type: 'TargetRegistered', data: { ...description, targetId, consortiumId, environmentId, at } }];
};

/** A request is remembered also when it changes nothing else: an older one that comes after it must not win. */
const toggle = (
  { type, request, at }: Command<'EnableTarget' | 'DisableTarget'>,
  state: LiveTarget,
): Events => {
  const enabled = type === 'EnableTarget';
  const isNew = request ? isNewRequest(request, state.request) : state.enabled !== enabled;
  if (!isNew) return [];
  const data = { ...(request ? { request } : {}), at };
  return enabled
    ? [{ type: 'TargetEnabled', data: { environmentId: state.environmentId, ...data } }]
    : [{ type: 'TargetDisabled', data }];
};

const changeTarget = ({ description, at }: Command<'ChangeTarget'>, state: LiveTarget): Events => {
  const { name, membershipId, provider, details, destination, secretRef } = state;
  const current = { name, membershipId, provider, details, destination, secretRef };
  const same = canonicalJson(description) === canonicalJson(current);
  return same ? [] : [{ type: 'TargetChanged', data: { ...description, at } }];
};

const recordDelivery = (command: Command<'RecordDelivery'>, state: LiveTarget): Events => {
  const { type: _type, ...data } = command;
  // Oldest first, none left out: a lane that worked from an older state (before a heal) adds nothing.
  if (data.destination !== state.destination || data.ordinal !== state.deliveredThrough + 1) return [];
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
  const { etag, revision, files, at } = command;
  const { published } = state;
  const history: TargetEvent = { type: 'HistoryPublished', data: { etag, revision, files, at } };
  if (published === undefined || revision > published.revision) return [history];
  // The same position with other bytes is a repaired document; a lower one never replaces it.
  return revision === published.revision && etag !== published.etag ? [history] : [];
};

const whenEnabled = (state: LiveTarget, events: () => Events): Events =>
  state.enabled && state.status === 'live' ? events() : [];

const startBackfill = (
  { missing, throughOrdinal, at }: Command<'StartBackfill'>,
  state: LiveTarget,
): Events => {
  if (state.backfill) return [];
  const begun: TargetEvent = { type: 'BackfillStarted', data: { missing, throughOrdinal, at } };
  if (missing > 0) return whenEnabled(state, () => [begun]);
  // Nothing to do is done at once: a heal of an empty history must not stay open.
  return state.healing ? [{ type: 'BackfillCompleted', data: { throughOrdinal, at } }] : [];
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
      if (ordinal <= state.dueOrdinal || ordinal <= state.deliveredThrough) return [];
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
      return state.suspension ? [{ type: 'DeliveryResumed', data: { at } }] : [];
    case 'RequestHeal':
      return state.healing ? [] : [{ type: 'HealRequested', data: { at } }];
    case 'RecordHistory':
      return recordHistory(command, state);
    case 'RemoveTarget':
      return [{ type: 'TargetRemoved', data: { at } }];
  }
};

/** One member's target: what it is, whether it is fed, and how far it has got. */
export const targetDecider: Decider<TargetState, TargetCommand, TargetEvent> = {
  initialState: () => ({ status: 'absent' }),
  evolve,
  decide: (command, state) => {
    if (command.type === 'RegisterTarget') return register(command, state);
    if (state.status === 'removed' && command.type === 'RemoveTarget') return [];
    if (state.status !== 'live')
      throw new CodedError('RESOURCE_NOT_FOUND', 'There is no such configuration.');
    return decideLive(command, state);
  },
};
