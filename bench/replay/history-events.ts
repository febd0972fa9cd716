import { randomUUID } from 'node:crypto';
import type { EventStore, NewEvent } from '#libs/event-sourcing';

/** As in a consortium of five targets: of 35 events of a run, 15 are about runs, files and deliveries. */
const ENVIRONMENTS = 20;
const TARGETS = 5;
const FILES_A_RUN = 2;
export const EVENTS_A_RUN = 3 + FILES_A_RUN * (1 + TARGETS * 3);

const HASH = `0x${'ab'.repeat(32)}`;
const SHA256 = 'cd'.repeat(32);
const BLOCKS = 100_000;
const START_MS = Date.UTC(2026, 0, 1);

const instantOf = (n: number): string => new Date(START_MS + n * 1_000).toISOString();

const anEvent = (type: string, data: unknown, at: string): NewEvent => ({
  id: randomUUID(),
  type,
  data,
  metadata: { schemaVersion: 1, correlationId: '7b0c6f6e-8a51-4b0e-9d3c-1f2e3d4c5b6a', actor: 'system', at },
});

type Run = Readonly<{ environment: number; number: number }>;

const plannedSegment = (ordinal: number, date: string) => {
  const start = ordinal * (BLOCKS + 1);
  const end = start + BLOCKS;
  const file = `${date}-block-${start}-${end}.rlp`;
  return { ordinal, date, file, start: String(start), end: String(end), endHash: HASH };
};

const snapshotOf = (runId: string, ordinal: number, at: string) => ({
  genesisHash: HASH,
  tip: { number: String(ordinal * (BLOCKS + 1) + BLOCKS), hash: HASH },
  nextOrdinal: ordinal + 1,
  lastDate: at,
  lastSuccessAt: at,
  head: String((ordinal + 1) * (BLOCKS + 1) + BLOCKS),
  lastClosed: { runId, outcome: 'completed', at, retryable: false, attempt: 0 },
});

const requested = (runId: string, environmentId: string, at: string) =>
  anEvent('BackupRequested', { runId, environmentId, trigger: 'schedule', attempt: 0, requestedAt: at }, at);

const agreed = (runId: string, plan: readonly ReturnType<typeof plannedSegment>[], at: string) => {
  const end = { number: plan.at(-1)!.end, hash: HASH, parentHash: HASH };
  const confirmations = ['v1', 'v2', 'v3', 'v4'].map((nodeId) => ({
    nodeId,
    outcome: 'agrees',
    hash: HASH,
    head: end.number,
  }));
  const [start, head] = [plan[0]!.start, end.number];
  const rest = { departures: [], rounds: 3, lookups: 5, genesisHash: HASH, more: false, warnings: [], at };
  const data = { runId, start, end, rule: 'all', confirmations, head, backlogEnd: head, plan, ...rest };
  return anEvent('RangeAgreed', data, at);
};

const exported = (runId: string, planned: ReturnType<typeof plannedSegment>, at: string) => {
  const hashes = { startHash: HASH, parentHash: HASH, endParentHash: HASH, contentRoot: HASH };
  const certificate = { kind: 'clique', summary: '5 of 4 signers after the end' };
  const file = { bytes: 41_234_567, sha256: SHA256, transactions: 12_345, key: `e/${planned.file}` };
  const data = {
    ...planned,
    ...hashes,
    ...file,
    certificate,
    sourceNode: 'monitor',
    raftSwapFile: false,
    runId,
    at,
  };
  return anEvent('SegmentExported', data, at);
};

const deliveries = (
  environmentId: string,
  { ordinal, file }: ReturnType<typeof plannedSegment>,
  at: string,
) => [
  anEvent('DeliveryDue', { environmentId, ordinal, at }, at),
  anEvent(
    'SegmentDelivered',
    {
      environmentId,
      file,
      ordinal,
      sourceRevision: String(ordinal),
      bytes: 41_234_567,
      sha256: SHA256,
      etag: '"9b2cf535f27731c974343645a3985328"',
      destination: 's3:https://s3.example.org/bucket-of-a-member/prefix',
      at,
    },
    at,
  ),
  anEvent(
    'HistoryPublished',
    { etag: '"9b2cf535f27731c974343645a3985328"', revision: '77', files: ordinal + 1, at },
    at,
  ),
];

/** The events of one run by stream, in the order they are appended. */
const eventsOfRun = ({ environment, number }: Run): readonly (readonly [string, readonly NewEvent[]])[] => {
  const id = `environment${environment}`;
  const runId = `${id}-run${number}`;
  const at = instantOf(number * ENVIRONMENTS + environment);
  const plan = Array.from({ length: FILES_A_RUN }, (_, file) =>
    plannedSegment(number * FILES_A_RUN + file, at),
  );
  const last = plan.at(-1)!.ordinal;
  const completed = { runId, at, stopped: false, files: FILES_A_RUN, snapshot: snapshotOf(runId, last, at) };
  return [
    [
      `backup-${id}`,
      [
        requested(runId, id, at),
        agreed(runId, plan, at),
        ...plan.map((planned) => exported(runId, planned, at)),
        anEvent('BackupCompleted', completed, at),
      ],
    ],
    ...Array.from({ length: TARGETS }, (_, target): readonly [string, readonly NewEvent[]] => [
      `target-${id}-${target}`,
      plan.flatMap((planned) => deliveries(id, planned, at)),
    ]),
  ];
};

/** Rounds of all environments that are appended at one moment. */
const ROUNDS_AT_ONCE = 4;

/** Appends whole runs of all environments in turn until there are `events`; says how many there are. */
export const fillHistory = async (store: EventStore, events: number): Promise<number> => {
  const runs = Math.ceil(events / EVENTS_A_RUN);
  const atOnce = ENVIRONMENTS * ROUNDS_AT_ONCE;
  for (let first = 0; first < runs; first += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, runs - first) }, (_, index) => {
      const run = first + index;
      return eventsOfRun({ environment: run % ENVIRONMENTS, number: Math.floor(run / ENVIRONMENTS) });
    });
    // Not one after another: those of one moment share a commit, in the order they are given.
    await Promise.all(some.flat().map(([stream, batch]) => store.append(stream, batch, 'any')));
  }
  return runs * EVENTS_A_RUN;
};
