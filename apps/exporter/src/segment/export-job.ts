import type { SegmentContent } from '#libs/archive';
import type { ChainNode } from '#libs/chain';
import type { ExportingBackup, LiveEnvironment, PlannedSegment } from '#libs/domain';
import type { ObjectStore } from '#libs/object-store';
import type { ProgressNotes } from './progress-notes.js';

/** One planned segment of a run, to be made durable. */
export type ExportJob = Readonly<{
  environment: LiveEnvironment;
  backup: ExportingBackup;
  planned: PlannedSegment;
  signal: AbortSignal;
}>;

/** A job in progress: where its file goes, whom to ask for blocks (the best first), and where progress is recorded. */
export type ExportWork = ExportJob &
  Readonly<{ key: string; nodes: readonly ChainNode[]; notes: ProgressNotes }>;

/** The blocks of a segment, whose seals must be judged. */
export type CertifyJob = ExportJob &
  Readonly<{
    managed: ObjectStore;
    /** Whom to ask for what the blocks do not say, the best first. */
    nodes: readonly ChainNode[];
    /** Of the blocks, which were checked already. */
    summary: SegmentContent;
    /** The blocks, uncompressed; read twice when a contract chooses the validators. */
    blocks: () => AsyncIterable<Uint8Array>;
  }>;
