import { ignored, type Decision, type Decider } from '#libs/event-sourcing';
import { CodedError, isAhead, type BlockRef } from '#libs/kernel';
import type { BackupCommand, BackupGate } from './backup.commands.js';
import type { BackupEvent, SegmentRecord } from './backup.events.js';
import { isBlockSlotServed } from '../schedule/slots.js';
import { evolve } from './backup.evolve.js';
import {
  initialBackupState,
  parentOfNext,
  snapshotFor,
  stateFromSnapshot,
  type BackupState,
  type ExportingBackup,
  type RequestedBackup,
} from './backup.state.js';
import { decideEvidence, heldBy } from './evidence.decider.js';
import { decideHalt } from './halt.decider.js';
import { isUnbroken, planSegments } from './plan.js';
import { answered, closed, completing } from './run-end.js';
import { stallCheckAt } from './stall.js';
import { decideSupersession, openQuestion, recordKept, recordReplacing } from './supersession.decider.js';

type Command<Type extends BackupCommand['type']> = Extract<BackupCommand, { type: Type }>;
type Events = Decision<BackupEvent>;

const slotServed = (
  state: BackupState,
  { request: { slot, requestedAt }, gate, head }: Command<'RequestBackup'>,
): boolean => {
  if (slot === undefined) return false;
  const { lastTimeSlot } = state;
  // A slot that a clock recorded which was ahead does not stand for those of the present.
  if (slot.kind === 'time' && slot.at <= requestedAt && isAhead(lastTimeSlot, requestedAt)) return false;
  if (slot.kind === 'time') return lastTimeSlot !== undefined && slot.at <= lastTimeSlot;
  const { schedule } = gate.settings;
  const everyBlocks = schedule.kind === 'blocks' ? schedule.everyBlocks : 1;
  const { lastBlockSlot: recorded } = state;
  return isBlockSlotServed(slot.number, recorded, { everyBlocks, head: head ?? recorded ?? slot.number });
};

const known = (state: BackupState, runId: string): boolean =>
  (state.status !== 'idle' && state.run.runId === runId) ||
  state.queued?.runId === runId ||
  state.lastClosed?.runId === runId;

const refuseByGate = ({ settings, monitorResetRequired, removed }: BackupGate): void => {
  if (removed || !settings.enabled) {
    throw new CodedError('BACKUP_DISABLED', 'Backups of this environment are turned off.');
  }
  if (settings.gather === 'client-export' && monitorResetRequired) {
    throw new CodedError(
      'MONITOR_RESET_REQUIRED',
      'The monitor must be reset before a backup by client-export.',
    );
  }
};

const request = (command: Command<'RequestBackup'>, state: BackupState): Events => {
  const { environmentId, request: run, gate } = command;
  if (known(state, run.runId)) return ignored('RUN_KNOWN');
  if (slotServed(state, command)) return ignored('SLOT_SERVED');
  refuseByGate(gate);
  if (run.retryOf !== undefined && (state.status !== 'idle' || state.lastClosed?.runId !== run.retryOf))
    return ignored('RETRY_OVERTAKEN');
  const data = { ...run, environmentId };
  if (state.status === 'idle' || state.queued === undefined) return [{ type: 'BackupRequested', data }];
  // A follow-up waits already and will take every block there is then; only a slot has to be remembered.
  if (run.slot === undefined) return ignored('FOLLOW_UP_WAITS');
  return [{ type: 'BackupRequested', data: { ...data, coalescedInto: state.queued.runId } }];
};

/** Are the files that it would replace superseded already? */
const isSuperseded = ({ replaces }: Command<'AgreeRange'>, { tip }: BackupState): boolean =>
  replaces !== undefined && (tip === undefined || tip.number < replaces.fromBlock);

const followsOn = (
  { start, end, cuts, parentHash, replaces }: Command<'AgreeRange'>,
  kept: BlockRef | undefined,
  next: bigint,
): boolean =>
  start === next &&
  (replaces?.fromBlock ?? next) === next &&
  (kept === undefined || kept.hash === parentHash) &&
  isUnbroken(cuts, { start: next, end });

