import type { ErrorCode, Hex, Instant, LinkedBlockRef } from '#libs/kernel';
import type { BackupSettings } from '../environment/environment.events.js';
import type {
  Confirmation,
  Departure,
  ResumedBy,
  RunRequest,
  RunWarning,
  SegmentRecord,
} from './backup.events.js';
import type { Cut } from './plan.js';
import type {
  Branch,
  FinalityProof,
  OpenQuestion,
  Replacement,
  SupersessionDecision,
} from './replacement.js';
import type { Compression } from './segment-file-name.js';

/** What the environment's own stream says at the moment of the command. */
export type BackupGate = Readonly<{
  settings: BackupSettings;
  monitorResetRequired: boolean;
  removed: boolean;
}>;

/** The protocol around a halted monitor: said before it is halted, said when it is, said when it answers again. */
export type HaltCommand =
  | Readonly<{
      type: 'StartHalt';
      runId: string;
      haltId: string;
      nodeId: string;
      controller: string;
      /** What all halts of one run may take together, in ms. */
      haltMaxMs: number;
      at: Instant;
    }>
  | Readonly<{ type: 'NoteHalted'; haltId: string; at: Instant }>
  | Readonly<{ type: 'NoteResumed'; haltId: string; by: ResumedBy; at: Instant }>;

/** A halt command before the instant is known at which it is given. */
export type HaltRequest = HaltCommand extends infer Each
  ? Each extends HaltCommand
    ? Omit<Each, 'at'>
    : never
  : never;

/** What an operator says about evidence; see evidence.decider.ts. */
export type EvidenceCommand =
  | Readonly<{ type: 'ReleaseSegment'; runId: string; reason: string; at: Instant }>
  | Readonly<{ type: 'Reanchor'; reason: string; at: Instant }>;

/** A question as it is put: the rest is known by who records it. */
export type AskedQuestion = Pick<OpenQuestion, 'code' | 'fromBlock' | 'other' | 'judgedBy'>;

export type BackupCommand =
  | Readonly<{
      type: 'RequestBackup';
      environmentId: string;
      request: RunRequest;
      gate: BackupGate;
      /** The newest block that a slot of "every N blocks" was found by. */
      head?: bigint;
    }>
  | Readonly<{
      type: 'AgreeRange';
      runId: string;
      start: bigint;
      /** Hash of the block before `start`; the zero hash at block 0. */
      parentHash: Hex;
      end: LinkedBlockRef;
      cuts: readonly (Cut & Readonly<{ endHash: Hex }>)[];
      backlogEnd: bigint;
      replaces?: Replacement;
      branch?: Branch;
      compression: Compression;
      rule: string;
      confirmations: readonly Confirmation[];
      departures: readonly Departure[];
      rounds: number;
      lookups: number;
      head: bigint;
      genesisHash: Hex;
      warnings: readonly RunWarning[];
      at: Instant;
    }>
  | Readonly<{
      type: 'DisputeRange';
      runId: string;
      code: ErrorCode;
      /** The code of the error behind it, where there is one. */
      cause?: ErrorCode;
      retryable: boolean;
      reason: string;
      confirmations: readonly Confirmation[];
      departures: readonly Departure[];
      warnings?: readonly RunWarning[];
      head?: bigint;
      /** What an operator must decide. */
      question?: AskedQuestion;
      proof?: FinalityProof;
      /** Said by the exporter of the file that it makes; a resolver that comes late ends no export. */
      whileExporting?: true;
      at: Instant;
    }>
  | Readonly<{
      type: 'SkipBackup';
      runId: string;
      reason: 'NO_NEW_BLOCK' | 'BACKUP_DISABLED';
      confirmations?: readonly Confirmation[];
      warnings?: readonly RunWarning[];
      head?: bigint;
      at: Instant;
    }>
  | Readonly<{
      type: 'DecideSupersession';
      decision: SupersessionDecision;
      reason: string;
      at: Instant;
    }>
  | Readonly<{
      type: 'RecordSegment';
      runId: string;
      segment: SegmentRecord;
      /** Are backups still enabled? If not, the run ends with this segment. */
      enabled: boolean;
      /** Id of the run that follows when a backlog is left. */
      followUpId: string;
      environmentId: string;
      at: Instant;
    }>
  | Readonly<{
      /** The current file made progress, or waits for the managed bucket; at most a few times within a stall time-out. */
      type: 'NoteProgress';
      runId: string;
      file: string;
      /** The block that comes next, and the last one of the file. */
      next: bigint;
      end: bigint;
      at: Instant;
    }>
  | Readonly<{
      /** Has the run stalled for the time-out? Then it is woken, and failed if that did not help. */
      type: 'CheckProgress';
      stallTimeoutMs: number;
      at: Instant;
    }>
  | Readonly<{
      type: 'FailBackup';
      runId: string;
      code: ErrorCode;
      message: string;
      retryable: boolean;
      at: Instant;
    }>
  | HaltCommand
  | EvidenceCommand
  | Readonly<{ type: 'NoteOverdue'; since: Instant; at: Instant }>;
