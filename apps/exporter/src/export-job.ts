import type { ChainNode, SegmentSummary } from '#libs/chain';
import type { ExportingBackup, LiveEnvironment, PlannedSegment } from '#libs/domain';
import type { ObjectStore } from '#libs/object-store';

/** One planned segment of a run, to be made durable. */
export type ExportJob = Readonly<{
  environment: LiveEnvironment;
  backup: ExportingBackup;
  planned: PlannedSegment;
  signal: AbortSignal;
}>;

/** The blocks of a segment, whose seals are to be judged. */
export type CertifyJob = ExportJob &
  Readonly<{
    managed: ObjectStore;
    /** Whom to ask for what the blocks do not say, the best first. */
    nodes: readonly ChainNode[];
    /** Of the blocks, which were checked already. */
    summary: SegmentSummary;
    /** The blocks, uncompressed; read twice when a contract chooses the validators. */
    blocks: () => AsyncIterable<Uint8Array>;
  }>;
