import { isAtLeast, type ConsensusRules, type SegmentJudgement } from '#libs/archive';
import type { ExportingBackup, HistoryEntry, RunWarning, SegmentEvidence } from '#libs/domain';
import type { CertifyJob } from '../segment/export-job.js';

/** What a certificate came to, and what it can be compared with. */
export type Found = Readonly<{
  evidence: SegmentEvidence;
  fault: SegmentJudgement['fault'];
  rules: ConsensusRules;
  isChosenElsewhere: boolean;
  broken: string | undefined;
}>;

/** The released file is exactly the planned one. */
export const releaseOf = ({ backup, planned }: Pick<CertifyJob, 'backup' | 'planned'>) => {
  const { released } = backup;
  return released?.start === planned.start && released.endHash === planned.endHash ? released : undefined;
};

/** Files since an operator last re-anchored: what came before is settled. */
const sinceAnchor = (files: readonly HistoryEntry[], { anchor }: ExportingBackup): readonly HistoryEntry[] =>
  files.filter(({ start }) => anchor === undefined || start > anchor.number);

/** The evidence that a file must have, so that nothing is weaker than what came before. */
const isWeaker = (found: Found, files: readonly HistoryEntry[]): boolean => {
  const { evidence, rules, isChosenElsewhere } = found;
  const isProvable = rules.from === 'genesis' && rules.phases.length > 0 && !isChosenElsewhere;
  if (isProvable && !isAtLeast(evidence.level, 'proved')) return true;
  return files.some(({ evidence: before }) => before && !isAtLeast(evidence.level, before.level));
};

const weakenedText = ({ evidence, broken }: Found, files: readonly HistoryEntry[]): string => {
  const invalid = files.find(({ evidence: before }) => before?.verdict === 'invalid');
  const why = broken ?? (invalid && `the seals of ${invalid.file} are invalid`);
  const because = why === undefined ? '' : `: ${why}`;
  return `The blocks are only ${evidence.level}, less than their chain allows or than files before them${because}.`;
};

/** What a run must say about the evidence of a file: nothing invalid, unproven or weakened is plain green. */
export const evidenceWarnings = (
  job: Pick<CertifyJob, 'backup' | 'planned'>,
  found: Found,
  files: readonly HistoryEntry[],
): readonly RunWarning[] => {
  const { evidence, fault } = found;
  const released = releaseOf(job);
  const by = released === undefined ? '' : ` Released by an operator: ${released.reason}`;
  if (evidence.verdict === 'invalid' && fault !== undefined)
    return [{ code: 'CERTIFICATE_INVALID', message: `${fault.message}${by}`, height: fault.block }];
  if (evidence.verdict === 'unproven' && fault !== undefined)
    return [{ code: fault.code, message: `${fault.message}${by}`, height: fault.block }];
  const recent = sinceAnchor(files, job.backup);
  const isBroken = recent.some(({ evidence: before }) => before?.verdict === 'invalid');
  if (!isBroken && !isWeaker(found, recent)) return [];
  const message = weakenedText(found, recent);
  return [{ code: 'EVIDENCE_WEAKENED', message, height: job.planned.start }];
};