const agree = (command: Command<'AgreeRange'>, state: BackupState): Events => {
  if (state.status !== 'requested' || state.run.runId !== command.runId) return ignored('RUN_NOT_OPEN');
  if (isSuperseded(command, state)) return ignored('ALREADY_SUPERSEDED');
  const aside = command.branch ?? command.replaces;
  const kept = aside === undefined ? state.tip : aside.tip;
  const next = kept === undefined ? 0n : kept.number + 1n;
  if (!followsOn(command, kept, next)) {
    throw new CodedError('BACKUP_RANGE_GAP', `Block ${next} is next, not ${command.start}.`, {
      context: { expected: next, start: command.start },
    });
  }
  const { type: _type, cuts, compression, parentHash: _parent, at, ...agreed } = command;
  const plan = planSegments({
    cuts,
    nextOrdinal: state.nextOrdinal,
    lastDate: state.lastDate,
    now: at,
    compression,
  });
  const more = command.backlogEnd > command.end.number;
  return [{ type: 'RangeAgreed', data: { ...agreed, plan, more, at } }];
};

const isRun = (state: BackupState, runId: string): state is RequestedBackup | ExportingBackup =>
  state.status !== 'idle' && state.run.runId === runId;

const headChange = (head: bigint | undefined) => (head === undefined ? {} : { head });

const skip = (command: Command<'SkipBackup'>, state: BackupState): Events => {
  const { type: _type, head, ...said } = command;
  const { runId, reason, at } = said;
  if (state.status !== 'requested' || state.run.runId !== runId) return ignored('RUN_NOT_OPEN');
  // "Nothing new to back up" counts as a sign of life: the chain was seen and is covered.
  const covered =
    reason === 'NO_NEW_BLOCK'
      ? { lastSuccessAt: at, overdueSince: undefined, question: answered(state) }
      : {};
  const snapshot = snapshotFor(state, closed(state.run, 'skipped', at), { ...headChange(head), ...covered });
  return [{ type: 'BackupSkipped', data: { ...said, snapshot } }];
};

const dispute = (command: Command<'DisputeRange'>, state: BackupState): Events => {
  if (!isRun(state, command.runId)) return ignored('RUN_NOT_OPEN');
  // Files that replace others are judged while they are made, so their run may still be disputed.
  if ((state.status === 'exporting') !== (command.whileExporting === true)) return ignored('RUN_NOT_OPEN');
  if (state.status === 'exporting' && state.replaces === undefined) return ignored('RUN_NOT_OPEN');
  const { type: _type, head, retryable, question: asked, whileExporting: _while, ...data } = command;
  const close = closed(state.run, 'disputed', command.at, { code: command.code, retryable });
  const question = asked && openQuestion(state, asked, command);
  const snapshot = snapshotFor(state, close, { ...headChange(head), ...(question ? { question } : {}) });
  return [{ type: 'RangeDisputed', data: { ...data, snapshot } }];
};

const matchesPlan = (state: ExportingBackup, segment: SegmentRecord): boolean => {
  const planned = state.plan[state.done];
  const parent = parentOfNext(state);
  return (
    planned?.ordinal === segment.ordinal &&
    planned.file === segment.file &&
    planned.date === segment.date &&
    planned.start === segment.start &&
    planned.end === segment.end &&
    planned.endHash === segment.endHash &&
    (parent === undefined || parent.hash === segment.parentHash)
  );
};

const record = (command: Command<'RecordSegment'>, state: BackupState): Events => {
  const { runId, segment, at } = command;
  if (state.status !== 'exporting' || state.run.runId !== runId) return ignored('RUN_NOT_OPEN');
  const made = state.branch === undefined ? state.staged.length : 0;
  if (segment.ordinal < state.nextOrdinal + made) return ignored('SEGMENT_RECORDED');
  if (!matchesPlan(state, segment)) {
    throw new CodedError('BACKUP_SEGMENT_UNPLANNED', `${segment.file} is not the next file in the plan.`);
  }
  if (state.branch !== undefined) return recordKept(command, state);
  if (state.replaces !== undefined) return recordReplacing(command, state, state.replaces);
  const exported: BackupEvent = { type: 'SegmentExported', data: { ...segment, runId, at } };
  const last = state.done + 1 === state.plan.length;
  if (!last && command.enabled) return [exported];
  return completing(command, state, [exported]);
};

