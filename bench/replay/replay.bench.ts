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
import { buildThrough } from '../../apps/history-projector/src/build.js';
import { historyProjection } from '../../apps/history-projector/src/history.projection.js';
import { PostgresServer } from '../../test/support/postgres-server.js';
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

/** Events a second; heap after a collection, in MB, at the start and the end. */
type Measured = Readonly<{
  events: number;
  perSecond: number;
  cpuUs: number;
  heapMb: readonly [number, number];
}>;

const heapMb = (): number => {
  globalThis.gc?.();
  return Math.round(process.memoryUsage().heapUsed / 1e6);
};

const measure = async (work: () => Promise<number>): Promise<Measured> => {
  const before = heapMb();
  const started = performance.now();
  const cpu = process.cpuUsage();
  const events = await work();
  const { user, system } = process.cpuUsage(cpu);
  const perSecond = events / ((performance.now() - started) / 1000);
  return { events, perSecond, cpuUs: (user + system) / events, heapMb: [before, heapMb()] };
};

const bare = async ({ page }: Subject): Promise<number> => {
  let events = 0;
  for (let after = START; ;) {
    const { rows, last } = await page(after);
    if (last === undefined) return events;
    events += rows.map(([data, metadata]) => [JSON.parse(data), JSON.parse(metadata)] as const).length;
    after = last;
  }
};

/** Says how many events lie in the store: those that don't concern the history are passed over by the build itself. */
const build = async ({ store }: Subject, events: number, readModels: ReadModelStore): Promise<number> => {
  const through = await store.head();
  await buildThrough({ store, readModels }, historyProjection, { physical: 'history@1-bench', through });
  return events;
};

const report = (
  name: string,
  what: string,
  { events, perSecond, cpuUs, heapMb: heap }: Measured,
  against?: Measured,
) => {
  const ratio = against ? (perSecond / against.perSecond).toFixed(2) : '';
  const cells = [
    name.padEnd(12),
    what.padEnd(30),
    String(events).padStart(9),
    perSecond.toFixed(0).padStart(9),
  ];
  console.log(
    [
      ...cells,
      ratio.padStart(6),
      cpuUs.toFixed(1).padStart(8),
      `${heap[0]} -> ${heap[1]} MB`.padStart(16),
    ].join(' '),
  );
};

const openers = [openLibsql, ...(process.env['CHAINKEEP_POSTGRES'] === undefined ? [] : [openPostgres])];
console.log(
  'store        what                              events  events/s  ratio  cpu us/ev          heap',
);
for (const open of openers) {
  const subject = await open();
  try {
    const events = await fillHistory(subject.store, EVENTS);
    await bare(subject);
    const read = await measure(() => bare(subject));
    report(subject.name, 'bare read, JSON.parse', read);
    const folding = new DiscardingReadModels();
    report(
      subject.name,
      'fold: read, decode, project',
      await measure(() => build(subject, events, folding)),
      read,
    );
    const whole = await measure(() => build(subject, events, subject.readModels));
    report(subject.name, 'rebuild: the same, rows written', whole, read);
  } finally {
    await subject.close();
  }
}
