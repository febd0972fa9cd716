/**
 * @proves A moved store goes on without loss or repetition, and an older copy, an empty store or another installation's is told and harms nothing (EventStoreDB is a DOUBLE). Prints the table of moves.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { createChainkeepStreams, type ChainkeepStreams } from '#libs/contracts';
import { START, type EventStore } from '#libs/event-sourcing';
import {
  exportStore,
  GuardedEventStore,
  importStore,
  openIdentity,
  planAcceptance,
  StoreGuard,
} from '#libs/event-store';
import { exchangeable } from '#libs/event-store/testing';
import { EventStoreDbClient } from '#libs/event-store/adapters/eventstoredb-client';
import { EventStoreDbEventStore } from '#libs/event-store/adapters/eventstoredb.event-store';
import { openLibsqlDatabase } from '#libs/event-store/adapters/libsql-database';
import { LibsqlEventStore } from '#libs/event-store/adapters/libsql.event-store';
import { MemoryReadModelStore } from '#libs/event-store/adapters/memory.read-model-store';
import { MemoryStoreMemory } from '#libs/event-store/adapters/memory.store-memory';
import { openPostgresDatabase } from '#libs/event-store/adapters/postgres-database';
import { PostgresEventStore } from '#libs/event-store/adapters/postgres.event-store';
import { toCodedError } from '#libs/kernel';
import { MemoryObjectStore } from '#libs/object-store/adapters/memory.object-store';
import { historyProjection, Projector } from '#libs/projections';
import { context, ENVIRONMENT, playRuns, requestOf } from '#libs/projections/testing';
import { SystemClock } from '#libs/runtime';
import { MemoryLog } from '#libs/runtime/testing';
import { claimPlace, MANAGED } from '#libs/services';
import { Relay } from '../../apps/relay/src/relay.handler.js';
import { MemoryTopics } from '../../apps/relay/src/testing.js';
import { eventually } from '../support/checks/eventually.js';
import { PostgresServer } from '../support/servers/postgres-server.js';
import { describeWith } from '../support/servers/real-servers.js';
import { KurrentDouble } from '../support/simulated/kurrentdb-double.js';

const AT = '2026-02-01T00:00:00.000Z';
const PATIENCE_MS = 60_000;
const KINDS = ['libsql', 'PostgreSQL', 'EventStoreDB'] as const;
type Kind = (typeof KINDS)[number];

const allOf = async (store: EventStore) => store.readAll(START, 100_000);
const idsIn = async (store: EventStore) => (await allOf(store)).map(({ id }) => id);

/** All that stays where it is when the store moves: read models, topics, a bucket, what is remembered. */
class Installation {
  readonly readModels = new MemoryReadModelStore();
  readonly memory = new MemoryStoreMemory();
  readonly topics = new MemoryTopics();
  readonly bucket = new MemoryObjectStore();
  readonly log = new MemoryLog();
  readonly clock = new SystemClock();
}

/** The services over one store: everything between a start and a stop. */
class Services {
  readonly view: GuardedEventStore;
  readonly work: GuardedEventStore;
  readonly streams: ChainkeepStreams;
  private readonly projector: Projector;
  private readonly relay: Relay;

  private constructor(
    private readonly of: Installation,
    readonly guard: StoreGuard,
    store: EventStore,
  ) {
    this.view = new GuardedEventStore(store, guard, 'view');
    this.work = new GuardedEventStore(store, guard, 'work');
    this.streams = createChainkeepStreams(this.work);
    const { readModels, log, clock, memory, topics } = of;
    const random = () => 0;
    this.projector = new Projector(historyProjection, { readModels, log, clock, random, store: this.view });
    this.relay = new Relay({ log, clock, memory, store: this.work, publisher: topics });
  }

  static async start(of: Installation, store: EventStore, where: string): Promise<Services> {
    const parts = { store, memory: of.memory, where };
    const isInUse = async () => (await of.readModels.active('history')) !== undefined;
    const installation = await openIdentity({ ...parts, isInUse, at: AT });
    // What a bucket is asked before it is written to: a marker of another installation would refuse.
    const owner = {
      environmentId: ENVIRONMENT,
      installation,
      genesisHash: '0xaa',
      epoch: 1,
      holder: MANAGED,
    };
    await claimPlace(of.bucket, owner);
    const services = new Services(of, new StoreGuard({ ...parts, installation, clock: of.clock }), store);
    services.projector.start();
    services.relay.start();
    return services;
  }

