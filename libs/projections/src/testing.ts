import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createChainkeepStreams, type ChainkeepStreams } from '#libs/contracts';
import { createHistoryReader } from './history-reader.js';
import { ReadModelReader } from './read-model-reader.js';
import { SystemClock } from '#libs/runtime';
import {
  DEFAULT_BACKUP_SETTINGS,
  parentOfNext,
  type BackupCommand,
  type LiveEnvironment,
  type NodeDescription,
  type RunRequest,
} from '#libs/domain';
import type { ListOptions, ReadModelStore } from '#libs/event-store';
import type { RunDocument } from './history-read-models.js';
import { LibsqlEventStore } from '#libs/event-store/adapters/libsql.event-store';
import { LibsqlReadModelStore } from '#libs/event-store/adapters/libsql.read-model-store';
import { openLibsqlDatabase } from '#libs/event-store/adapters/libsql-database';
import { MemoryEventStore } from '#libs/event-store/adapters/memory.event-store';
import { MemoryReadModelStore } from '#libs/event-store/adapters/memory.read-model-store';
import type { EventStore } from '#libs/event-sourcing';
import { toInstant, ZERO_HASH, type Hex, type Instant } from '#libs/kernel';
import { MemoryLog } from '#libs/runtime/testing';

/** Only ends what hangs. */
const PATIENCE_MS = 240_000;

export type Stores = Readonly<{ store: EventStore; readModels: ReadModelStore; close: () => Promise<void> }>;

const memoryStores = async (): Promise<Stores> => {
  const store = new MemoryEventStore();
  return { store, readModels: new MemoryReadModelStore(), close: () => store.close() };
};

const libsqlStores = async (): Promise<Stores> => {
  const directory = await mkdtemp(join(tmpdir(), 'chainkeep-projector-'));
  const database = await openLibsqlDatabase(join(directory, 'chainkeep.db'));
  const store = new LibsqlEventStore(database);
  return {
    store,
    readModels: new LibsqlReadModelStore(database),
    close: async () => {
      await store.close();
      await database.close();
      await rm(directory, { recursive: true });
    },
  };
};

export const STORES: readonly [string, () => Promise<Stores>][] = [
  ['memory', memoryStores],
  ['libsql', libsqlStores],
];

/** Everything a projector needs, over one pair of stores. */
export const aWorld = async (open: () => Promise<Stores>) => {
  const stores = await open();
  const clock = new SystemClock();
  const log = new MemoryLog();
  return {
    ...stores,
    clock,
    log,
    random: () => 0,
    streams: createChainkeepStreams(stores.store),
    histories: createHistoryReader(stores.store),
    reader: new ReadModelReader(stores.readModels, clock),
  };
};
export type World = Awaited<ReturnType<typeof aWorld>>;

/** Fails unless the history holds everything that is in the store, after minutes. */
export const caughtUp = async ({ reader, store }: World): Promise<void> => {
  const head = await store.head();
  if (!(await reader.reaches('history', head, PATIENCE_MS)))
    throw new RangeError(`The history did not reach ${head}.`);
};

/** Runs of an environment, newest first. */
export const runsOf = (
  { reader }: Pick<World, 'reader'>,
  environmentId: string,
  options: Pick<ListOptions, 'limit' | 'afterSort'> = {},
): Promise<readonly RunDocument[]> =>
  reader.list('history', 'run', { parent: environmentId, descending: true, ...options });

export const ENVIRONMENT = 'prod';
export const minute = (minutes: number): Instant => toInstant(Date.UTC(2026, 0, 1) + minutes * 60_000);
export const context = { actor: 'system', correlationId: 'test', at: minute(0) };

export const blockHash = (chain: number, height: bigint): Hex =>
  height < 0n
    ? ZERO_HASH
    : `0x${chain.toString(16).padStart(8, '0')}${height.toString(16).padStart(56, '0')}`;

const SEGMENT_BLOCKS = 10n;

type Range = Readonly<{ start: bigint; end: bigint; chain?: number; parentChain?: number }>;

export const requestOf = (runId: string, more: Partial<RunRequest> = {}): BackupCommand => ({
  type: 'RequestBackup',
  environmentId: ENVIRONMENT,
  request: { runId, trigger: 'manual', attempt: 0, requestedAt: minute(0), ...more },
  gate: {
    settings: { ...DEFAULT_BACKUP_SETTINGS, enabled: true },
    monitorResetRequired: false,
    removed: false,
  },
});

/** An agreement on `start..end`, cut every ten blocks. */
export const agreementOf = (
  runId: string,
  { start, end, chain = 0, parentChain = chain }: Range,
): BackupCommand => {
  const cuts = [];
  for (let from = start; from <= end; from += SEGMENT_BLOCKS) {
    const last = from + SEGMENT_BLOCKS - 1n < end ? from + SEGMENT_BLOCKS - 1n : end;
    cuts.push({ start: from, end: last, endHash: blockHash(chain, last) });
  }
  return {
    type: 'AgreeRange',
    runId,
    start,
    parentHash: blockHash(parentChain, start - 1n),
    end: { number: end, hash: blockHash(chain, end), parentHash: blockHash(chain, end - 1n) },
    cuts,
    backlogEnd: end,
    compression: 'none',
    rule: 'all',
    confirmations: [{ nodeId: 'v1', outcome: 'agrees', hash: blockHash(chain, end), head: end + 5n }],
    departures: [{ nodeId: 'v2', height: end + 1n, hash: blockHash(7, end), expected: blockHash(8, end) }],
    rounds: 3,
    lookups: 5,
    head: end + 5n,
    genesisHash: blockHash(0, 0n),
    warnings: [],
    at: minute(1),
  };
};