const fail = ({ runId, code, message, retryable, at }: Command<'FailBackup'>, state: BackupState): Events => {
  if (!isRun(state, runId)) return ignored('RUN_NOT_OPEN');
  const held = heldBy(state, code);
  const snapshot = snapshotFor(state, closed(state.run, 'failed', at, { code, retryable }), {
    ...(held === undefined ? {} : { held, released: undefined }),
  });
  return [{ type: 'BackupFailed', data: { runId, code, message, retryable, at, snapshot } }];
};

const noteProgress = (command: Command<'NoteProgress'>, state: BackupState): Events => {
  const { type: _type, ...data } = command;
  if (state.status !== 'exporting' || state.run.runId !== data.runId) return ignored('RUN_NOT_OPEN');
  // A note of an older worker about a finished file is not progress.
  if (state.plan[state.done]?.file !== data.file) return ignored('NOT_FILE_UNDER_WAY');
  return [{ type: 'SegmentProgressed', data }];
};

const checkProgress = ({ stallTimeoutMs, at }: Command<'CheckProgress'>, state: BackupState): Events => {
  const due = stallCheckAt(state, stallTimeoutMs, at);
  if (state.status === 'idle' || due === undefined) return ignored('RUN_NOT_OPEN');
  if (at < due) return ignored('NOT_STALLED');
  const { run, progressAt, wokenAt } = state;
  const { runId } = run;
  if (wokenAt === undefined || isAhead(wokenAt, at))
    return [{ type: 'BackupWoken', data: { runId, since: progressAt, at } }];
  const message = `Nothing happened since ${progressAt}, although the run was woken at ${wokenAt}.`;
  return fail({ type: 'FailBackup', runId, code: 'BACKUP_STALLED', message, retryable: true, at }, state);
};

/** One backup at a time, no gap, no overlap, every file as planned: the invariants of an environment's backups. */
export const backupDecider: Decider<BackupState, BackupCommand, BackupEvent> = {
  initialState: initialBackupState,
  evolve,
  decide: (command, state) => {
    switch (command.type) {
      case 'RequestBackup':
        return request(command, state);
      case 'AgreeRange':
        return agree(command, state);
      case 'SkipBackup':
        return skip(command, state);
      case 'DisputeRange':
        return dispute(command, state);
      case 'DecideSupersession':
        return decideSupersession(command, state);
      case 'RecordSegment':
        return record(command, state);
      case 'FailBackup':
        return fail(command, state);
      case 'NoteProgress':
        return noteProgress(command, state);
      case 'CheckProgress':
        return checkProgress(command, state);
      case 'StartHalt':
      case 'NoteHalted':
      case 'NoteResumed':
        return decideHalt(command, state);
      case 'ReleaseSegment':
      case 'Reanchor':
        return decideEvidence(command, state);
      case 'NoteOverdue':
        return state.overdueSince === undefined
          ? [{ type: 'BackupOverdue', data: { since: command.since, at: command.at } }]
          : ignored('ALREADY_OVERDUE');
    }
  },
};

/** Closing events carry the whole state: loading reads back no further than the newest of them. */
export const backupSnapshotOf = (event: BackupEvent): BackupState | undefined => {
  switch (event.type) {
    case 'BackupSkipped':
    case 'RangeDisputed':
    case 'BackupCompleted':
    case 'BackupFailed':
      return stateFromSnapshot(event.data.snapshot);
    case 'BackupRequested':
    case 'RangeAgreed':
    case 'SegmentExported':
    case 'SegmentStaged':
    case 'BranchSegmentKept':
    case 'SegmentProgressed':
    case 'SegmentsSuperseded':
    case 'SegmentReleased':
    case 'EvidenceReanchored':
    case 'SupersessionDecided':
    case 'BackupWoken':
    case 'BackupOverdue':
    case 'MonitorHaltStarted':
    case 'MonitorHalted':
    case 'MonitorResumed':
      return undefined;
  }
};
