import { toEpochMs, type Instant } from '#libs/kernel';
import type { BackupEvent, RunRequest } from './backup.events.js';
import { stateFromSnapshot, type BackupState } from './backup.state.js';

/** Folds one event into the state of an environment's backups. */
export const evolve = (state: BackupState, event: BackupEvent): BackupState => {
  switch (event.type) {
    case 'BackupRequested':
      return requested(state, event.data);
    case 'RangeAgreed': {
      if (state.status !== 'requested') return state;
      const { genesisHash, head, plan, more, rule, confirmations, departures, backlogEnd } = event.data;
      const agreed = { rule, confirmations, departures, backlogEnd };
      return {
        ...state,
        status: 'exporting',
        genesisHash,
        head,
        plan,
        more,
        agreed,
        done: 0,
        haltUsedMs: 0,
        base: state.tip,
      };
    }
    case 'SegmentExported': {
      if (state.status !== 'exporting') return state;
      const { end, endHash, ordinal, date } = event.data;
      const covered = state.supersededThrough !== undefined && end >= state.supersededThrough;
      return {
        ...state,
        tip: { number: end, hash: endHash },
        nextOrdinal: ordinal + 1,
        lastDate: date,
        done: state.done + 1,
        supersededThrough: covered ? undefined : state.supersededThrough,
      };
    }
    case 'SegmentsSuperseded':
      // Slots of "every N blocks" count from the tip: those above the new tip come again.
      return {
        ...state,
        tip: event.data.tip,
        supersededThrough: event.data.supersededThrough,
        lastBlockSlot: undefined,
      };
    case 'MonitorHaltStarted': {
      const { haltId, nodeId, controller, deadline, at } = event.data;
      return { ...state, halt: { haltId, nodeId, controller, deadline, startedAt: at, halted: false } };
    }
    case 'MonitorHalted':
      return state.halt === undefined ? state : { ...state, halt: { ...state.halt, halted: true } };
    case 'MonitorResumed':
      return resumed(state, event.data.at);
    case 'BackupOverdue':
      return { ...state, overdueSince: event.data.since };
    case 'BackupSkipped':
    case 'RangeDisputed':
    case 'BackupCompleted':
    case 'BackupFailed':
      return stateFromSnapshot(event.data.snapshot);
  }
};

const resumed = (state: BackupState, at: Instant): BackupState => {
  if (state.halt === undefined) return state;
  const { startedAt } = state.halt;
  const after = { ...state, halt: undefined };
  if (after.status !== 'exporting') return after;
  return { ...after, haltUsedMs: after.haltUsedMs + Math.max(0, toEpochMs(at) - toEpochMs(startedAt)) };
};

const requested = (state: BackupState, data: RunRequest & { coalescedInto?: string }): BackupState => {
  const { runId, trigger, slot, retryOf, attempt, requestedAt } = data;
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
  if (state.status === 'idle') return { ...state, ...slots, status: 'requested', run };
  return { ...state, ...slots, queued: run };
};
