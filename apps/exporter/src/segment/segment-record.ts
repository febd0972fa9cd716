import { certificateSummary, type ManifestInput } from '#libs/archive';
import type { SegmentCollector } from '#libs/chain';
import { boundedWarning, TEXT_CHARS_MAX, type SegmentRecord } from '#libs/domain';
import type { Certified } from '../certificate/certifier.js';
import type { ExportJob } from './export-job.js';
import type { StoredSegment } from './stored-segment.js';

/** A segment that lies in the managed bucket, and what is known of it. */
export type MadeSegment = Readonly<{
  collector: SegmentCollector;
  stored: StoredSegment;
  /** Every node that the blocks came from, the last one last; empty for an object that a crash left. */
  sourceNodes: readonly string[];
  certified: Certified;
}>;

const sourceOf = (nodes: readonly string[]): string => nodes.at(-1) ?? 'managed-bucket';

export const manifestInput = (
  { environment, backup, planned }: ExportJob,
  { collector, stored, sourceNodes, certified }: MadeSegment,
  identity: Readonly<{ chainId: bigint; clientVersion: string | undefined }> | undefined,
): ManifestInput => {
  const summary = collector.summary();
  const { rule, confirmations, departures } = backup.agreed;
  return {
    environmentId: environment.environmentId,
    file: planned.file,
    date: planned.date,
    compression: planned.file.endsWith('.gz') ? 'gzip' : 'none',
    stored: { bytes: stored.bytes, sha256: stored.sha256 },
    summary: { ...summary, sha256: stored.contentSha256 },
    source: {
      node: sourceOf(sourceNodes),
      nodes: sourceNodes,
      clientVersion: identity?.clientVersion ?? 'unknown',
    },
    chainId: identity?.chainId ?? 0n,
    genesisHash: backup.genesisHash ?? summary.start.hash,
    agreement: { rule, confirmations, departures },
    genesisSha256: certified.evidence.genesisSha256,
    certificate: certified.certificate,
    validatorSet: certified.validatorSet,
  };
};

/** Does a file hold blocks that superseded files held, or that files hold which its run replaces? */
const isReplacing = (backup: ExportJob['backup'], { start }: ExportJob['planned']): boolean => {
  if (backup.replaces !== undefined) return true;
  const { supersededThrough: through } = backup;
  return through !== undefined && start <= through;
};

export const recordOf = (
  { planned, backup }: ExportJob,
  { collector, stored, sourceNodes, certified }: MadeSegment,
  object: Readonly<{ key: string; manifestSha256: string }>,
): SegmentRecord => {
  const { start, end, contentRoot, transactions, consensus } = collector.summary();
  const { confirmations } = backup.agreed;
  const agreed = confirmations.filter(({ outcome }) => outcome === 'agrees').length;
  const { certificate } = certified;
  const confirmed = `${agreed} of ${confirmations.length} validators confirm the end block`;
  const sealed = certificate.kind === 'validator-confirmations' ? '' : `; ${certificateSummary(certificate)}`;
  return {
    ...planned,
    startHash: start.hash,
    parentHash: start.parentHash,
    endParentHash: end.parentHash,
    bytes: stored.bytes,
    sha256: stored.sha256,
    contentRoot,
    transactions,
    ...object,
    sourceNode: sourceOf(sourceNodes),
    ...(sourceNodes.length > 1 ? { sourceNodes } : {}),
    certificate: { kind: certificate.kind, summary: `${confirmed}${sealed}`.slice(0, TEXT_CHARS_MAX) },
    evidence: certified.evidence,
    ...(certified.warnings.length > 0 ? { warnings: certified.warnings.map(boundedWarning) } : {}),
    raftSwapFile: consensus.includes('raft') && isReplacing(backup, planned),
  };
};
