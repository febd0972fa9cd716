/** @proves Events per second and latency from an append through relay and Kafka to a consumer, against a bare producer. */
/**
 * The way of an event: append -> relay -> Kafka -> consumer, on a real broker, with 1, 2 and 4 partitions.
 *
 *     export $(node scripts/provide.mjs kafka postgres)
 *     npm run bench -- messaging/messaging [--events 20000] [--seconds 10]
 *
 * For each number of partitions, in one run: what a bare kafkajs transactional producer reaches with the same records
 * at its best batch size; what the relay reaches on a backlog (the best of three); events a second from the append to
 * the handler of a consumer; and the time of the hop, from the acknowledged append to the handler, at a rate far below
 * that. The store is PostgreSQL when CHAINKEEP_POSTGRES names its programs, else libsql. All runs in this one process
 * but broker and PostgreSQL.
 */
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload } from '@nestjs/microservices';
import { Kafka, logLevel, Partitioners, type Message } from 'kafkajs';
import { MemoryStoreMemory } from '#libs/event-store/adapters/memory.store-memory';
import type { EventStore, NewEvent } from '#libs/event-sourcing';
import { openLibsqlDatabase } from '#libs/event-store/adapters/libsql-database';
import { LibsqlEventStore } from '#libs/event-store/adapters/libsql.event-store';
import { MemoryDeadLetterSink } from '#libs/event-store/adapters/memory.dead-letter-sink';
import { openPostgresDatabase } from '#libs/event-store/adapters/postgres-database';
import { PostgresEventStore } from '#libs/event-store/adapters/postgres.event-store';
import { ensureTopics, EventConsumer, TOPICS, type EventMessage, type KafkaSettings } from '#libs/messaging';
import { KafkaBusServer } from '#libs/messaging/adapters/kafka-bus.server';
import { KafkaEventPublisher } from '#libs/messaging/adapters/kafka.event-publisher';
import { createLog, SystemClock } from '#libs/runtime';
import { Relay } from '../../apps/relay/src/relay.handler.js';
import { toRecordParts } from '../../libs/messaging/src/kafka/cloud-event.js';
import { KafkaBroker } from '../../test/support/servers/kafka-broker.js';
import { PostgresServer } from '../../test/support/servers/postgres-server.js';

const option = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const EVENTS = option('events', 20_000);
const SECONDS = option('seconds', 10);
const PARTITIONS = [1, 2, 4];
const BATCHES = [100, 500, 1_000, 2_000];
const WARM_UP_BATCH = 1_000;
/** A batch size is judged by at most this number of transactions. */
const TRANSACTIONS_MAX = 50;
const BACKLOGS = 3;
const RETRY = { initialRetryTime: 10, maxRetryTime: 1_000, retries: 10 };
const APPENDS_AT_ONCE = 32;
const HOPS_A_SECOND = 100;
const ENVIRONMENTS = 50;

const clock = new SystemClock();
const log = createLog({ level: 'silent' });
const at = '2026-01-31T12:00:00.000Z';

/** About 270 bytes of JSON, as a small event of ours has. */
const anEvent = (n: number): NewEvent => ({
  id: randomUUID(),
  type: 'Measured',
  data: {
    file: `${at}-block-${n}-${n + 100_000}.rlp`,
    digest: 'a'.repeat(64),
    etag: `${n}`,
    padding: 'x'.repeat(100),
  },
  metadata: { schemaVersion: 1, correlationId: randomUUID(), actor: 'system', at },
});
const streamOf = (n: number): string => `backup-e${n % ENVIRONMENTS}`;

const secondsSince = (started: number): number => (performance.now() - started) / 1_000;

type Opened = Readonly<{ store: EventStore; close: () => Promise<void> }>;

const openLibsql = async (): Promise<Opened> => {
  const directory = mkdtempSync(join(tmpdir(), 'chainkeep-bench-'));
  const database = await openLibsqlDatabase(join(directory, 'chainkeep.db'));
  const store = new LibsqlEventStore(database);
  const close = async (): Promise<void> => {
    await store.close();
    await database.close();
    rmSync(directory, { recursive: true });
  };
  return { store, close };
};