  async untilDone(): Promise<void> {
    const { topics, readModels } = this.of;
    const [head, last] = [await this.view.head(), (await allOf(this.view)).at(-1)?.id ?? ''];
    await eventually('everything is published', PATIENCE_MS, async () => topics.published.includes(last));
    await eventually('the history is up to date', PATIENCE_MS, async () => {
      const active = await readModels.active('history');
      return active !== undefined && (await readModels.checkpoint(active)).position === head;
    });
  }

  async stop(): Promise<void> {
    await Promise.all([this.projector.stop(), this.relay.stop()]);
    // As it does every 5 s.
    this.guard.doubt();
    await this.guard.problem();
  }
}

const codeOf = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'goes on',
    (error: unknown) => toCodedError(error).code,
  );

describeWith('postgres')('Moves of a store', () => {
  let server: PostgresServer;
  let double: KurrentDouble;
  let client: EventStoreDbClient;
  let directory: string;
  let opened = 0;
  const closers: (() => Promise<void>)[] = [];
  const table: string[] = [];
  let installation: Installation;

  beforeAll(async () => {
    [server, double] = await Promise.all([PostgresServer.start(), KurrentDouble.start()]);
    client = EventStoreDbClient.open({ url: double.url });
    directory = await mkdtemp(join(tmpdir(), 'ck-moves-'));
  });
  afterAll(async () => {
    await client.close();
    await Promise.all([server.stop(), double.stop()]);
    await rm(directory, { recursive: true });
    const head = ['Store', 'Services', 'History', 'Topics', 'Bucket'];
    process.stdout.write(`${[head.join(' | '), ...table].join('\n')}\n`);
  });
  beforeEach(() => {
    installation = new Installation();
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  const openers: Readonly<Record<Kind, () => Promise<EventStore>>> = {
    libsql: async () => {
      const database = await openLibsqlDatabase(join(directory, `${opened}.db`));
      closers.push(() => database.close());
      return new LibsqlEventStore(database);
    },
    PostgreSQL: async () => {
      const database = await openPostgresDatabase({ url: await server.createDatabase() });
      closers.push(() => database.close());
      return new PostgresEventStore(database);
    },
    EventStoreDB: async () => new EventStoreDbEventStore(client, { prefix: `ck${opened}` }),
  };
  const aStore = async (kind: Kind): Promise<EventStore> => {
    opened += 1;
    const store = await openers[kind]();
    closers.push(() => store.close());
    return store;
  };
  const fileOf = async (store: EventStore): Promise<readonly string[]> => {
    const lines: string[] = [];
    for await (const line of exportStore(store, { product: '0.2.0', at: AT })) lines.push(line.trimEnd());
    return lines;
  };
  const imported = async (kind: Kind, lines: readonly string[]): Promise<EventStore> => {
    const store = await aStore(kind);
    await importStore(store, async function* () {
      yield* lines;
    });
    return store;
  };
  const start = (store: EventStore) => Services.start(installation, store, 'the store');
  /** Runs of every outcome over a new store, taken in and published; the file of it when half of it was there, and at the end. */
  const played = async (kind: Kind) => {
    const store = await aStore(kind);
    const services = await start(store);
    await services.streams.backups.handle('before', requestOf('first'), context);
    await services.untilDone();
    const half = await fileOf(store);
    await playRuns(services.streams);
    await services.streams.backups.handle('later', requestOf('later'), context);
    await services.untilDone();
    return { store, services, half, whole: await fileOf(store) };
  };
  const historyOf = async () => (await installation.readModels.active('history')) ?? '';

  it.each(KINDS.flatMap((from) => KINDS.map((to) => [from, to] as const)))(
    'from %s to %s',
    async (from, to) => {
      const { services, whole } = await played(from);
      await services.stop();
      const published = [...installation.topics.published];
      const name = await historyOf();
      const rows = (await installation.readModels.fingerprint(name)).sha256;

      const moved = await imported(to, whole);
      const again = await start(moved);
      expect(await codeOf(again.work.head())).toBe('goes on');
      await again.untilDone();
      expect((await installation.readModels.fingerprint(await historyOf())).sha256).toBe(rows);
      await again.streams.backups.handle('after', requestOf('after'), context);
      await again.untilDone();
      await again.stop();
      expect(await historyOf()).toBe(name);
      expect(installation.topics.published.slice(0, -1)).toStrictEqual(published);
      expect(installation.topics.published).toStrictEqual(await idsIn(moved));
      table.push(`${from} to ${to} | go on | unchanged, goes on | each event once | accepts us`);
    },
  );

  it.each(KINDS)('to an older copy of %s, which is then accepted', async (kind) => {
    const { services, half, store } = await played(kind);
    await services.stop();
    const [published, name] = [[...installation.topics.published], await historyOf()];
    const older = await imported(kind, half);
    const stopped = await start(older);
    expect(await codeOf(stopped.work.head())).toBe('STORE_REWOUND');
    const request = stopped.streams.backups.handle(ENVIRONMENT, requestOf('no'), context);
    expect(await codeOf(request)).toBe('STORE_REWOUND');
    await eventually('the history is rebuilt', PATIENCE_MS, async () => (await historyOf()) !== name);
    expect(installation.topics.published).toStrictEqual(published);
    await stopped.stop();

    const parts = { store: older, memory: installation.memory, where: 'the store', at: AT };
    await (await planAcceptance(parts, 'common')).accept();
    const again = await start(older);
    await again.streams.backups.handle('after', requestOf('after'), context);
    await again.untilDone();
    await again.stop();
    const later = installation.topics.published.slice(published.length);
    expect(later.at(-1)).toBe((await idsIn(older)).at(-1));
    expect((await idsIn(store)).filter((id) => !published.includes(id))).toStrictEqual([]);
    const text = `${kind} to an older copy | STORE_REWOUND until accepted | rebuilt under another name`;
    table.push(`${text} | nothing until accepted, then from the last common event | accepts us`);
  });

  it.each(KINDS)('to an older copy of %s under running services', async (kind) => {
    const first = await aStore(kind);
    let [current, links] = [first, 0];
    const connection = exchangeable(() => ({ store: current, links }));
    const services = await start(connection);
    await services.streams.backups.handle(ENVIRONMENT, requestOf('first'), context);
    const half = await fileOf(first);
    await services.streams.backups.handle('later', requestOf('later'), context);
    await services.untilDone();
    const [published, name] = [[...installation.topics.published], await historyOf()];
    const older = await imported(kind, half);
    [current, links] = [older, 1];
    expect(await codeOf(services.work.head())).toBe('STORE_REWOUND');
    // The old subscriptions end as the connection does, and what follows is the older copy.
    await first.close();
    await eventually('the history is rebuilt', PATIENCE_MS, async () => (await historyOf()) !== name);
    expect(installation.topics.published).toStrictEqual(published);
    await services.stop();
    const text = `${kind} exchanged while running | STORE_REWOUND within the next call`;
    table.push(`${text} | rebuilt under another name | nothing until accepted | accepts us`);
  });

  it.each(KINDS)('to an empty %s and to that of another installation', async (kind) => {
    const { services } = await played(kind);
    await services.stop();
    const [published, name] = [[...installation.topics.published], await historyOf()];
    const rows = await installation.readModels.fingerprint(name);
    const mine = installation;
    installation = new Installation();
    const other = await played(kind);
    await other.services.stop();
    installation = mine;
    for (const [what, wrong] of [
      ['an empty store', await aStore(kind)],
      ['another installation’s store', other.store],
    ] as const) {
      const before = await idsIn(wrong);
      expect(await codeOf(start(wrong))).toBe('STORE_FOREIGN');
      expect(await idsIn(wrong)).toStrictEqual(before);
      expect(await installation.readModels.fingerprint(await historyOf())).toStrictEqual(rows);
      expect(installation.topics.published).toStrictEqual(published);
      table.push(`${kind}: ${what} | STORE_FOREIGN | untouched | untouched | untouched`);
    }
  });
});
