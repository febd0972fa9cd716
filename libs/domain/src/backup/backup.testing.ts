import { fold } from '#libs/event-sourcing';
import { toInstant, ZERO_HASH, type BlockRef, type Hex, type Instant } from '#libs/kernel';
import { DEFAULT_BACKUP_SETTINGS } from '../environment/environment.decider.js';
import type { BackupCommand, BackupGate } from './backup.commands.js';
import { backupDecider } from './backup.decider.js';
import type { BackupEvent, PlannedSegment, RunRequest, SegmentRecord } from './backup.events.js';
import { parentOfNext, type BackupState } from './backup.state.js';
import { cutRange } from './plan.js';
import type { Replacement } from './replacement.js';

/** Builders for specs of the backup stream: blocks have a hash made of chain and height. */
export const ENVIRONMENT = 'env-1';
export const T0 = Date.parse('2026-01-01T00:00:00.000Z');
export const minute = (minutes: number): Instant => toInstant(T0 + minutes * 60_000);

export const blockHash = (chain: number, height: bigint): Hex =>
  height < 0n
    ? ZERO_HASH
    : `0x${chain.toString(16).padStart(8, '0')}${(height + 1n).toString(16).padStart(56, '0')}`;

export const block = (chain: number, number: bigint): BlockRef => ({
  number,
  hash: blockHash(chain, number),
});

export const OPEN: BackupGate = {
  settings: { ...DEFAULT_BACKUP_SETTINGS, enabled: true },
  monitorResetRequired: false,
  removed: false,
};
export const CLOSED: BackupGate = { ...OPEN, settings: { ...OPEN.settings, enabled: false } };

export const requestOf = (
  runId: string,
  more: Partial<RunRequest> = {},
  gate: BackupGate = OPEN,
): Extract<BackupCommand, { type: 'RequestBackup' }> => ({
  type: 'RequestBackup',
  environmentId: ENVIRONMENT,
  request: { runId, trigger: 'manual', attempt: 0, requestedAt: minute(0), ...more },
  gate,
});

export type AgreeOptions = Readonly<{
  end: bigint;
  at?: Instant;
  chain?: (height: bigint) => number;
  segmentBlocks?: number;
  supersededStarts?: readonly bigint[];
  /** Replaces the files from the block after this one on; `null`: all files. */
  keep?: BlockRef | null;
  replaces?: Partial<Replacement>;
}>;

/** The replacement of everything above `kept`, as the resolver would describe it. */
export const replacementOf = (
  kept: BlockRef | undefined,
  other: BlockRef,
  changes: Partial<Replacement> = {},
): Replacement => ({
  fromBlock: after(kept),
  ...(kept === undefined ? {} : { tip: kept }),
  other,
  isFork: true,
  files: [],
  level: 'proved',
  isFinal: false,
  isDecided: false,
  why: 'fork',
  ...changes,
});

const after = (kept: BlockRef | undefined): bigint => (kept === undefined ? 0n : kept.number + 1n);

const replacing = (
  keep: BlockRef | null | undefined,
  other: BlockRef,
  changes: Partial<Replacement> | undefined,
) => (keep === undefined ? {} : { replaces: replacementOf(keep ?? undefined, other, changes) });

/** An agreement up to `end` that follows the state's tip, cut as the search would cut it. */
export const agreeOn = (
  state: BackupState,
  runId: string,
  {
    end,
    at = minute(1),
    chain = () => 0,
    segmentBlocks = 10,
    supersededStarts = [],
    keep,
    replaces,
  }: AgreeOptions,
): Extract<BackupCommand, { type: 'AgreeRange' }> => {
  const kept = keep === undefined ? state.tip : (keep ?? undefined);
  const start = after(kept);
  const hashAt = (height: bigint) => blockHash(chain(height), height);
  const cuts = cutRange({ start, end }, segmentBlocks, supersededStarts).map((cut) => ({
    ...cut,
    endHash: hashAt(cut.end),
  }));
  const { end: last } = cuts.at(-1) ?? { end };
  return {
    type: 'AgreeRange',
    runId,
    start,
    parentHash: kept?.hash ?? ZERO_HASH,
    end: { number: last, hash: hashAt(last), parentHash: hashAt(last - 1n) },
    cuts,
    backlogEnd: end,
    ...replacing(keep, { number: last, hash: hashAt(last) }, replaces),
    compression: 'none',
    rule: 'all',
    confirmations: [{ nodeId: 'v1', outcome: 'agrees' }],
    departures: [],
    rounds: 3,
    lookups: 5,
    head: end,
    genesisHash: blockHash(0, 0n),
    warnings: [],
    at,
  };
};

export const recordOf = (planned: PlannedSegment, parentHash: Hex): SegmentRecord => ({
  ...planned,
  startHash: planned.endHash,
  parentHash,
  endParentHash: planned.endHash,
  bytes: 100,
  sha256: 'aa',
  contentRoot: planned.endHash,
  transactions: 1,
  key: `env-1/${planned.file}`,
  sourceNode: 'monitor',
  certificate: { kind: 'commit-seals', summary: 'valid' },
  evidence: { level: 'proved', verdict: 'valid' },
  raftSwapFile: false,
});

/** The command that records the next segment of the plan; `undefined` when no export is in progress. */
export const recordNext = (
  state: BackupState,
  more: Readonly<{ enabled?: boolean; at?: Instant }> = {},
): Extract<BackupCommand, { type: 'RecordSegment' }> | undefined => {
  if (state.status !== 'exporting') return undefined;
  const planned = state.plan[state.done];
  if (planned === undefined) return undefined;
  return {
    type: 'RecordSegment',
    runId: state.run.runId,
    segment: recordOf(planned, parentOfNext(state)?.hash ?? ZERO_HASH),
    enabled: more.enabled ?? true,
    followUpId: `${state.run.runId}-next`,
    environmentId: ENVIRONMENT,
    at: more.at ?? minute(2),
  };
};

export const stateOf = (events: readonly BackupEvent[]): BackupState => fold(backupDecider, events);
export type Step = (state: BackupState) => BackupCommand;

/** Plays commands, each made from the state before it, and gives all events. */
export const play = (...steps: readonly Step[]): BackupEvent[] => {
  const events: BackupEvent[] = [];
  for (const step of steps) {
    const state = stateOf(events);
    events.push(...backupDecider.decide(step(state), state));
  }
  return events;
};
export const requestStep =
  (runId: string, more = {}, gate = OPEN): Step =>
  () =>
    requestOf(runId, more, gate);
export const agreeStep =
  (runId: string, options: AgreeOptions): Step =>
  (state) =>
    agreeOn(state, runId, options);
export const nextStep =
  (more = {}): Step =>
  (state) => {
    const command = recordNext(state, more);
    if (command === undefined) throw new RangeError('Nothing is planned.');
    return command;
  };
export const types = (events: readonly BackupEvent[]) => events.map(({ type }) => type);
export const thirty = { end: 29n };
export const fail = (runId: string, code: 'RANGE_MOVED' | 'NODE_UNREACHABLE'): BackupCommand => ({
  type: 'FailBackup',
  runId,
  code,
  message: 'it failed',
  retryable: true,
  at: minute(9),
});
