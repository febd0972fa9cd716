import {
  approvalNeeded,
  canonicalFiles,
  isAtLeast,
  judgementBasis,
  recordedLevel,
  REORG_BLOCKS_MAX,
  supersededStarts,
  type AgreementInput,
  type AgreementReport,
  type BackupCommand,
  type EvidenceLevel,
  type Fork,
  type History,
  type HistoryEntry,
  type LiveEnvironment,
  type OpenQuestion,
  type Replacement,
  type RequestedBackup,
} from '#libs/domain';
import { CodedError, type BlockRef, type ErrorCode } from '#libs/kernel';

/** Names of superseded files that the event lists for readers. */
const LISTED_FILES_MAX = 100;

export type Dispute = Pick<
  Extract<BackupCommand, { type: 'DisputeRange' }>,
  'code' | 'cause' | 'retryable' | 'reason' | 'question' | 'proof'
>;
type Disputed = Dispute & Readonly<{ kind: 'disputed' }>;

/** What is asked about files that the nodes left: the fork, the files, and what agreed with them before. */
export type Superseding = Readonly<{
  environment: LiveEnvironment;
  backup: RequestedBackup;
  fork: Fork;
  lastEnd: BlockRef;
  /** The canonical files from the one with the fork on. */
  files: readonly HistoryEntry[];
  first: HistoryEntry;
  kept: BlockRef | undefined;
  /** The strongest evidence among the files, and both sides in words. */
  level: EvidenceLevel;
  sides: string;
}>;

/** The files from the fork on. Throws RANGE_MOVED when another process superseded them. */
export const supersedingOf = (
  {
    environment,
    backup,
    input,
  }: Pick<Superseding, 'environment' | 'backup'> & Readonly<{ input: AgreementInput }>,
  fork: Fork,
  history: History,
): Superseding => {
  const files = canonicalFiles(history).slice(fork.keepThrough + 1);
  const { lastEnd } = input;
  const [first] = files;
  if (first === undefined || lastEnd === undefined)
    throw new CodedError('RANGE_MOVED', 'The files that the nodes left were superseded by another process.');
  const level = files.map(recordedLevel).reduce((a, b) => (isAtLeast(a, b) ? a : b), 'confirmed');
  const kept = input.fileEnds[fork.keepThrough];
  return {
    environment,
    backup,
    fork,
    lastEnd,
    files,
    first,
    kept,
    level,
    sides: sidesOf({ fork, files, first, lastEnd, level }),
  };
};

/** The question to the nodes about the replacement: from the last end that stays on, under the rule of the old files. */
export const replacementInput = (
  input: AgreementInput,
  { files, fork, kept }: Superseding,
  history: History,
): AgreementInput => {
  const from = kept === undefined ? 0n : kept.number + 1n;
  const starts = [
    ...input.supersededStarts,
    ...supersededStarts(history, from),
    ...files.map(({ start }) => start),
  ];
  return {
    ...input,
    rule: files.some(({ rule }) => rule === 'all') ? 'all' : input.rule,
    lastEnd: kept,
    fileEnds: input.fileEnds.slice(0, fork.keepThrough + 1),
    supersededStarts: [...new Set(starts)],
  };
};

/** What an operator said of this very supersession, and whether the question is open. */
const openFor = ({ backup: { question }, fork, first }: Superseding): OpenQuestion | undefined =>
  question?.other.hash === fork.other.hash && question.fromBlock === first.start ? question : undefined;

const sidesOf = ({
  fork,
  files,
  first,
  lastEnd,
  level,
}: Omit<Superseding, 'environment' | 'backup' | 'kept' | 'sides'>): string => {
  const { other, isFork } = fork;
  const many = files.length === 1 ? '1 file' : `${files.length} files`;
  const where = isFork ? `the chains part at block ${other.number}` : `they differ by block ${other.number}`;
  return `Backed up (${level}): ${many} from block ${first.start}, ending at block ${lastEnd.number} (${lastEnd.hash}). The nodes hold another chain: ${where}, which they hold as ${other.hash}.`;
};

/**
 * A question that an operator answered with "keep", or whose blocks were judged already. What was judged by another
 * genesis document, before another anchor or over other files is judged again.
 */
