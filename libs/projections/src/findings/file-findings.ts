import { isAtLeast, type BackupState, type HistoryEntry, type LiveEnvironment } from '#libs/domain';
import { plainNumber, type ErrorCode, type Instant } from '#libs/kernel';
import { findingOf, type Finding, type Severity } from './finding.js';

type Judged = HistoryEntry & Required<Pick<HistoryEntry, 'evidence'>>;

/** Files of version 0.1 carry no evidence: nothing is said of them. */
const isJudged = (entry: HistoryEntry): entry is Judged => entry.evidence !== undefined;

type Doubt = Readonly<{ code: ErrorCode; severity: Severity; what: string; cure?: string; now: Instant }>;

const doubt = (
  environment: LiveEnvironment,
  files: readonly Judged[],
  { what, now, ...draft }: Doubt,
): readonly Finding[] => {
  const [first] = files;
  if (first === undefined) return [];
  const which = files.length === 1 ? `File ${first.file}` : `One of ${files.length} files, ${first.file},`;
  return [
    findingOf(environment, {
      ...draft,
      message: `${which} (blocks ${first.start} to ${first.end}) ${what}`,
      since: first.exportedAt,
      last_looked: now,
      evidence: {
        file: first.file,
        files: files.length,
        block: plainNumber(first.start),
        run_id: first.runId,
      },
    }),
  ];
};

/** The files above the block from which an operator had the evidence followed on. */
export const sinceAnchor = (
  files: readonly HistoryEntry[],
  { anchor }: Pick<BackupState, 'anchor'>,
): readonly HistoryEntry[] =>
  anchor === undefined ? files : files.filter(({ start }) => start > anchor.number);

/**
 * Canonical files, in the order of their blocks, whose seals do not prove them although the chain has a genesis document
 * to prove them by. Without a document nothing can be proved, which GENESIS_MISSING says.
 */
export const fileFindings = (
  environment: LiveEnvironment,
  files: readonly HistoryEntry[],
  now: Instant,
): readonly Finding[] => {
  const judged = files.filter(isJudged);
  const invalid = judged.filter(({ evidence }) => evidence.verdict === 'invalid');
  const unproven = judged.filter(
    ({ evidence }) => evidence.verdict === 'unproven' && evidence.genesisSha256 !== undefined,
  );
  const weakened = judged.filter(({ evidence }, index) => {
    const before = judged[index - 1];
    return (
      evidence.verdict !== 'invalid' &&
      before !== undefined &&
      !isAtLeast(evidence.level, before.evidence.level)
    );
  });
  return [
    ...doubt(environment, invalid, {
      code: 'CERTIFICATE_INVALID',
      severity: 'error',
      what: 'is recorded, but not sealed as the genesis of the chain requires.',
      cure: 'Compare the blocks with the nodes and with the copies of other members. If they are right, run: chainkeep backup reanchor --reason TEXT.',
      now,
    }),
    ...doubt(environment, unproven, {
      code: 'CERTIFICATE_UNPROVEN',
      severity: 'warning',
      what: 'is confirmed by the validators, but its seals do not prove it.',
      now,
    }),
    ...doubt(environment, weakened, {
      code: 'EVIDENCE_WEAKENED',
      severity: 'warning',
      what: 'has weaker evidence than the file before.',
      now,
    }),
  ];
};