/** The agreement replaces every file from its start on. */
const replacing = (command: BackupCommand): BackupCommand => {
  if (command.type !== 'AgreeRange') return command;
  const { start, parentHash, end } = command;
  const replaces = {
    fromBlock: start,
    tip: { number: start - 1n, hash: parentHash },
    other: end,
    isFork: true,
    files: [],
    level: 'confirmed',
    isFinal: false,
    isDecided: true,
    why: 'The chain was reorganised.',
  } as const;
  return { ...command, replaces };
};

/** Records the next segment of the plan. */
export const exportNext = async ({ backups }: ChainkeepStreams): Promise<void> => {
  const { state } = await backups.load(ENVIRONMENT);
  if (state.status !== 'exporting') throw new RangeError('Nothing is planned.');
  const planned = state.plan[state.done]!;
  const segment = {
    ...planned,
    startHash: blockHash(0, planned.start),
    parentHash: parentOfNext(state)?.hash ?? ZERO_HASH,
    endParentHash: blockHash(0, planned.end - 1n),
    bytes: 100,
    sha256: 'ab'.repeat(32),
    contentRoot: planned.endHash,
    transactions: 1,
    key: `${ENVIRONMENT}/${planned.file}`,
    sourceNode: 'monitor',
    certificate: { kind: 'confirmations', summary: '1 of 1' },
    raftSwapFile: false,
  };
  await run(backups, {
    type: 'RecordSegment',
    runId: state.run.runId,
    segment,
    enabled: true,
    followUpId: `${state.run.runId}-next`,
    environmentId: ENVIRONMENT,
    at: minute(2),
  });
};

const run = async (
  backups: ChainkeepStreams['backups'],
  ...commands: readonly BackupCommand[]
): Promise<void> => {
  for (const command of commands) await backups.handle(ENVIRONMENT, command, context);
};

/** A whole run: request, agreement and as many segments as are given. */
export const backUp = async (
  streams: ChainkeepStreams,
  runId: string,
  range: Range,
  segments: number,
): Promise<void> => {
  await run(streams.backups, requestOf(runId), agreementOf(runId, range));
  for (let index = 0; index < segments; index += 1) await exportNext(streams);
};

/**
 * Runs of every outcome: completed, skipped, disputed, one that finds a fork and then moves under its own export, one
 * that replaces the files and behind which others wait. The newest request is still open.
 */
export const playRuns = async (streams: ChainkeepStreams): Promise<void> => {
  const { backups } = streams;
  await backUp(streams, 'r1', { start: 0n, end: 29n }, 3);
  await run(backups, requestOf('r2', { requestedAt: minute(3) }), {
    type: 'SkipBackup',
    runId: 'r2',
    reason: 'NO_NEW_BLOCK',
    at: minute(4),
  });
  await run(backups, requestOf('r3', { requestedAt: minute(5) }), {
    type: 'DisputeRange',
    runId: 'r3',
    code: 'NODE_UNREACHABLE',
    retryable: true,
    reason: 'v2 does not answer.',
    confirmations: [{ nodeId: 'v2', outcome: 'unreachable', detail: 'refused' }],
    departures: [],
    at: minute(6),
  });
  await run(backups, requestOf('r4', { requestedAt: minute(7) }));
  await run(backups, replacing(agreementOf('r4', { start: 10n, end: 34n, chain: 1, parentChain: 0 })));
  await exportNext(streams);
  await exportNext(streams);
  await run(backups, {
    type: 'FailBackup',
    runId: 'r4',
    code: 'RANGE_MOVED',
    message: 'It moved.',
    retryable: true,
    at: minute(9),
  });
  await run(backups, { type: 'NoteOverdue', since: minute(9), at: minute(10) });
  await run(backups, requestOf('r5', { requestedAt: minute(11) }));
  await run(backups, replacing(agreementOf('r5', { start: 10n, end: 39n, chain: 2, parentChain: 0 })));
  await run(backups, requestOf('r6', { requestedAt: minute(12) }));
  const slot = { kind: 'time', at: minute(13) } as const;
  await run(backups, requestOf('r7', { requestedAt: minute(13), trigger: 'schedule', slot }));
  for (let index = 0; index < 3; index += 1) await exportNext(streams);
};

/** A node as it is registered under an id, with a name of its own. */
export const aNode = (nodeId: string, role: NodeDescription['role'], name = nodeId): NodeDescription => ({
  nodeId,
  name,
  role,
  urls: { rpc: `http://${nodeId}.example` },
});

/** An environment that is backed up once a day at midnight: four validators, a monitor and a genesis. */
export const anEnvironment = (changes: Partial<LiveEnvironment> = {}): LiveEnvironment => ({
  status: 'live',
  environmentId: ENVIRONMENT,
  consortiumId: 'acme',
  name: 'Production',
  provider: 'geth',
  consensus: 'clique',
  nodes: new Map(
    [...[1, 2, 3, 4].map((number) => aNode(`v${number}`, 'validator')), aNode('m', 'monitor')].map((node) => [
      node.nodeId,
      node,
    ]),
  ),
  excuses: new Map(),
  settings: { ...DEFAULT_BACKUP_SETTINGS, enabled: true },
  configured: true,
  monitorResetRequired: false,
  enabledAt: minute(0),
  genesis: {
    version: 1,
    sha256: '0'.repeat(64),
    genesisHash: blockHash(0, 0n),
    key: 'genesis.json',
    bytes: 1,
  },
  removedAt: undefined,
  ...changes,
});
