import type { DestinationLedger, LiveTarget, TargetEvent, TargetFault } from './target.events.js';

export type TargetState = Readonly<{ status: 'absent' }> | LiveTarget;

const NOTHING_THERE: DestinationLedger = {
  deliveredThrough: -1,
  sourceRevision: -1n,
  delivered: { files: 0, bytes: 0 },
  backfill: undefined,
  failure: undefined,
  suspension: undefined,
  dueOrdinal: -1,
  published: undefined,
  faults: [],
  healAsked: undefined,
  auditedAt: undefined,
  auditedThrough: undefined,
  epoch: 1,
  checked: undefined,
};

const NO_TROUBLE = { failure: undefined, suspension: undefined } as const;

const changed = (state: LiveTarget, { at: _at, ...description }: DataOf<'TargetChanged'>): LiveTarget => {
  const moved = description.destination !== state.destination;
  const { secretRef: _old, ...kept } = state;
  return { ...kept, ...description, ...NO_TROUBLE, ...(moved ? NOTHING_THERE : {}) };
};

type DataOf<Type extends TargetEvent['type']> = Extract<TargetEvent, { type: Type }>['data'];

const delivered = (state: LiveTarget, data: DataOf<'SegmentDelivered'>): LiveTarget => {
  const { ordinal, sourceRevision, bytes } = data;
  // Events of the first version came a second time when a target was healed: nothing new is there then.
  if (ordinal <= state.deliveredThrough) return { ...state, failure: undefined };
  return {
    ...state,
    deliveredThrough: ordinal,
    sourceRevision,
    delivered: { files: state.delivered.files + 1, bytes: state.delivered.bytes + bytes },
    failure: undefined,
  };
};

const audited = (state: LiveTarget, data: DataOf<'TargetAudited'>): LiveTarget => {
  if (data.destination !== state.destination) return state;
  return {
    ...state,
    healAsked: undefined,
    faults: data.faults,
    // With more faults than fit, the audit is due again as soon as these are repaired.
    auditedAt: data.complete ? data.at : undefined,
    auditedThrough: data.complete ? state.deliveredThrough : state.auditedThrough,
    published: data.historyFound ? state.published : undefined,
    failure: undefined,
  };
};

const publishedIn = ({ etag, revision, genesis, at }: DataOf<'HistoryPublished'>) => ({
  etag,
  revision,
  at,
  ...(genesis === undefined ? {} : { genesis }),
});

const without = (faults: readonly TargetFault[], ordinal: number): readonly TargetFault[] =>
  faults.filter((fault) => fault.ordinal !== ordinal);

/** Events about the target itself; all others are about what was delivered to it. */
type OwnEvent = Extract<
  TargetEvent,
  {
    type:
      | 'TargetRegistered'
      | 'TargetChanged'
      | 'TargetEnabled'
      | 'TargetDisabled'
      | 'TargetChecked'
      | 'TargetRemoved'
      | 'TargetSnapshotTaken';
  }
>;
type LedgerEvent = Exclude<TargetEvent, OwnEvent>;

const evolveLedger = (state: LiveTarget, event: LedgerEvent): LiveTarget => {
  switch (event.type) {
    case 'DeliveryDue':
      return { ...state, dueOrdinal: event.data.ordinal };
    case 'BackfillStarted': {
      const { missing, throughOrdinal, at } = event.data;
      return { ...state, backfill: { missing, throughOrdinal, startedAt: at } };
    }
    case 'SegmentDelivered':
      return delivered(state, event.data);
    case 'DeliveryFailed': {
      const { code, message, attempt, nextAttemptAt } = event.data;
      return { ...state, failure: { code, message, attempt, nextAttemptAt } };
    }
    case 'DeliverySuspended': {
      const { code, message, nextProbeAt, at } = event.data;
      return { ...state, suspension: { code, message, nextProbeAt, since: state.suspension?.since ?? at } };
    }
    case 'DeliveryResumed':
      return { ...state, ...NO_TROUBLE };
    case 'BackfillCompleted':
      return { ...state, backfill: undefined };
    case 'HealRequested':
      return { ...state, ...NO_TROUBLE, healAsked: { readBack: event.data.readBack === true } };
    case 'TargetAudited':
      return audited(state, event.data);
    case 'SegmentHealed':
      return { ...state, faults: without(state.faults, event.data.ordinal), failure: undefined };
    case 'HistoryPublished':
      return { ...state, published: publishedIn(event.data), failure: undefined };
    case 'PlaceTakenOver':
      return event.data.destination === state.destination
        ? { ...state, ...NO_TROUBLE, epoch: event.data.epoch }
        : state;
    case 'ManagedCopyRestored':
      return state;
  }
};

const requestedBy = ({ request }: DataOf<'TargetEnabled' | 'TargetDisabled'>) =>
  request === undefined ? {} : { request };

const evolveOwn = (state: LiveTarget, event: OwnEvent): LiveTarget => {
  switch (event.type) {
    case 'TargetChanged':
      return changed(state, event.data);
    case 'TargetEnabled':
      return { ...state, enabled: true, ...NO_TROUBLE, ...requestedBy(event.data) };
    case 'TargetDisabled':
      return { ...state, enabled: false, backfill: undefined, ...NO_TROUBLE, ...requestedBy(event.data) };
    case 'TargetChecked': {
      const { ok, findings, at } = event.data;
      return { ...state, checked: { ok, findings, at } };
    }
    case 'TargetRemoved':
      return { ...state, status: 'removed', enabled: false, removedAt: event.data.at };
    case 'TargetRegistered':
      return state;
    case 'TargetSnapshotTaken':
      return state;
  }
};

const OWN: ReadonlySet<TargetEvent['type']> = new Set<OwnEvent['type']>([
  'TargetRegistered',
  'TargetChanged',
  'TargetEnabled',
  'TargetDisabled',
  'TargetChecked',
  'TargetRemoved',
  'TargetSnapshotTaken',
]);
const isOwn = (event: TargetEvent): event is OwnEvent => OWN.has(event.type);

/** Folds one event into a target. */
export const evolveTarget = (state: TargetState, event: TargetEvent): TargetState => {
  if (event.type === 'TargetSnapshotTaken') return targetFromSnapshot(event.data.state);
  if (state.status !== 'absent') {
    const next = isOwn(event) ? evolveOwn(state, event) : evolveLedger(state, event);
    return { ...next, sinceSnapshot: state.sinceSnapshot + 1 };
  }
  if (event.type !== 'TargetRegistered') return state;
  const { at: _at, ...description } = event.data;
  return {
    ...description,
    status: 'live',
    enabled: false,
    removedAt: undefined,
    ...NOTHING_THERE,
    sinceSnapshot: 1,
  };
};

const targetFromSnapshot = (snapshot: Omit<LiveTarget, 'sinceSnapshot'>): LiveTarget => ({
  ...NOTHING_THERE,
  removedAt: undefined,
  ...snapshot,
  sinceSnapshot: 0,
});

/** The state a stored event holds whole; loading folds from the newest such event on. */
export const targetSnapshotOf = (event: TargetEvent): TargetState | undefined =>
  event.type === 'TargetSnapshotTaken' ? targetFromSnapshot(event.data.state) : undefined;

/** A target as it is written down: values that are not there are left out, for JSON has no word for them. */
export const snapshotOfTarget = ({ sinceSnapshot: _count, ...state }: LiveTarget) =>
  Object.fromEntries(Object.entries(state).filter(([, value]) => value !== undefined)) as Omit<
    LiveTarget,
    'sinceSnapshot'
  >;
