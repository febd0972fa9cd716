import type { EventData } from '#libs/contracts';
import type { RunDocument, RunState } from './history-read-models.js';
import type { BackupState, Confirmation, Departure, RunWarning, Slot } from '#libs/domain';
import { plainNumber, type Instant } from '#libs/kernel';

/** A run has 50 files at most, and each may add some. */
const WARNINGS_MAX = 200;

/** The run resource of the API, event by event. */
/** No chain reaches a slot that JSON can't hold; one that a false head once made is shown as the highest it can. */
const slotOf = (slot: Slot): NonNullable<RunDocument['slot']> =>
  slot.kind === 'time'
    ? slot
    : { kind: 'block', number: Math.min(Number(slot.number), Number.MAX_SAFE_INTEGER) };

const confirmationOf = ({
  nodeId,
  outcome,
  hash,
  head,
  detail,
}: Confirmation): RunDocument['confirmations'][number] => ({
  node_id: nodeId,
  outcome,
  ...(hash === undefined ? {} : { hash }),
  ...(head === undefined ? {} : { head: plainNumber(head) }),
  ...(detail === undefined ? {} : { detail }),
});

const departureOf = ({ nodeId, height, hash, expected }: Departure): RunDocument['departures'][number] => ({
  node_id: nodeId,
  height: plainNumber(height),
  hash,
  expected,
});

/** Who said what, as agreements and disputes both tell it. */
const voicesOf = ({ confirmations, departures }: EventData<'RangeAgreed'> | EventData<'RangeDisputed'>) => ({
  confirmations: confirmations.map(confirmationOf),
  departures: departures.map(departureOf),
});

const withPhase = (run: RunDocument, state: RunState, at: Instant): RunDocument => ({
  ...run,
  state,
  phases: [...run.phases, { phase: state, at }],
});

const closed = (run: RunDocument, state: RunState, at: Instant): RunDocument => ({
  ...withPhase(run, state, at),
  finished_at: at,
});

export const requestedRun = (data: EventData<'BackupRequested'>): RunDocument => {
  const { runId, environmentId, trigger, slot, retryOf, coalescedInto, attempt, requestedAt } = data;
  const state = coalescedInto === undefined ? 'requested' : 'coalesced';
  return {
    _id: runId,
    environment_id: environmentId,
    trigger,
    ...(slot === undefined ? {} : { slot: slotOf(slot) }),
    state,
    requested_at: requestedAt,
    ...(coalescedInto === undefined ? {} : { coalesced_into: coalescedInto, finished_at: requestedAt }),
    ...(retryOf === undefined ? {} : { retry_of: retryOf }),
    attempt,
    phases: [{ phase: state, at: requestedAt }],
    confirmations: [],
    departures: [],
    files: [],
    warnings: [],
  };
};

/** The run of this id as the state of its stream knows it: what is shown until the projection has got there. */
export const openRun = (
  state: BackupState,
  environmentId: string,
  runId: string,
): RunDocument | undefined => {
  const { queued } = state;
  if (queued?.runId === runId) return requestedRun({ ...queued, environmentId });
  if (state.status === 'idle' || state.run.runId !== runId) return undefined;
  const run = requestedRun({ ...state.run, environmentId });
  return state.status === 'exporting' ? { ...run, state: 'agreed' } : run;
};

const warningOf = ({ code, message, nodes, height }: RunWarning): RunDocument['warnings'][number] => ({
  code,
  message,
  ...(nodes === undefined ? {} : { nodes }),
  ...(height === undefined ? {} : { height: plainNumber(height) }),
});

const keyOf = ({ code, message }: RunDocument['warnings'][number]): string => `${code} ${message}`;

/** The warnings of a run with those that came since, each once. */
const withWarnings = (
  { warnings }: RunDocument,
  more: readonly RunWarning[] = [],
): RunDocument['warnings'] => {
  const all = new Map([...warnings, ...more.map(warningOf)].map((warning) => [keyOf(warning), warning]));
  return [...all.values()].slice(0, WARNINGS_MAX);
};

export const agreedRun = (run: RunDocument, data: EventData<'RangeAgreed'>): RunDocument => ({
  ...withPhase(run, 'agreed', data.at),
  ...voicesOf(data),
  range: {
    start_block: plainNumber(data.start),
    end_block: plainNumber(data.end.number),
    end_hash: data.end.hash,
  },
  rule: data.rule,
  rounds: data.rounds,
  lookups: data.lookups,
  head: plainNumber(data.head),
  planned_files: data.plan.length,
  backlog_end: plainNumber(data.backlogEnd),
  warnings: withWarnings(run, data.warnings),
});

export const exportedRun = (run: RunDocument, data: EventData<'SegmentExported'>): RunDocument => {
  const { file, ordinal, start, end, sha256, bytes, date, at } = data;
  const entry = {
    file,
    ordinal,
    start_block: plainNumber(start),
    end_block: plainNumber(end),
    sha256,
    bytes,
    date,
  };
  const begun: RunDocument['phases'] = run.files.length === 0 ? [{ phase: 'exporting', at }] : [];
  return {
    ...run,
    phases: [...run.phases, ...begun],
    files: [...run.files, entry],
    warnings: withWarnings(run, data.warnings),
  };
};

export const supersedingRun = (run: RunDocument, data: EventData<'SegmentsSuperseded'>): RunDocument => {
  const { fromBlock, throughOrdinal, why } = data;
  return { ...run, superseded: { from_block: plainNumber(fromBlock), through_ordinal: throughOrdinal, why } };
};

export const completedRun = (run: RunDocument, { at }: EventData<'BackupCompleted'>): RunDocument =>
  closed(run, 'completed', at);

export const skippedRun = (
  run: RunDocument,
  { at, reason, confirmations = [], warnings }: EventData<'BackupSkipped'>,
): RunDocument => ({
  ...closed(run, 'skipped', at),
  confirmations: confirmations.map(confirmationOf),
  skip_reason: reason,
  warnings: withWarnings(run, warnings),
});

export const disputedRun = (run: RunDocument, data: EventData<'RangeDisputed'>): RunDocument => ({
  ...closed(run, 'disputed', data.at),
  ...voicesOf(data),
  error: {
    code: data.code,
    message: data.reason,
    ...(data.cause === undefined ? {} : { cause: data.cause }),
  },
  warnings: withWarnings(run, data.warnings),
});

export const failedRun = (
  run: RunDocument,
  { at, code, message }: EventData<'BackupFailed'>,
): RunDocument => ({ ...closed(run, 'failed', at), error: { code, message } });
