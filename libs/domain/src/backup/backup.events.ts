import type { DomainEvent } from '#libs/event-sourcing';
import type { BlockRef, ErrorCode, Hex, Instant, LinkedBlockRef } from '#libs/kernel';
import type { SegmentEvidence } from './evidence.js';
import type {
  Branch,
  FinalityProof,
  OpenQuestion,
  Replacement,
  SupersessionDecision,
} from './replacement.js';

export type BackupTrigger = 'schedule' | 'manual' | 'bus' | 'retry' | 'backlog';

/** A place of the schedule that a run serves: an instant, or a block number for "every N blocks". */
export type Slot = Readonly<{ kind: 'time'; at: Instant }> | Readonly<{ kind: 'block'; number: bigint }>;

/** One file of the plan, fixed when the range is agreed. Ordinals count all files of the environment from 0. */
export type PlannedSegment = Readonly<{
  ordinal: number;
  date: Instant;
  file: string;
  start: bigint;
  end: bigint;
  endHash: Hex;
}>;

export const CONFIRMATION_OUTCOMES = [
  'agrees',
  'differs',
  'behind',
  'missing',
  'unreachable',
  'foreign',
  'excused',
  'duplicate',
] as const;
export type ConfirmationOutcome = (typeof CONFIRMATION_OUTCOMES)[number];

/** What one validator said of the agreed (or disputed) height. */
export type Confirmation = Readonly<{
  nodeId: string;
  outcome: ConfirmationOutcome;
  hash?: Hex;
  head?: bigint;
  detail?: string;
}>;

/** The first height at which a validator's chain leaves the monitor's. */
export type Departure = Readonly<{ nodeId: string; height: bigint; hash: Hex; expected: Hex }>;

/** A problem that did not stop the run. `nodes` are node ids, `height` the block it was seen at. */
export type RunWarning = Readonly<{
  code: ErrorCode;
  message: string;
  nodes?: readonly string[];
  height?: bigint;
}>;

/** The monitor's client is halted, or about to be. Any process that sees the deadline pass starts it. */
export type OpenHalt = Readonly<{
  haltId: string;
  nodeId: string;
  /** Name of the node's controller in the server's local file. */
  controller: string;
  startedAt: Instant;
  deadline: Instant;
  /** Has the halt command ended well? */
  halted: boolean;
}>;

/** A file that a run did not record because its evidence is not in order. */
export type HeldSegment = Readonly<{ runId: string; start: bigint; end: bigint; endHash: Hex }>;
export type ReleasedSegment = HeldSegment & Readonly<{ reason: string }>;

/** What a clock that was ahead had recorded, and when a run found that it is right again. */
export type ClockAhead = Readonly<{ recorded: Instant; noticedAt: Instant }>;

/** The bounded state that every closing event carries, so that loading never needs what lies before it. */
export type BackupSnapshot = Readonly<{
  genesisHash?: Hex;
  tip?: BlockRef;
  nextOrdinal: number;
  lastDate?: Instant;
  lastTimeSlot?: Instant;
  lastBlockSlot?: bigint;
  queued?: RunRequest;
  lastSuccessAt?: Instant;
  head?: bigint;
  /** Highest end of a superseded file that newer files do not cover yet. */
  supersededThrough?: bigint;
  /** Nothing succeeded since then although slots passed; reported once. */
  overdueSince?: Instant;
  clockAhead?: ClockAhead;
  /** The run was closed before the monitor was seen to run again. */
  halt?: OpenHalt;
  held?: HeldSegment;
  released?: ReleasedSegment;
  /** Evidence is followed from here on, by an operator's word. */
  anchor?: BlockRef;
  /** The nodes left files of the backup, and an operator must say what becomes of them. */
  question?: OpenQuestion;
  lastClosed: ClosedRun;
}>;

/** Who started the monitor's client again: the run itself, the process that found it halted, or the sweep past the deadline. */
export type ResumedBy = 'run' | 'recovery' | 'deadline';

export type RunRequest = Readonly<{
  runId: string;
  trigger: BackupTrigger;
  slot?: Slot;
  /** The run that this one repeats, and how often it was repeated. */
  retryOf?: string;
  attempt: number;
  requestedAt: Instant;
}>;

export type ClosedRun = Readonly<{
  runId: string;
  outcome: 'completed' | 'skipped' | 'disputed' | 'failed';
  at: Instant;
  retryable: boolean;
  attempt: number;
  code?: ErrorCode;
}>;

export type SegmentRecord = PlannedSegment &
  Readonly<{
    startHash: Hex;
    parentHash: Hex;
    endParentHash: Hex;
    bytes: number;
    sha256: string;
    contentRoot: Hex;
    transactions: number;
    key: string;
    /** Of the manifest's text, with which the bucket's is compared before it is used. */
    manifestSha256?: string;
    sourceNode: string;
    /** Every node that blocks came from, when there is more than one. */
    sourceNodes?: readonly string[];
    certificate: Readonly<{ kind: string; summary: string }>;
    /** Not in events of version 0.1, whose verdicts are judged again. */
    evidence?: SegmentEvidence;
    raftSwapFile: boolean;
    warnings?: readonly RunWarning[];
  }>;

