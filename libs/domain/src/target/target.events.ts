import type { DomainEvent } from '#libs/event-sourcing';
import type { ErrorCode, Instant } from '#libs/kernel';
import type { RequestMark } from '../request/request.decider.js';

export type TargetProvider = 'aws' | 's3' | 'azure' | 'directory';

/** Where a target is. Secrets are in the vault under `secretRef`. */
export type TargetDescription = Readonly<{
  name: string;
  membershipId: string;
  provider: TargetProvider;
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
  | DomainEvent<'HealRequested', { at: Instant }>
  | DomainEvent<'HistoryPublished', { etag: string; revision: bigint; files: number; at: Instant }>
  | DomainEvent<'TargetRemoved', { at: Instant }>;
