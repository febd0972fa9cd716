import { toEpochMs, type Instant } from '#libs/kernel';
import type { BackupEvent, RangeAgreedData, RecordedSegment, RunRequest } from './backup.events.js';
import { broughtBack } from './clock-ahead.js';
import {
  stateFromSnapshot,
  type BackupState,
  type ExportingBackup,
  type RequestedBackup,
} from './backup.state.js';
import type { SupersessionDecision } from './replacement.js';

/** Folds one event into the state of an environment's backups. */
export const evolve = (state: BackupState, event: BackupEvent): BackupState => {
  switch (event.type) {
    case 'BackupRequested':
      return requested(state, event.data);
    case 'RangeAgreed':
      return state.status === 'requested' ? agreed(state, event.data) : state;
    case 'SegmentExported':
      return state.status === 'exporting' ? exported(state, event.data) : state;
    case 'SegmentsSuperseded':
      // Slots of "every N blocks" count from the tip: those above the new tip come again.
      return {
        ...state,
        tip: event.data.tip,
        supersededThrough: event.data.supersededThrough,
        lastBlockSlot: undefined,
        ...NOT_HELD,
        question: undefined,
        ...(state.status === 'idle' ? {} : progressed(event.data.at)),
      };
    case 'SegmentStaged':
      return state.status === 'exporting' ? staged(state, event.data) : state;
    case 'BranchSegmentKept':
      return state.status === 'exporting' ? keptAside(state, event.data) : state;
    case 'SupersessionDecided':
      return decided(state, event.data.decision);
    case 'SegmentProgressed':
      return state.status === 'exporting' ? { ...state, ...progressed(event.data.at) } : state;
    case 'BackupWoken':
      return state.status === 'idle' ? state : { ...state, wokenAt: event.data.at };
    case 'SegmentReleased': {
      const { at: _at, ...released } = event.data;
      return { ...state, released };
    }
    case 'EvidenceReanchored':
      return { ...state, anchor: event.data.block };
    case 'MonitorHaltStarted':
    case 'MonitorHalted':
    case 'MonitorResumed':
      return evolveHalt(state, event);
    case 'BackupOverdue':
      return { ...state, overdueSince: event.data.since };
    case 'BackupSkipped':
    case 'RangeDisputed':
    case 'BackupCompleted':
    case 'BackupFailed':
      return stateFromSnapshot(event.data.snapshot);
  }
};

const agreed = (
  state: RequestedBackup,
  {
    genesisHash,
    head,
    plan,
    more,
    rule,
    confirmations,
    departures,
    backlogEnd,
    replaces,
    branch,
    at,
  }: RangeAgreedData,
): ExportingBackup => ({
  ...state,
  status: 'exporting',
  ...{ genesisHash, head, plan, more, replaces, branch },
  agreed: { rule, confirmations, departures, backlogEnd },
  done: 0,
  haltUsedMs: 0,
  staged: [],
  ...progressed(at),
});

const exported = (
  state: ExportingBackup,
  { end, endHash, ordinal, date, at }: RecordedSegment,
): ExportingBackup => {
  const covered = state.supersededThrough !== undefined && end >= state.supersededThrough;
  return {
    ...state,
    tip: { number: end, hash: endHash },
    nextOrdinal: ordinal + 1,
    lastDate: date,
    done: state.done + 1,
    ...progressed(at),
    supersededThrough: covered ? undefined : state.supersededThrough,
    ...NOT_HELD,
  };
};

const staged = (
  state: ExportingBackup,
  { runId: _runId, at, ...segment }: RecordedSegment,
): ExportingBackup => ({
  ...state,
  staged: [...state.staged, segment],
  done: state.done + 1,
  ...progressed(at),
});

const keptAside = (state: ExportingBackup, segment: RecordedSegment): ExportingBackup => ({
  ...staged(state, segment),
  nextOrdinal: segment.ordinal + 1,
  lastDate: segment.date,
  question: state.question && { ...state.question, kept: { number: segment.end, hash: segment.endHash } },
});

const decided = (state: BackupState, decision: SupersessionDecision): BackupState =>
  state.question === undefined ? state : { ...state, question: { ...state.question, decision } };

const NOT_HELD = { held: undefined, released: undefined };
const progressed = (at: Instant) => ({ progressAt: at, wokenAt: undefined });

type HaltEvent = Extract<BackupEvent, { type: `Monitor${string}` }>;

/** The start and the end of a halt are progress of its run; between them its deadline counts. */
const evolveHalt = (state: BackupState, event: HaltEvent): BackupState => {
  const moved = state.status === 'exporting' ? progressed(event.data.at) : {};
  if (event.type === 'MonitorHaltStarted') {
    const { haltId, nodeId, controller, deadline, at } = event.data;
    const halt = { haltId, nodeId, controller, deadline, startedAt: at, halted: false };
    return { ...state, halt, ...moved };
  }
  const { halt } = state;
  if (halt === undefined) return state;
  if (event.type === 'MonitorHalted') return { ...state, halt: { ...halt, halted: true } };
  const after = { ...state, halt: undefined, ...moved };
  if (after.status !== 'exporting') return after;
  const usedMs = Math.max(0, toEpochMs(event.data.at) - toEpochMs(halt.startedAt));
  return { ...after, haltUsedMs: after.haltUsedMs + usedMs };
};

const requested = (before: BackupState, data: RunRequest & { coalescedInto?: string }): BackupState => {
  const { runId, trigger, slot, retryOf, attempt, requestedAt } = data;
  const state = broughtBack(before, requestedAt);
  const slots = {
    lastTimeSlot: slot?.kind === 'time' ? slot.at : state.lastTimeSlot,
    lastBlockSlot: slot?.kind === 'block' ? slot.number : state.lastBlockSlot,
  };
  if (data.coalescedInto !== undefined) return { ...state, ...slots };
  const run: RunRequest = {
    runId,
    trigger,
    attempt,
    requestedAt,
    ...(slot ? { slot } : {}),
    ...(retryOf === undefined ? {} : { retryOf }),
  };
  if (state.status === 'idle')
    return { ...state, ...slots, status: 'requested', run, ...progressed(requestedAt) };
  return { ...state, ...slots, queued: run };
};
