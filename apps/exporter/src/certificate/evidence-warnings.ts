import { isAtLeast, type ConsensusRules, type SegmentJudgement } from '#libs/archive';
import type {
  ExportingBackup,
  HistoryEntry,
  PlannedSegment,
  RunWarning,
  SegmentEvidence,
} from '#libs/domain';

/** What a certificate came to, and what it can be compared with. */
export type Found = Readonly<{
  evidence: SegmentEvidence;
  fault: SegmentJudgement['fault'];
  rules: ConsensusRules;
  isChosenElsewhere: boolean;
  broken: string | undefined;
}>;

/** A segment, and what operators said about it and the files before it. */
type Place = Readonly<{
  backup: Pick<ExportingBackup, 'anchor' | 'released'>;
  planned: Pick<PlannedSegment, 'start' | 'endHash'>;
}>;
type File = Pick<HistoryEntry, 'start' | 'file' | 'evidence'>;

/** The released file is exactly the planned one. */
export const releaseOf = ({ backup, planned }: Place) => {
  const { released } = backup;
  return released?.start === planned.start && released.endHash === planned.endHash ? released : undefined;
};

/** Files since an operator last re-anchored: what came before is settled. */
const sinceAnchor = (files: readonly File[], { anchor }: Place['backup']): readonly File[] =>
  files.filter(({ start }) => anchor === undefined || start > anchor.number);

/** The evidence that a file must have, so that nothing is weaker than what came before. */
const isWeaker = (found: Found, files: readonly File[]): boolean => {
  const { evidence, fault, rules, isChosenElsewhere } = found;
  // The genesis itself ends the seals, or leaves the choice of validators to a contract.
  const isPlanned = evidence.verdict === 'none' || isChosenElsewhere;
  if (isPlanned && rules.from === 'genesis' && fault === undefined) return false;
  const isProvable = rules.from === 'genesis' && rules.phases.length > 0;
  if (isProvable && !isAtLeast(evidence.level, 'proved')) return true;
  return files.some(({ evidence: before }) => before && !isAtLeast(evidence.level, before.level));
};

const weakenedText = ({ evidence, broken }: Found, files: readonly File[]): string => {
  const invalid = files.find(({ evidence: before }) => before?.verdict === 'invalid');
  const why = broken ?? (invalid && `the seals of ${invalid.file} are invalid`);
  const because = why === undefined ? '' : `: ${why}`;
  return `The blocks are only ${evidence.level}, less than their chain allows or than files before them${because}.`;
};

/** What a run must say about the evidence of a file: nothing invalid, unproven or weakened is plain green. */
export const evidenceWarnings = (job: Place, found: Found, files: readonly File[]): readonly RunWarning[] => {
  const { evidence, fault, broken } = found;
  const released = releaseOf(job);
  const by = released === undefined ? '' : ` Released by an operator: ${released.reason}`;
  if (evidence.verdict === 'invalid' && fault !== undefined)
    return [{ code: 'CERTIFICATE_INVALID', message: `${fault.message}${by}`, height: fault.block }];
  // Why the file before hands nothing on is the cause.
  const cause = broken === undefined ? '' : ` Cause: ${broken}.`;
  if (evidence.verdict === 'unproven' && fault !== undefined)
    return [{ code: fault.code, message: `${fault.message}${cause}${by}`, height: fault.block }];
  const recent = sinceAnchor(files, job.backup);
  const isBroken = recent.some(({ evidence: before }) => before?.verdict === 'invalid');
  if (!isBroken && !isWeaker(found, recent)) return [];
  const message = weakenedText(found, recent);
  return [{ code: 'EVIDENCE_WEAKENED', message, height: job.planned.start }];
};
