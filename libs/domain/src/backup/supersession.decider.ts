import { ignored, type Decision } from '#libs/event-sourcing';
import { CodedError } from '#libs/kernel';
import type { AskedQuestion, BackupCommand } from './backup.commands.js';
import type { BackupEvent } from './backup.events.js';
import { evolve } from './backup.evolve.js';
import { snapshotFor, type BackupState, type ExportingBackup } from './backup.state.js';
import { breaksFinality, isStrongEnough, type OpenQuestion, type Replacement } from './replacement.js';
import { closed, completing } from './run-end.js';

type Command<Type extends BackupCommand['type']> = Extract<BackupCommand, { type: Type }>;
type Events = Decision<BackupEvent>;

/** The question that a dispute asks: since when, and what an operator said when it is still the same one. */
export const openQuestion = (
  { question: open }: BackupState,
  asked: AskedQuestion,
  { reason, at }: Pick<Command<'DisputeRange'>, 'reason' | 'at'>,
): OpenQuestion => {
  const same = open?.other.hash === asked.other.hash && open.fromBlock === asked.fromBlock;
  const since = same ? open.since : at;
  const { decision, kept } = same && open.code === asked.code ? open : {};
  return {
    ...{ ...asked, reason, since },
    ...(decision === undefined ? {} : { decision }),
    ...(kept === undefined ? {} : { kept }),
  };
};

const superseded = (state: ExportingBackup, replaces: Replacement, at: string): BackupEvent => {
  const { fromBlock, tip, files, other, why } = replaces;
  const end = state.tip?.number ?? fromBlock;
  const open = state.supersededThrough;
  return {
    type: 'SegmentsSuperseded',
    data: {
      runId: state.run.runId,
      fromBlock,
      throughOrdinal: state.nextOrdinal - 1,
      files,
      by: other.hash,
      why,
      ...(tip ? { tip } : {}),
      supersededThrough: open !== undefined && open > end ? open : end,
      replacedThrough: state.nextOrdinal + state.done,
      at,
    },
  };
};

/** Did an operator decide to keep the files after their replacement was agreed? */
const isKept = ({ question }: BackupState, { fromBlock, other }: Replacement): boolean =>
  question?.decision === 'keep' && question.fromBlock === fromBlock && question.other.hash === other.hash;

/**
 * A replacing file is only staged. The last one ends the run: in one append the old files are superseded and every
 * replacing file is recorded, so that no reader sees the one without the other.
 */
export const recordReplacing = (
  command: Command<'RecordSegment'>,
  state: ExportingBackup,
  replaces: Replacement,
): Events => {
  const { runId, segment, at, enabled } = command;
  if (isKept(state, replaces))
    throw new CodedError('SUPERSESSION_PENDING', 'An operator decided meanwhile to keep the files.');
  if (breaksFinality(replaces, segment, segment.evidence))
    throw new CodedError(
      'FINALITY_BROKEN',
      `${segment.file} is proved, and so is the file it would replace.`,
    );
  if (!isStrongEnough(replaces, segment.evidence)) {
    const found = segment.evidence?.level ?? 'confirmed';
    const text = `${segment.file} is ${found}; the files it would replace are ${replaces.level}.`;
    throw new CodedError('SUPERSESSION_PENDING', text);
  }
  const data = { ...segment, runId, at };
  if (state.done + 1 < state.plan.length) {
    if (enabled) return [{ type: 'SegmentStaged', data }];
    const message = 'Backups were turned off before the replacement was complete. The old files stay.';
    const close = closed(state.run, 'failed', at, { code: 'BACKUP_DISABLED', retryable: false });
    const snapshot = snapshotFor(state, close);
    return [
      {
        type: 'BackupFailed',
        data: { runId, code: 'BACKUP_DISABLED', message, retryable: false, at, snapshot },
      },
    ];
  }
  const exported = [...state.staged.map((each) => ({ ...each, runId, at })), data];
  return completing(command, state, [
    superseded(state, replaces, at),
    ...exported.map((each): BackupEvent => ({ type: 'SegmentExported', data: each })),
  ]);
};

/** A file of a branch is recorded at once. The last one ends the run: nothing was backed up, and the alarm goes on. */
export const recordKept = (
  { runId, segment, at, enabled }: Command<'RecordSegment'>,
  state: ExportingBackup,
): Events => {
  const kept: BackupEvent = { type: 'BranchSegmentKept', data: { ...segment, runId, at } };
  if (enabled && state.done + 1 < state.plan.length) return [kept];
  const code = 'FINALITY_BROKEN';
  const snapshot = snapshotFor(
    evolve(state, kept),
    closed(state.run, 'disputed', at, { code, retryable: true }),
  );
  const { confirmations, departures } = state.agreed;
  const said = `The other chain is kept up to block ${segment.end} in files that are not canonical.`;
  const reason = `${state.question?.reason ?? ''} ${said}`.trim();
  const data = { runId, code, reason, confirmations, departures, at, snapshot } as const;
  return [kept, { type: 'RangeDisputed', data }];
};

/** An operator's word on an open question. The next run acts on it. */
export const decideSupersession = (
  { decision, reason, at }: Command<'DecideSupersession'>,
  { question }: BackupState,
): Events => {
  if (question === undefined)
    throw new CodedError('NOTHING_TO_DECIDE', 'No supersession of this environment waits for a decision.');
  if (question.decision === decision) return ignored('ALREADY_DECIDED');
  const { code, fromBlock, other } = question;
  return [{ type: 'SupersessionDecided', data: { decision, reason, code, fromBlock, other, at } }];
};