export const disputeAtOnce = (superseding: Superseding): Disputed | undefined => {
  const open = openFor(superseding);
  if (open === undefined || open.decision === 'supersede') return undefined;
  if (open.decision === 'keep') {
    const text = `An operator decided to keep the backed-up files. ${superseding.sides}`;
    return { kind: 'disputed', code: 'VALIDATOR_DIFFERS', retryable: true, reason: text };
  }
  const { environment, backup, level } = superseding;
  const { code, fromBlock, other, reason, judgedBy } = open;
  if (judgedBy === undefined || judgedBy !== judgementBasis(environment, backup, level)) return undefined;
  return { kind: 'disputed', code, retryable: true, reason, question: { code, fromBlock, other, judgedBy } };
};

type Asked = Readonly<{
  /** The rule that the replacement was agreed under. */
  rule: AgreementInput['rule'];
  report: AgreementReport;
}>;
type AgreedVerdict = Extract<AgreementReport['verdict'], { kind: 'agreed' }>;

const disputed = (code: ErrorCode, reason: string, retryable = true): Disputed => ({
  kind: 'disputed',
  code,
  reason,
  retryable,
});

/** The agreement on the other chain, through the fork at least; else why there is none. */
const agreedThrough = (
  { other }: Fork,
  { rule, report: { verdict, departures } }: Asked,
): AgreedVerdict | Disputed => {
  if (verdict.kind === 'disputed') return verdict;
  if (verdict.kind === 'superseded')
    return disputed('RANGE_MOVED', 'The nodes change their chain faster than they can be asked.');
  if (verdict.kind === 'agreed' && verdict.backlogEnd >= other.number) return verdict;
  if (departures.length === 0) return disputed('REORG_UNCONFIRMED', 'Too few blocks lie above the new ones.');
  const names = departures.map(({ nodeId, height }) => `${nodeId} departs at block ${height}`).join(', ');
  return disputed(
    rule === 'all' ? 'VALIDATOR_DIFFERS' : 'QUORUM_NOT_REACHED',
    `Too few validators hold the other chain: ${names}.`,
  );
};

/** Why an operator must approve, in words. */
const approvalFor = (superseding: Superseding, { backlogEnd, end }: AgreedVerdict): string | undefined => {
  const { environment, fork, lastEnd, level } = superseding;
  return approvalNeeded({
    level,
    depth: fork.isFork ? lastEnd.number - fork.other.number + 1n : undefined,
    maxReorgBlocks: environment.settings.maxReorgBlocks ?? REORG_BLOCKS_MAX,
    isWhole: backlogEnd === end.number || end.number >= lastEnd.number,
  });
};

/** The run that replaces the files, or why it may not. */
export const replacementOf = (
  superseding: Superseding,
  asked: Asked,
): Readonly<{ kind: 'agreed'; replaces: Replacement }> | Disputed => {
  const { fork, files, first, kept, level, sides } = superseding;
  const { other, isFork } = fork;
  const verdict = agreedThrough(fork, asked);
  if (verdict.kind === 'disputed') return { ...verdict, reason: `${verdict.reason} ${sides}` };
  const isDecided = openFor(superseding)?.decision === 'supersede';
  const needed = approvalFor(superseding, verdict);
  if (needed !== undefined && !isDecided) {
    const { confirmations } = asked.report;
    const agreeing = confirmations.filter(({ outcome }) => outcome === 'agrees').length;
    const said = `${agreeing} of ${confirmations.length} validators confirm them up to block ${verdict.backlogEnd}.`;
    const question = { code: 'SUPERSESSION_PENDING', fromBlock: first.start, other } as const;
    return { ...disputed('SUPERSESSION_PENDING', `${needed} ${sides} ${said}`), question };
  }
  const replaces: Replacement = {
    fromBlock: first.start,
    ...(kept === undefined ? {} : { tip: kept }),
    ...{ other, isFork, level, isDecided, why: sides },
    files: files.slice(0, LISTED_FILES_MAX).map(({ file }) => file),
    isFinal: recordedLevel(first) === 'proved' && first.certificate.kind === 'commit-seals',
  };
  return { kind: 'agreed', replaces };
};
