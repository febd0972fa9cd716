/** @proves The rate of rebuilding the history from 1,000,000 events, against a bare read. */
/**
 * Rebuilding the history from a store of 1,000,000 events, by the projector's own code.
 *
 *     npm run bench -- replay/replay [--events 1000000]
 *
 * In one run, for each store: a bare read of the rows in pages with JSON.parse of data and metadata (no store can do
 * less); the fold, that is read, decode, check and project without writing; and the rebuild, which also writes every
 * row. PostgreSQL takes part when CHAINKEEP_POSTGRES names its programs.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { START, type EventStore, type Position } from '#libs/event-sourcing';
import type { ReadModelStore } from '#libs/event-store';
import { openLibsqlDatabase } from '#libs/event-store/adapters/libsql-database';
import { LibsqlEventStore } from '#libs/event-store/adapters/libsql.event-store';
import { LibsqlReadModelStore } from '#libs/event-store/adapters/libsql.read-model-store';
import { openPostgresDatabase } from '#libs/event-store/adapters/postgres-database';
import { PostgresEventStore } from '#libs/event-store/adapters/postgres.event-store';
import { PostgresReadModelStore } from '#libs/event-store/adapters/postgres.read-model-store';
import { buildThrough, historyProjection } from '#libs/projections';
import { PostgresServer } from '../../test/support/servers/postgres-server.js';
import { DiscardingReadModels } from './discarding-read-models.js';
import { fillHistory } from './history-events.js';

const option = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const EVENTS = option('events', 1_000_000);
const PAGE = 1_000;

type Rows = readonly (readonly [data: string, metadata: string])[];
type Subject = Readonly<{
  name: string;
  store: EventStore;
  readModels: ReadModelStore;
  /** A page of bare rows after a position, and the position of its last. */
  page: (after: Position) => Promise<Readonly<{ rows: Rows; last: Position | undefined }>>;
  close: () => Promise<void>;
}>;

const PAGE_SQL = 'SELECT position, stream, revision, id, type, data, metadata FROM events WHERE position >';

const pageOf = (rows: readonly (readonly unknown[])[]) => ({
  rows: rows.map((row) => [row[5] as string, row[6] as string] as const),
  last: rows.at(-1)?.[0] as Position | undefined,
});

const openLibsql = async (): Promise<Subject> => {
  const directory = mkdtempSync(join(tmpdir(), 'chainkeep-replay-'));
  const database = await openLibsqlDatabase(join(directory, 'chainkeep.db'));
  const store = new LibsqlEventStore(database);
  const select = database.statement(`${PAGE_SQL} ? ORDER BY position LIMIT ${PAGE}`);
  return {
    name: 'libsql',
    store,
    readModels: new LibsqlReadModelStore(database),
    page: async (after) => pageOf(await database.read(() => select.all(after))),
    close: async () => {
      await store.close();
      await database.close();
      rmSync(directory, { recursive: true });
    },
  };
};

const openPostgres = async (): Promise<Subject> => {
  const server = await PostgresServer.start();
  const database = await openPostgresDatabase({ url: await server.createDatabase() });
  const store = new PostgresEventStore(database);
  return {
    name: 'PostgreSQL',
    store,
    readModels: new PostgresReadModelStore(database),
    page: async (after) =>
      pageOf(await database.query(`${PAGE_SQL} $1 ORDER BY position LIMIT ${PAGE}`, after)),
    close: async () => {
      await store.close();
      await database.close();
      await server.stop();
    },
  };
};

/** Heap of this thread after a collection, and memory of the whole process, in MB: at the start, half-way, at the end. */
type Measured = Readonly<{
  events: number;
  perSecond: number;
  cpuUs: number;
  memory: readonly Readonly<{ heapMb: number; rssMb: number }>[];
}>;

/** Brings itself from where it is to a position. */
type Work = (through: Position) => Promise<unknown>;

const memoryNow = (): Measured['memory'][number] => {
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return { heapMb: Math.round(heapUsed / 1e6), rssMb: Math.round(rss / 1e6) };
};

/** In two halves, so that the memory is looked at in between; the looking is not counted. */
const measure = async (events: number, head: Position, work: Work): Promise<Measured> => {
  const memory = [memoryNow()];
  let [ms, cpu] = [0, 0];
  for (const through of [head / 2n, head]) {
    const [started, before] = [performance.now(), process.cpuUsage()];
    await work(through);
    const { user, system } = process.cpuUsage(before);
    [ms, cpu] = [ms + performance.now() - started, cpu + user + system];
    memory.push(memoryNow());
  }
  return { events, perSecond: events / (ms / 1000), cpuUs: cpu / events, memory };
};

const bare = ({ page }: Subject): Work => {
  let after = START;
  return async (through) => {
    while (after < through) {
      const { rows, last } = await page(after);
      for (const [data, metadata] of rows) {
        JSON.parse(data);
        JSON.parse(metadata);
      }
      if (last === undefined) return;
      after = last;
    }
  };
};

const build =
  ({ store }: Subject, readModels: ReadModelStore): Work =>
  async (through) =>
    buildThrough({ store, readModels }, historyProjection, {
      physical: 'history@1-bench',
      through: { position: through },
    });

const COLUMNS = [12, -30, 9, 9, 6, 10, 9, 14, 18] as const;
const line = (cells: readonly string[]): void => {
  const padded = cells.map((cell, index) => {
    const width = COLUMNS[index] ?? 0;
    return width < 0 ? cell.padEnd(-width) : cell.padStart(width);
  });
  console.log(padded.join(' '));
};

/** Ratios are to the bare read: of events a second, and of CPU time of this process (not of the server). */
const report = (name: string, what: string, measured: Measured, against: Measured): void => {
  const { events, perSecond, cpuUs, memory } = measured;
  line([
    name,
    what,
    String(events),
    perSecond.toFixed(0),
    (perSecond / against.perSecond).toFixed(2),
    cpuUs.toFixed(1),
    (against.cpuUs / cpuUs).toFixed(2),
    memory.map(({ heapMb }) => heapMb).join(' > '),
    memory.map(({ rssMb }) => rssMb).join(' > '),
  ]);
};

const run = async (subject: Subject): Promise<void> => {
  const { name, store, readModels } = subject;
  const started = performance.now();
  const events = await fillHistory(store, EVENTS);
  console.log(`${name}: ${events} events appended in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  const head = await store.head();
  await bare(subject)(head);
  const read = await measure(events, head, bare(subject));
  report(name, 'bare read, JSON.parse', read, read);
  const fold = await measure(events, head, build(subject, new DiscardingReadModels()));
  report(name, 'fold: read, decode, project', fold, read);
  const whole = await measure(events, head, build(subject, readModels));
  report(name, 'rebuild: the same, rows written', whole, read);
};

const openers = [openLibsql, ...(process.env['CHAINKEEP_POSTGRES'] === undefined ? [] : [openPostgres])];
line(['store', 'what', 'events', 'events/s', 'ratio', 'cpu us/ev', 'by cpu', 'heap MB', 'rss MB']);
for (const open of openers) {
  const subject = await open();
  try {
    await run(subject);
  } finally {
    await subject.close();
  }
}
