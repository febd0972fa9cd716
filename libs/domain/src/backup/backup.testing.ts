import { fold } from '#libs/event-sourcing';
import { toInstant, ZERO_HASH, type BlockRef, type Hex, type Instant } from '#libs/kernel';
import { DEFAULT_BACKUP_SETTINGS } from '../environment/environment.decider.js';
import type { BackupCommand, BackupGate } from './backup.commands.js';
import { backupDecider } from './backup.decider.js';
import type { BackupEvent, PlannedSegment, RunRequest, SegmentRecord } from './backup.events.js';
import type { BackupState } from './backup.state.js';
import { cutRange } from './plan.js';

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
}>;

/** An agreement up to `end` that follows the state's tip, cut as the search would cut it. */
export const agreeOn = (
  state: BackupState,
  runId: string,
  { end, at = minute(1), chain = () => 0, segmentBlocks = 10, supersededStarts = [] }: AgreeOptions,
): Extract<BackupCommand, { type: 'AgreeRange' }> => {
  const start = state.tip === undefined ? 0n : state.tip.number + 1n;
  const hashAt = (height: bigint) => blockHash(chain(height), height);
  const cuts = cutRange({ start, end }, segmentBlocks, supersededStarts).map((cut) => ({
    ...cut,
    endHash: hashAt(cut.end),
  }));
  const last = cuts.at(-1)?.end ?? end;
  return {
    type: 'AgreeRange',
    runId,
    start,
    parentHash: state.tip?.hash ?? ZERO_HASH,
    end: { number: last, hash: hashAt(last), parentHash: hashAt(last - 1n) },
    cuts,
    backlogEnd: end,
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
  certificate: { kind: 'confirmations', summary: '1 of 1' },
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
    segment: recordOf(planned, state.tip?.hash ?? ZERO_HASH),
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
