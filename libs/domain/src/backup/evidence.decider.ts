import type { Decision } from '#libs/event-sourcing';
import { ignored } from '#libs/event-sourcing';
import { CodedError, type ErrorCode } from '#libs/kernel';
import type { EvidenceCommand } from './backup.commands.js';
import type { BackupEvent, HeldSegment } from './backup.events.js';
import type { BackupState } from './backup.state.js';

/** Failures that hold a file back until an operator releases it. */
const HOLDING: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['CERTIFICATE_INVALID', 'EVIDENCE_WEAKENED']);

/** The file that a run could not record because of its evidence; `undefined` for other failures. */
export const heldBy = (state: BackupState, code: ErrorCode): HeldSegment | undefined => {
  if (state.status !== 'exporting' || !HOLDING.has(code)) return undefined;
  const planned = state.plan[state.done];
  if (planned === undefined) return undefined;
  const { start, end, endHash } = planned;
  return { runId: state.run.runId, start, end, endHash };
};

/** An operator's two words about evidence: record this file all the same, and rely on the validators as they are now. */
export const decideEvidence = (command: EvidenceCommand, state: BackupState): Decision<BackupEvent> => {
  const { reason, at } = command;
  if (command.type === 'Reanchor') {
    if (state.tip === undefined)
      throw new CodedError('NOTHING_TO_REANCHOR', 'Nothing is backed up yet, so the genesis is the anchor.');
    return [{ type: 'EvidenceReanchored', data: { block: state.tip, reason, at } }];
  }
  if (state.released?.runId === command.runId) return ignored('RELEASED');
  if (state.held?.runId !== command.runId)
    throw new CodedError('NOTHING_TO_RELEASE', `Run ${command.runId} holds back no file.`);
  return [{ type: 'SegmentReleased', data: { ...state.held, reason, at } }];
};