const openPostgres = async (): Promise<Opened> => {
  const server = await PostgresServer.start();
  const database = await openPostgresDatabase({ url: await server.createDatabase() });
  const store = new PostgresEventStore(database);
  const close = async (): Promise<void> => {
    await store.close();
    await database.close();
    await server.stop();
  };
  return { store, close };
};

const STORE = process.env['CHAINKEEP_POSTGRES'] === undefined ? 'libsql' : 'postgres';
const openStore = (): Promise<Opened> => (STORE === 'postgres' ? openPostgres() : openLibsql());

const fill = async (store: EventStore): Promise<void> => {
  for (let from = 0; from < EVENTS; from += 500) {
    const events = Array.from({ length: 500 }, (_, index) => anEvent(from + index));
    await store.append(streamOf(from / 500), events, 'any');
  }
};

/** Messages a second at each batch size, every batch in its own transaction. */
const measureBare = async (settings: KafkaSettings, store: EventStore): Promise<Map<number, number>> => {
  const kafka = new Kafka({ brokers: [...settings.brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const configEntries = [{ name: 'max.message.bytes', value: String(2 * 1024 * 1024) }];
  const topic = { topic: 'bare', numPartitions: settings.partitions, configEntries };
  await admin.createTopics({ waitForLeaders: true, topics: [topic] });
  await admin.disconnect();
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    transactionalId: 'bare',
    maxInFlightRequests: 1,
    // A transaction that begins too soon is tried again as soon as the relay does; the library's own wait is 300 ms.
    retry: RETRY,
  });
  await producer.connect();
  const messages: Message[] = (await store.readAll(-1n, EVENTS)).map((event, n) => ({
    ...toRecordParts(event, 'chainkeep', event.stream),
    partition: n % settings.partitions,
  }));
  const rates = new Map<number, number>();
  // The first to warm up.
  for (const batch of [WARM_UP_BATCH, ...BATCHES]) {
    const count = Math.min(messages.length, batch * TRANSACTIONS_MAX);
    const started = performance.now();
    for (let from = 0; from < count; from += batch) {
      const transaction = await producer.transaction();
      await transaction.send({ topic: 'bare', messages: messages.slice(from, from + batch) });
      await transaction.commit();
    }
    rates.set(batch, count / secondsSince(started));
  }
  await producer.disconnect();
  return rates;
};

const startRelay = (settings: KafkaSettings, store: EventStore) => {
  const publisher = new KafkaEventPublisher({ kafka: settings, clock, log });
  const relay = new Relay({ store, memory: new MemoryStoreMemory(), publisher, clock, log });
  relay.start();
  const stop = async (): Promise<void> => {
    await relay.stop();
    await publisher.close();
  };
  return { relay, stop };
};

/** Events a second on a backlog, from its first batch to its last. */
const measureBacklog = async (relay: Relay, store: EventStore, before: bigint): Promise<number> => {
  const head = await store.head();
  const reached = (): bigint => relay.state.published ?? -1n;
  while (reached() <= before) await clock.sleep(1);
  const [first, started] = [reached(), performance.now()];
  while (reached() < head) await clock.sleep(1);
  return Number(head - first) / secondsSince(started);
};

/** The best of some backlogs, as the bare producer has its best of some batch sizes; the relay goes on running. */
const measureRelay = async (settings: KafkaSettings, store: EventStore) => {
  const rates: number[] = [];
  let before = -1n;
  for (;;) {
    const { relay, stop } = startRelay(settings, store);
    rates.push(await measureBacklog(relay, store, before));
    if (rates.length === BACKLOGS) return { relayed: Math.max(...rates), stop };
    before = await store.head();
    await stop();
    await fill(store);
  }
};

/** Handled events, by id. */
class Handled extends EventEmitter {
  readonly at = new Map<string, number>();

  take({ ce }: EventMessage): void {
    this.at.set(ce.id, performance.now());
    this.emit('handled');
  }

  async until(count: number): Promise<void> {
    while (this.at.size < count) await once(this, 'handled');
  }
}

const listen = async (kafka: KafkaSettings, handled: Handled) => {
  @EventConsumer()
  class Consumer {
    @EventPattern('Measured')
    measured(@Payload() message: EventMessage): void {
      handled.take(message);
    }
  }
  @Module({ controllers: [Consumer] })
  class Root {}
  const strategy = new KafkaBusServer({
    service: 'bench',
    kafka,
    topics: [TOPICS.events],
    deadLetters: new MemoryDeadLetterSink(),
    clock,
    log,
    check: (type, data) => ({ type, data: data as object }),
  });
  const app = await NestFactory.createMicroservice(Root, { strategy, logger: false });
  await app.listen();
  return app;
};

/** Events a second from the first append to the last handler. */
const measureWay = async (store: EventStore, handled: Handled): Promise<number> => {
  const before = handled.at.size;
  const started = performance.now();
  const until = started + SECONDS * 1_000;
  let count = 0;
  const appending = async (): Promise<void> => {
    while (performance.now() < until) {
      const n = count++;
      await store.append(`backup-${n}`, [anEvent(n)], 'no_stream');
    }
  };
  await Promise.all(Array.from({ length: APPENDS_AT_ONCE }, appending));
  await handled.until(before + count);
  return count / secondsSince(started);
};

/** Milliseconds from the acknowledged append to the handler, sorted. */
const measureHop = async (store: EventStore, handled: Handled): Promise<readonly number[]> => {
  const before = handled.at.size;
  const acknowledged = new Map<string, number>();
  const started = performance.now();
  const total = SECONDS * HOPS_A_SECOND;
  for (let n = 0; n < total; n += 1) {
    const dueMs = started + (n * 1_000) / HOPS_A_SECOND - performance.now();
    if (dueMs > 0) await clock.sleep(dueMs);
    const event = anEvent(n);
    await store.append(`environment-h${n}`, [event], 'no_stream');
    acknowledged.set(event.id, performance.now());
  }
  await handled.until(before + total);
  const hops = [...acknowledged].map(([id, when]) => (handled.at.get(id) ?? Infinity) - when);
  return hops.sort((a, b) => a - b);
};

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;

const measure = async (partitions: number) => {
  const broker = await KafkaBroker.start();
  const { store, close } = await openStore();
  try {
    const settings = {
      brokers: [broker.address],
      prefix: 'chainkeep',
      clientId: 'bench',
      sessionTimeoutMs: 30_000,
      partitions,
      replicationFactor: 1,
    };
    await ensureTopics(settings, { clock, log });
    await fill(store);
    const bare = await measureBare(settings, store);
    const best = Math.max(...bare.values());
    const { relayed, stop } = await measureRelay(settings, store);
    const handled = new Handled();
    const app = await listen(settings, handled);
    await handled.until(BACKLOGS * EVENTS);
    const way = await measureWay(store, handled);
    const hop = await measureHop(store, handled);
    await app.close();
    await stop();
    const batch = [...bare].find(([, rate]) => rate === best)?.[0];
    return {
      ...{ partitions, bare: best, batch, relay: relayed, ratio: relayed / best, way },
      ...{ hopP50Ms: quantile(hop, 0.5), hopP99Ms: quantile(hop, 0.99) },
    };
  } finally {
    await close();
    await broker.remove();
  }
};

const row = (...cells: readonly string[]): void => {
  console.log(cells.map((cell) => cell.padStart(13)).join(''));
};
console.log(
  `${EVENTS} events in ${STORE}, ${APPENDS_AT_ONCE} appends at once, hops at ${HOPS_A_SECOND} events/s`,
);
row('partitions', 'bare/s', 'best batch', 'relay/s', 'relay/bare', 'way/s', 'hop p50 ms', 'hop p99 ms');
const results = [];
for (const partitions of PARTITIONS) {
  const result = await measure(partitions);
  results.push(result);
  const { bare, batch, relay, ratio, way, hopP50Ms, hopP99Ms } = result;
  const whole = [bare, batch ?? 0, relay].map((value) => value.toFixed(0));
  row(
    String(partitions),
    ...whole,
    ratio.toFixed(2),
    way.toFixed(0),
    hopP50Ms.toFixed(1),
    hopP99Ms.toFixed(1),
  );
}
console.log(JSON.stringify({ store: STORE, results }));
