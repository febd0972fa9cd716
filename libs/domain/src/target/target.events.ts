import type { DomainEvent } from '#libs/event-sourcing';
import type { ErrorCode, Instant } from '#libs/kernel';
import type { RequestMark } from '../request/request.decider.js';

/** Where a target is. Secrets are in the vault under `secretRef`. */
export type TargetDescription = Readonly<{
  name: string;
  membershipId: string;
  /** A name: the domain does not know which providers exist. */
  provider: string;
  /** What is not secret, as the member entered it. */
  details: Readonly<Record<string, unknown>>;
  /** The place itself (provider, endpoint, bucket, prefix): the ledger of what is there belongs to it. */
  destination: string;
  secretRef?: string;
}>;

export type ProbeFinding = Readonly<{
  check: string;
  result: 'ok' | 'warn' | 'fail';
  message: string;
  cure?: string;
}>;

/** Why a file that was delivered has to be written again. */
export type FaultKind = 'missing' | 'altered';
/** A file that the last comparison found missing or altered, by its place in the history. */
export type TargetFault = Readonly<{ ordinal: number; kind: FaultKind }>;

export type TargetEvent =
  | DomainEvent<
      'TargetRegistered',
      TargetDescription & { targetId: string; consortiumId: string; environmentId: string; at: Instant }
    >
  | DomainEvent<'TargetChanged', TargetDescription & { at: Instant }>
  | DomainEvent<'TargetEnabled', { environmentId: string; request?: RequestMark; at: Instant }>
  | DomainEvent<'TargetDisabled', { request?: RequestMark; at: Instant }>
  | DomainEvent<'TargetChecked', { ok: boolean; findings: readonly ProbeFinding[]; at: Instant }>
  | DomainEvent<'DeliveryDue', { environmentId: string; ordinal: number; at: Instant }>
  | DomainEvent<'BackfillStarted', { missing: number; throughOrdinal: number; at: Instant }>
  | DomainEvent<
      'SegmentDelivered',
      {
        environmentId: string;
        file: string;
        ordinal: number;
        /** Revision of SegmentExported in the backup stream: the next delivery reads on from there. */
        sourceRevision: bigint;
        bytes: number;
        sha256: string;
        etag: string;
        destination: string;
        at: Instant;
      }
    >
  | DomainEvent<
      'DeliveryFailed',
      { file: string; code: ErrorCode; message: string; attempt: number; nextAttemptAt: Instant; at: Instant }
    >
  | DomainEvent<'DeliverySuspended', { code: ErrorCode; message: string; nextProbeAt: Instant; at: Instant }>
  | DomainEvent<'DeliveryResumed', { at: Instant }>
  | DomainEvent<'BackfillCompleted', { throughOrdinal: number; at: Instant }>
  | DomainEvent<'HealRequested', { at: Instant; readBack?: boolean }>
  /** The listing of the place was compared with the ledger; `complete` unless there were more faults than fit. */
  | DomainEvent<
      'TargetAudited',
      {
        destination: string;
        checked: number;
        faults: readonly TargetFault[];
        complete: boolean;
        historyFound: boolean;
        at: Instant;
      }
    >
  /** The only overwrite: a missing or altered file was written again. */
  | DomainEvent<
      'SegmentHealed',
      {
        environmentId: string;
        file: string;
        ordinal: number;
        kind: FaultKind;
        bytes: number;
        sha256: string;
        etag: string;
        destination: string;
        at: Instant;
      }
    >
  /** The managed bucket had lost a file (or held a damaged one) and was given this target's verified copy. */
  | DomainEvent<
      'ManagedCopyRestored',
      {
        environmentId: string;
        file: string;
        ordinal: number;
        kind: FaultKind;
        sha256: string;
        at: Instant;
      }
    >
  /** From here on only this installation writes there; writers with a lower epoch are refused. */
  | DomainEvent<'PlaceTakenOver', { destination: string; epoch: number; at: Instant }>
  | DomainEvent<
      'HistoryPublished',
      { etag: string; revision: bigint; files: number; genesis?: string; at: Instant }
    >
  | DomainEvent<'TargetRemoved', { at: Instant }>
  /** The whole state, so that loading never folds more than some hundred events. */
  | DomainEvent<'TargetSnapshotTaken', { state: TargetSnapshot; at: Instant }>;

export type Failure = Readonly<{ code: ErrorCode; message: string; attempt: number; nextAttemptAt: Instant }>;
export type Suspension = Readonly<{ code: ErrorCode; message: string; nextProbeAt: Instant; since: Instant }>;

/** What the ledger knows of the present destination. Another destination starts from nothing. */
export type DestinationLedger = Readonly<{
  /** Files up to this ordinal are there; -1 when none is. */
  deliveredThrough: number;
  /** Revision of the last delivered file's event in the backup stream, -1n when there is none. */
  sourceRevision: bigint;
  delivered: Readonly<{ files: number; bytes: number }>;
  backfill?: Readonly<{ throughOrdinal: number; missing: number; startedAt: Instant }> | undefined;
  failure?: Failure | undefined;
  suspension?: Suspension | undefined;
  /** The newest file that was announced and may not be there yet. */
  dueOrdinal: number;
  /** The history document there; `genesis` is the digest of the genesis beside it. */
  published?: Readonly<{ etag: string; revision: bigint; genesis?: string; at?: Instant }> | undefined;
  /** Exceptions to `deliveredThrough`: missing or altered files, to be written again. Bounded. */
  faults: readonly TargetFault[];
  /** An audit was requested and has not run yet. */
  healAsked?: Readonly<{ readBack: boolean }> | undefined;
  /** When everything there was last compared with the ledger. */
  auditedAt?: Instant | undefined;
  /** Files up to this ordinal were compared then. */
  auditedThrough?: number | undefined;
  /** The epoch of the marker under which this installation writes there. */
  epoch: number;
  checked?: Readonly<{ ok: boolean; findings: readonly ProbeFinding[]; at: Instant }> | undefined;
}>;

/** The current state of a target. */
export type LiveTarget = TargetDescription &
  DestinationLedger &
  Readonly<{
    status: 'live' | 'removed';
    targetId: string;
    consortiumId: string;
    environmentId: string;
    enabled: boolean;
    /** The newest request of an external producer that enabled or disabled it. */
    request?: RequestMark | undefined;
    removedAt?: Instant | undefined;
    /** Events since the state was last written down whole. */
    sinceSnapshot: number;
  }>;

export type TargetSnapshot = Omit<LiveTarget, 'sinceSnapshot'>;
