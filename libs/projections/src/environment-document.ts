import type { EventData } from '#libs/contracts';
import type { EnvironmentHistoryDocument } from './history-read-models.js';
import type { BackupSnapshot } from '#libs/domain';
import { type BlockRef, type Instant, plainNumber } from '#libs/kernel';

/** What the backup stream says of an environment, event by event. */
type Environment = EnvironmentHistoryDocument;

export const emptyEnvironment: Environment = { latest_backup: null, files: 0, bytes: 0 };

const tipOf = (tip: BlockRef | undefined): Pick<Environment, 'tip'> =>
  tip === undefined ? {} : { tip: { block: plainNumber(tip.number), hash: tip.hash } };

/** A coalesced request is not a separate run. */
export const requestedIn = (environment: Environment, data: EventData<'BackupRequested'>): Environment => {
  const { runId, coalescedInto } = data;
  if (coalescedInto !== undefined) return environment;
  return environment.run === undefined
    ? { ...environment, run: { id: runId, state: 'requested' } }
    : { ...environment, queued_run: runId };
};

export const agreedIn = (environment: Environment, data: EventData<'RangeAgreed'>): Environment => ({
  ...environment,
  head: plainNumber(data.head),
  run: { id: data.runId, state: 'agreed' },
});

export const exportedIn = (environment: Environment, data: EventData<'SegmentExported'>): Environment => ({
  ...keptIn(environment, data),
  ...tipOf({ number: data.end, hash: data.endHash }),
  newest_file: data.date,
});

/** A file that is not canonical moves neither the last block nor the newest backup. */
export const keptIn = (environment: Environment, { bytes }: EventData<'BranchSegmentKept'>): Environment => ({
  ...environment,
  files: environment.files + 1,
  bytes: environment.bytes + bytes,
});

export const supersededIn = (
  { tip: _old, ...environment }: Environment,
  { tip }: EventData<'SegmentsSuperseded'>,
): Environment => ({ ...environment, ...tipOf(tip) });

export const overdueIn = (environment: Environment, since: Instant): Environment => ({
  ...environment,
  overdue_since: since,
});

/** Closing events carry the whole state, so this document follows them, not what was counted up. */
export const closedIn = (environment: Environment, snapshot: BackupSnapshot): Environment => {
  const { latest_backup, files, bytes, newest_file } = environment;
  const { tip, head, lastSuccessAt, overdueSince, queued, lastClosed } = snapshot;
  const { runId: id, outcome: state, at, code } = lastClosed;
  return {
    latest_backup,
    files,
    bytes,
    ...(newest_file === undefined ? {} : { newest_file }),
    ...tipOf(tip),
    ...(head === undefined ? {} : { head: plainNumber(head) }),
    ...(lastSuccessAt === undefined ? {} : { last_success_at: lastSuccessAt }),
    ...(overdueSince === undefined ? {} : { overdue_since: overdueSince }),
    ...(queued === undefined ? {} : { run: { id: queued.runId, state: 'requested' as const } }),
    last_run: { id, state, at, ...(code === undefined ? {} : { code }) },
  };
};

/** A run that completed makes the newest file the latest backup. */
export const completedIn = (environment: Environment, snapshot: BackupSnapshot): Environment => ({
  ...closedIn(environment, snapshot),
  latest_backup: environment.newest_file ?? environment.latest_backup,
});
