import { certificateSummary, type ManifestInput } from '#libs/archive';
import type { SegmentCollector } from '#libs/chain';
import type { SegmentRecord } from '#libs/domain';
import type { Certified } from '../certificate/certifier.js';
import type { ExportJob } from './export-job.js';
import type { StoredSegment } from './stored-segment.js';

/** A segment that lies in the managed bucket, and what is known of it. */
export type MadeSegment = Readonly<{
  collector: SegmentCollector;
  stored: StoredSegment;
  sourceNode: string;
  certified: Certified;
}>;

export const manifestInput = (
  { environment, backup, planned }: ExportJob,
  { collector, stored, sourceNode, certified }: MadeSegment,
  identity: Readonly<{ chainId: bigint; clientVersion: string }> | undefined,
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
    source: { node: sourceNode, clientVersion: identity?.clientVersion ?? 'unknown' },
    chainId: identity?.chainId ?? 0n,
    genesisHash: backup.genesisHash ?? summary.start.hash,
    agreement: { rule, confirmations, departures },
    certificate: certified.certificate,
    validatorSet: certified.validatorSet,
  };
};

export const recordOf = (
  { planned, backup }: ExportJob,
  { collector, stored, sourceNode, certified }: MadeSegment,
  key: string,
): SegmentRecord => {
  const { start, end, contentRoot, transactions } = collector.summary();
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
    key,
    sourceNode,
    certificate: { kind: certificate.kind, summary: `${confirmed}${sealed}` },
    evidence: certified.evidence,
    raftSwapFile: false,
  };
};
