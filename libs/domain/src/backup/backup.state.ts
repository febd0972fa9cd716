import type { BlockRef, Hex, Instant } from '#libs/kernel';
import type {
  BackupSnapshot,
  ClockAhead,
  ClosedRun,
  Confirmation,
  Departure,
  HeldSegment,
  OpenHalt,
  PlannedSegment,
  ReleasedSegment,
  RunRequest,
  SegmentRecord,
} from './backup.events.js';
import type { Branch, OpenQuestion, Replacement } from './replacement.js';

type Base = Readonly<{
  genesisHash: Hex | undefined;
  /** The last backed-up block. */
  tip: BlockRef | undefined;
  nextOrdinal: number;
  lastDate: Instant | undefined;
  lastTimeSlot: Instant | undefined;
  lastBlockSlot: bigint | undefined;
  queued: RunRequest | undefined;
  lastSuccessAt: Instant | undefined;
  head: bigint | undefined;
  supersededThrough: bigint | undefined;
  overdueSince: Instant | undefined;
  clockAhead: ClockAhead | undefined;
  halt: OpenHalt | undefined;
  /** The file that the newest run could not record because of its evidence. */
  held: HeldSegment | undefined;
  /** What an operator allowed to be recorded with its verdict. */
  released: ReleasedSegment | undefined;
  anchor: BlockRef | undefined;
  question: OpenQuestion | undefined;
  lastClosed: ClosedRun | undefined;
}>;

/** Tells an active run from a stalled one; see stall.ts. */
type Underway = Readonly<{
  run: RunRequest;
  /** When the run last got on: it opened, a range was agreed, a file was recorded, blocks were gathered, a wait was noted. */
  progressAt: Instant;
  /** When it was woken because it had stalled; `undefined` after the next progress. */
  wokenAt: Instant | undefined;
}>;

export type IdleBackup = Base & Readonly<{ status: 'idle' }>;
export type RequestedBackup = Base & Underway & Readonly<{ status: 'requested' }>;
export type ExportingBackup = Base &
  Underway &
  Readonly<{
    status: 'exporting';
    plan: readonly PlannedSegment[];
    /** How many segments of the plan are recorded, or staged when they replace others. */
    done: number;
    more: boolean;
    /** What the validators said, for the manifests. */
    agreed: Readonly<{
      rule: string;
      confirmations: readonly Confirmation[];
      departures: readonly Departure[];
      backlogEnd: bigint;
    }>;
    /** How long the monitor was halted for this run, over all ended halts, in ms. */
    haltUsedMs: number;
    /** The files that the plan replaces, or the branch that it keeps, and the files of it that are made. */
    replaces: Replacement | undefined;
    branch: Branch | undefined;
    staged: readonly SegmentRecord[];
  }>;

/** The state of one environment's backups: one run at a time, one follow-up waiting at most. */
export type BackupState = IdleBackup | RequestedBackup | ExportingBackup;

export const initialBackupState = (): BackupState => ({
  status: 'idle',
  genesisHash: undefined,
  tip: undefined,
  nextOrdinal: 0,
  lastDate: undefined,
  lastTimeSlot: undefined,
  lastBlockSlot: undefined,
  queued: undefined,
  lastSuccessAt: undefined,
  head: undefined,
  supersededThrough: undefined,
  overdueSince: undefined,
  clockAhead: undefined,
  halt: undefined,
  held: undefined,
  released: undefined,
  anchor: undefined,
  question: undefined,
  lastClosed: undefined,
});

/** The block that the next file of the run must follow. */
export const parentOfNext = ({ branch, replaces, staged, tip }: ExportingBackup): BlockRef | undefined => {
  const aside = branch ?? replaces;
  if (aside === undefined) return tip;
  const last = staged.at(-1);
  return last === undefined ? aside.tip : { number: last.end, hash: last.endHash };
};

const baseOf = (state: BackupState): Base => ({
  genesisHash: state.genesisHash,
  tip: state.tip,
  nextOrdinal: state.nextOrdinal,
  lastDate: state.lastDate,
  lastTimeSlot: state.lastTimeSlot,
  lastBlockSlot: state.lastBlockSlot,
  queued: state.queued,
  lastSuccessAt: state.lastSuccessAt,
  head: state.head,
  supersededThrough: state.supersededThrough,
  overdueSince: state.overdueSince,
  clockAhead: state.clockAhead,
  halt: state.halt,
  held: state.held,
  released: state.released,
  anchor: state.anchor,
  question: state.question,
  lastClosed: state.lastClosed,
});

/** Keys without a value are left out: a snapshot is stored as JSON. */
const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as T;

/** The snapshot a closing event carries: `state` with the run closed as `closed`. */
export const snapshotFor = (
  state: BackupState,
  closed: ClosedRun,
  changes: Partial<Base> = {},
): BackupSnapshot =>
  defined({
    ...baseOf(state),
    ...(closed.outcome === 'completed' ? { lastSuccessAt: closed.at, overdueSince: undefined } : {}),
    ...changes,
    lastClosed: closed,
  }) as BackupSnapshot;

/** The state after a closing event; a waiting follow-up becomes the run. */
export const stateFromSnapshot = (snapshot: BackupSnapshot): BackupState => {
  const base: Base = { ...baseOf(initialBackupState()), ...snapshot };
  return base.queued
    ? {
        ...base,
        queued: undefined,
        status: 'requested',
        run: base.queued,
        progressAt: snapshot.lastClosed.at,
        wokenAt: undefined,
      }
    : { ...base, status: 'idle' };
};