/** A segment as the events say it, by which run and when. */
export type RecordedSegment = SegmentRecord & Readonly<{ runId: string; at: Instant }>;

export type RangeAgreedData = Readonly<{
  runId: string;
  start: bigint;
  end: LinkedBlockRef;
  rule: string;
  confirmations: readonly Confirmation[];
  departures: readonly Departure[];
  rounds: number;
  lookups: number;
  head: bigint;
  genesisHash: Hex;
  plan: readonly PlannedSegment[];
  /** Are there agreed blocks above the plan (a backlog)? */
  more: boolean;
  /** Agreed blocks above the plan's end, for progress and time left. */
  backlogEnd: bigint;
  /** Files of the backup that this run replaces. */
  replaces?: Replacement;
  /** The run keeps blocks that contradict the backup; see Branch. */
  branch?: Branch;
  warnings: readonly RunWarning[];
  at: Instant;
}>;

export type RangeDisputedData = Readonly<{
  runId: string;
  code: ErrorCode;
  /** The code of the error behind it, where there is one. */
  cause?: ErrorCode;
  reason: string;
  confirmations: readonly Confirmation[];
  departures: readonly Departure[];
  warnings?: readonly RunWarning[];
  /** With FINALITY_BROKEN, the first time it is seen. */
  proof?: FinalityProof;
  at: Instant;
  snapshot: BackupSnapshot;
}>;

export type SegmentsSupersededData = Readonly<{
  runId: string;
  /** Every canonical file that starts here or later and has an ordinal up to `throughOrdinal` is superseded. */
  fromBlock: bigint;
  throughOrdinal: number;
  /** The first of their names, for readers; `fromBlock` and `throughOrdinal` say which they are. */
  files: readonly string[];
  by: string;
  why: string;
  /** The last end that stays, `undefined` when nothing stays. */
  tip?: BlockRef;
  supersededThrough: bigint;
  /** Ordinal of the last replacing file, recorded in the same append. Version 0.1 recorded them later. */
  replacedThrough?: number;
  at: Instant;
}>;

export type BackupEvent =
  | DomainEvent<'BackupRequested', RunRequest & Readonly<{ environmentId: string; coalescedInto?: string }>>
  | DomainEvent<
      'BackupSkipped',
      {
        runId: string;
        reason: 'NO_NEW_BLOCK' | 'BACKUP_DISABLED';
        /** Who said that there is nothing new. */
        confirmations?: readonly Confirmation[];
        warnings?: readonly RunWarning[];
        at: Instant;
        snapshot: BackupSnapshot;
      }
    >
  | DomainEvent<'RangeAgreed', RangeAgreedData>
  | DomainEvent<'RangeDisputed', RangeDisputedData>
  | DomainEvent<
      'MonitorHaltStarted',
      { runId: string; haltId: string; nodeId: string; controller: string; deadline: Instant; at: Instant }
    >
  | DomainEvent<'MonitorHalted', { haltId: string; at: Instant }>
  | DomainEvent<'MonitorResumed', { haltId: string; by: ResumedBy; at: Instant }>
  | DomainEvent<'SegmentExported', RecordedSegment>
  /** A replacing file is in the managed bucket. It is recorded with the last one. */
  | DomainEvent<'SegmentStaged', RecordedSegment>
  /** A file of the chain that broke finality: kept and delivered, never canonical. */
  | DomainEvent<'BranchSegmentKept', RecordedSegment>
  | DomainEvent<'SegmentProgressed', { runId: string; file: string; next: bigint; end: bigint; at: Instant }>
  | DomainEvent<'SegmentsSuperseded', SegmentsSupersededData>
  | DomainEvent<
      'SupersessionDecided',
      {
        decision: SupersessionDecision;
        reason: string;
        code: OpenQuestion['code'];
        fromBlock: bigint;
        other: BlockRef;
        at: Instant;
      }
    >
  | DomainEvent<
      'BackupCompleted',
      { runId: string; at: Instant; stopped: boolean; files: number; snapshot: BackupSnapshot }
    >
  | DomainEvent<
      'BackupFailed',
      {
        runId: string;
        code: ErrorCode;
        message: string;
        retryable: boolean;
        at: Instant;
        snapshot: BackupSnapshot;
      }
    >
  | DomainEvent<'SegmentReleased', ReleasedSegment & Readonly<{ at: Instant }>>
  | DomainEvent<'EvidenceReanchored', { block: BlockRef; reason: string; at: Instant }>
  | DomainEvent<'BackupWoken', { runId: string; since: Instant; at: Instant }>
  | DomainEvent<'BackupOverdue', { since: Instant; at: Instant }>;
