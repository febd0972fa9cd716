import type { BackupEvent, BackupTrigger, Confirmation, SegmentEvidence } from '#libs/domain';
import type { ErrorCode, Hex, Instant } from '#libs/kernel';

/**
 * Documents of the projection `history`: what the API shows of runs, files and deliveries, in its own words (snake
 * case, block numbers as plain numbers). They hold nothing that the events do not say.
 */
export type RunState = 'requested' | 'agreed' | 'completed' | 'skipped' | 'disputed' | 'failed' | 'coalesced';

export type RunPhase = Readonly<{ phase: RunState | 'exporting'; at: Instant }>;

export type RunSlot = Readonly<{ kind: 'time'; at: Instant }> | Readonly<{ kind: 'block'; number: number }>;

export type RunConfirmation = Readonly<{
  node_id: string;
  outcome: Confirmation['outcome'];
  hash?: Hex;
  head?: number;
  detail?: string;
}>;

export type RunDeparture = Readonly<{ node_id: string; height: number; hash: Hex; expected: Hex }>;

/** A problem that did not stop the run. `nodes` are node ids, `height` the block it was seen at. */
export type RunWarningDocument = Readonly<{
  code: ErrorCode;
  message: string;
  nodes?: readonly string[];
  height?: number;
}>;

export type RunFile = Readonly<{
  file: string;
  ordinal: number;
  start_block: number;
  end_block: number;
  sha256: string;
  bytes: number;
  date: Instant;
}>;

/** id: run id; parent: environment id; sort: `requested_at/id` */
export type RunDocument = Readonly<{
  _id: string;
  environment_id: string;
  trigger: BackupTrigger;
  slot?: RunSlot;
  state: RunState;
  requested_at: Instant;
  finished_at?: Instant;
  retry_of?: string;
  /** The run that takes this one's blocks, when one waited already. */
  coalesced_into?: string;
  attempt: number;
  phases: readonly RunPhase[];
  range?: Readonly<{ start_block: number; end_block: number; end_hash: Hex }>;
  rule?: string;
  confirmations: readonly RunConfirmation[];
  departures: readonly RunDeparture[];
  rounds?: number;
  lookups?: number;
  head?: number;
  files: readonly RunFile[];
  planned_files?: number;
  /** Highest agreed block, above the range when a backlog is left. */
  backlog_end?: number;
  /** Each once. */
  warnings: readonly RunWarningDocument[];
  /** Files of earlier runs that this one found to be off the chain. */
  superseded?: Readonly<{ from_block: number; through_ordinal: number; why: string }>;
  skip_reason?: Extract<BackupEvent, { type: 'BackupSkipped' }>['data']['reason'];
  /** No hint: the catalogue's wording changes between releases, and rows must stay equal when they are rebuilt. */
  error?: Readonly<{ code: ErrorCode; message: string; cause?: ErrorCode }>;
}>;

/** What makes the blocks of a file canonical. */
export type EvidenceDocument = Readonly<{
  level: SegmentEvidence['level'];
  verdict: SegmentEvidence['verdict'];
  stated_by?: Readonly<{ nodes: readonly string[]; asked: number }>;
  genesis_sha256?: string;
}>;

export const evidenceDocument = ({
  level,
  verdict,
  statedBy,
  genesisSha256,
}: SegmentEvidence): EvidenceDocument => ({
  level,
  verdict,
  ...(statedBy === undefined ? {} : { stated_by: statedBy }),
  ...(genesisSha256 === undefined ? {} : { genesis_sha256: genesisSha256 }),
});

export type BlockEntry = Readonly<{ block: number; hash: Hex; parent_hash: Hex }>;

/** id: `environmentId/ordinal`, ten digits; parent: environment id; sort: the ordinal, ten digits */
export type SegmentDocument = Readonly<{
  file: string;
  date: Instant;
  canonical_chain: boolean;
  raftSwapFile: boolean;
  ordinal: number;
  start_block: BlockEntry;
  end_block: BlockEntry;
  sha256: string;
  bytes: number;
  content_root: Hex;
  transactions: number;
  source_node: string;
  certificate: Readonly<{ kind: string; summary: string }>;
  /** What makes its blocks canonical; not known of files of version 0.1. */
  evidence?: EvidenceDocument;
  run_id: string;
  exported_at: Instant;
}>;

/** id: environment id. What the backup stream says of an environment at this moment. */
export type EnvironmentHistoryDocument = Readonly<{
  /** Date of the newest file of the last completed run. */
  latest_backup: Instant | null;
  /** The last backed-up block. */
  tip?: Readonly<{ block: number; hash: Hex }>;
  /** Highest block any agreed node was seen at. */
  head?: number;
  /** All files, superseded ones included. */
  files: number;
  bytes: number;
  /** Date of the newest file, whatever became of its run. */
  newest_file?: Instant;
  last_success_at?: Instant;
  overdue_since?: Instant;
  /** The current run, and the one that waits behind it. */
  run?: Readonly<{ id: string; state: 'requested' | 'agreed' }>;
  queued_run?: string;
  last_run?: Readonly<{ id: string; state: RunState; at: Instant; code?: ErrorCode }>;
}>;

/** id: `targetId/ordinal`, ten digits; parent: target id; sort: the ordinal, ten digits */
export type DeliveryDocument = Readonly<{
  file: string;
  ordinal: number;
  state: 'delivered';
  sha256: string;
  bytes: number;
  etag: string;
  at: Instant;
  destination: string;
}>;

/** What each collection of the projection `history` holds. */
export type HistoryDocuments = Readonly<{
  run: RunDocument;
  segment: SegmentDocument;
  environment: EnvironmentHistoryDocument;
  delivery: DeliveryDocument;
}>;

export const HISTORY_PROJECTION = 'history';
export const HISTORY_COLLECTIONS = {
  run: 'run',
  segment: 'segment',
  environment: 'environment',
  delivery: 'delivery',
} as const;

const ORDINAL_DIGITS = 10;

/** Ordinals as text that sorts as they do. */
export const ordinalKey = (ordinal: number): string => String(ordinal).padStart(ORDINAL_DIGITS, '0');
