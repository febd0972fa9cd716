/** @proves Appends and replayed events per second of the embedded store, against JSON.parse. */
/**
 * The embedded event store: appends and replay, with the fsync it does for every commit.
 *
 *     node dist/bench/store/store.bench.js [--seconds 3] [--events 200000]
 *
 * Replay is set against a bare JSON.parse of the same texts in the same run: the work no store can save.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { START, type EventStore, type NewEvent } from '#libs/event-sourcing';
import { openLibsqlDatabase } from '#libs/event-store/adapters/libsql-database';
import { LibsqlEventStore } from '#libs/event-store/adapters/libsql.event-store';

const option = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const SECONDS = option('seconds', 3);
const EVENTS = option('events', 200_000);
const PAGE = 1_000;

/** About 270 bytes of JSON, as a small event of ours has. */
const anEvent = (n: number): NewEvent => ({
  id: randomUUID(),
  type: 'SegmentDelivered',
  data: {
    file: `2026-01-31T12:00:00.000Z-block-${n}-${n + 100_000}.rlp`,
    digest: 'a'.repeat(64),
    etag: `${n}`,
  },
  metadata: { schemaVersion: 1, correlationId: 'bench', actor: 'system', at: '2026-01-31T12:00:00.000Z' },
});

type Append = Readonly<{ concurrency: number; batch: number; perSecond: number }>;

/** Writers on separate streams, each waiting for its append before the next, with the revision checked. */
const measureAppends = async (store: EventStore, concurrency: number, batch: number): Promise<Append> => {
  const until = performance.now() + SECONDS * 1000;
  const started = performance.now();
  const writer = async (): Promise<number> => {
    const stream = `bench-${randomUUID()}`;
    let next = 0;
    while (performance.now() < until) {
      const events = Array.from({ length: batch }, (_, index) => anEvent(next + index));
      await store.append(stream, events, next === 0 ? 'no_stream' : BigInt(next - 1));
      next += batch;
    }
    return next;
  };
  const counts = await Promise.all(Array.from({ length: concurrency }, writer));
  const seconds = (performance.now() - started) / 1000;
  return { concurrency, batch, perSecond: counts.reduce((sum, count) => sum + count) / seconds };
};

const fill = async (store: EventStore): Promise<void> => {
  for (let written = 0; written < EVENTS; written += PAGE) {
    const events = Array.from({ length: PAGE }, (_, index) => anEvent(written + index));
    await store.append(`replay-${written}`, events, 'no_stream');
  }
};

/** Events a second through `subscribe`, as every projection is rebuilt. */
const measureReplay = async (store: EventStore, texts: string[]): Promise<number> => {
  const controller = new AbortController();
  const started = performance.now();
  let events = 0;
  for await (const item of store.subscribe({ after: START, signal: controller.signal })) {
    if (item.kind === 'event') events += 1;
    else controller.abort();
  }
  const perSecond = events / ((performance.now() - started) / 1000);
  for (let after = START; ;) {
    const page = await store.readAll(after, PAGE);
    for (const { data, metadata } of page) texts.push(JSON.stringify(data), JSON.stringify(metadata));
    const last = page.at(-1);
    if (!last) return perSecond;
    after = last.position;
  }
};

const measureParse = (texts: readonly string[]): number => {
  const started = performance.now();
  for (const text of texts) JSON.parse(text);
  return texts.length / 2 / ((performance.now() - started) / 1000);
};

const inNewStore = async <T>(use: (store: EventStore) => Promise<T>): Promise<T> => {
  const directory = mkdtempSync(join(tmpdir(), 'chainkeep-bench-'));
  const database = await openLibsqlDatabase(join(directory, 'chainkeep.db'));
  try {
    return await use(new LibsqlEventStore(database));
  } finally {
    await database.close();
    rmSync(directory, { recursive: true });
  }
};

const appends: Append[] = [];
for (const [concurrency, batch] of [
  [1, 1],
  [8, 1],
  [32, 1],
  [100, 1],
  [1, 100],
] as const) {
  const append = await inNewStore((store) => measureAppends(store, concurrency, batch));
  appends.push(append);
}
const replay = await inNewStore(async (store) => {
  await fill(store);
  const texts: string[] = [];
  await measureReplay(store, []);
  const replayPerSecond = await measureReplay(store, texts);
  return { events: EVENTS, replayPerSecond, parsePerSecond: measureParse(texts) };
});

const row = (...cells: readonly string[]): void => {
  console.log(cells.map((cell, index) => (index === 0 ? cell.padEnd(40) : cell.padStart(12))).join(''));
};
row('libsql, fsync for every commit', 'events/s');
for (const { concurrency, batch, perSecond } of appends)
  row(`append: ${concurrency} at once, ${batch} an append`, perSecond.toFixed(0));
row(`replay of ${EVENTS} events`, replay.replayPerSecond.toFixed(0));
row('bare JSON.parse of the same', replay.parsePerSecond.toFixed(0));
console.log(JSON.stringify({ appends, replay }));
