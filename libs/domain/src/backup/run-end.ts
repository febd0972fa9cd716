import type { Instant } from '#libs/kernel';
import type { BackupCommand } from './backup.commands.js';
import type { BackupEvent, ClosedRun, RunRequest } from './backup.events.js';
import type { OpenQuestion } from './replacement.js';
import { evolve } from './backup.evolve.js';
import { snapshotFor, type BackupState, type ExportingBackup } from './backup.state.js';

type Record = Extract<BackupCommand, { type: 'RecordSegment' }>;

export const closed = (
  run: RunRequest,
  outcome: ClosedRun['outcome'],
  at: Instant,
  code?: Readonly<{ code: ClosedRun['code'] & string; retryable: boolean }>,
): ClosedRun => ({
  runId: run.runId,
  outcome,
  at,
  attempt: run.attempt,
  retryable: code?.retryable ?? false,
  ...(code ? { code: code.code } : {}),
});

/**
 * What is left of a question when a run went well. That an operator keeps the backup although finality is broken is
 * remembered: the nodes that hold the other chain may go on to show it.
 */
export const answered = ({ question }: BackupState): OpenQuestion | undefined =>
  question?.code === 'FINALITY_BROKEN' && question.decision === 'keep' ? question : undefined;

/** The last append of a run: what it records, its end, and the run that follows while a backlog is left. */
export const completing = (
  { runId, at, enabled, followUpId, environmentId }: Record,
  state: ExportingBackup,
  recorded: readonly [BackupEvent, ...BackupEvent[]],
): readonly [BackupEvent, ...BackupEvent[]] => {
  const after = recorded.reduce<BackupState>(evolve, state);
  const files = state.done + 1;
  const completed: BackupEvent = {
    type: 'BackupCompleted',
    data: {
      runId,
      at,
      stopped: files < state.plan.length,
      files,
      snapshot: snapshotFor(after, closed(state.run, 'completed', at), { question: answered(after) }),
    },
  };
  const followUp = state.more && enabled && state.queued === undefined;
  if (!followUp) return [...recorded, completed];
  const next: RunRequest = { runId: followUpId, trigger: 'backlog', attempt: 0, requestedAt: at };
  return [...recorded, completed, { type: 'BackupRequested', data: { ...next, environmentId } }];
};
