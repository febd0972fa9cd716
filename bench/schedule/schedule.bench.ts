/** @proves The time to request the backups of 10,000 environments that are due in the same minute. */
/**
 * Many environments due in the same minute: from the slot to the last BackupRequested a read-committed consumer gets.
 *
 *     CHAINKEEP_KAFKA=/lib/of/kafka CHAINKEEP_POSTGRES=/bin/of/postgres \
 *       node dist/bench/schedule/schedule.bench.js [--environments 10000] [--schedulers 2]
 *
 * Real Kafka and PostgreSQL (events, read models); history-projectors, relays and schedulers are separate processes.
 * Twice the environments are measured in the same run, in a separate installation.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { createChainkeepStreams } from '#libs/contracts';
import { openPostgresDatabase } from '#libs/event-store/adapters/postgres-database';
import { MemoryEventStore } from '#libs/event-store/adapters/memory.event-store';
import { PostgresEventStore } from '#libs/event-store/adapters/postgres.event-store';
import { PostgresReadModelStore } from '#libs/event-store/adapters/postgres.read-model-store';
import type { EnvironmentCommand } from '#libs/domain';
import type { NewEvent } from '#libs/event-sourcing';
import { toInstant } from '#libs/kernel';
import { TOPICS } from '#libs/messaging';
import { DistributedServices } from '../../test/support/worlds/distributed-services.js';
import { KafkaBroker } from '../../test/support/servers/kafka-broker.js';
import { PostgresServer } from '../../test/support/servers/postgres-server.js';

const option = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const ENVIRONMENTS = option('environments', 10_000);
const SCHEDULERS = option('schedulers', 2);
const SECONDS_MAX = 60;
const FACTOR_MAX = 2.2;
/** Appends that are in progress at once while the environments are made: the store commits them in groups. */
const APPENDS_AT_ONCE = 1_024;
const MINUTE_MS = 60_000;
/** What the environments are given before their slot: to be appended, published, listed and looked at once. */
const PREPARE_MS = 20_000;
const PREPARE_MS_EACH = 3;
const GIVE_UP_MS = 300_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The minute at which all are due, far enough ahead. */
const slotAfter = (ms: number): Date => new Date(Math.ceil((Date.now() + ms) / MINUTE_MS) * MINUTE_MS);

const register = (environmentId: string, at: string): EnvironmentCommand => {
  const description = { name: environmentId, provider: 'geth', consensus: 'clique' } as const;
  return { type: 'RegisterEnvironment', environmentId, consortiumId: 'c', description, at };
};

const dueAt = (slot: Date, at: string): EnvironmentCommand => {
  const cron = `${slot.getUTCMinutes()} ${slot.getUTCHours()} * * *`;
  const changes = { enabled: true, schedule: { kind: 'cron', cron, timeZone: 'UTC' } } as const;
  return { type: 'ConfigureBackup', changes, at };
};

/** Registers and configures each environment: decided on a store in memory, appended together. */
const prepare = async (url: string, count: number, slot: Date): Promise<void> => {
  const decided = new MemoryEventStore();
  const { environments } = createChainkeepStreams(decided);
  const database = await openPostgresDatabase({ url });
  const store = new PostgresEventStore(database);
  const append = async (environmentId: string): Promise<void> => {
    const at = toInstant(Date.now());
    const context = { actor: 'bench', correlationId: 'bench', at };
    await environments.handle(environmentId, register(environmentId, at), context);
    await environments.handle(environmentId, dueAt(slot, at), context);
    const stream = environments.streamOf(environmentId);
    const events: NewEvent[] = [];
    for await (const { id, type, data, metadata } of decided.readStream(stream))
      events.push({ id, type, data, metadata });
    await store.append(stream, events, 'no_stream');
  };
  for (let from = 0; from < count; from += APPENDS_AT_ONCE) {
    const length = Math.min(APPENDS_AT_ONCE, count - from);
    await Promise.all(Array.from({ length }, (_, index) => append(`env-${from + index}`)));
  }
  await store.close();
  await database.close();
};

/** Resolves when the catalogue shows all of them. */
const untilListed = async (url: string, count: number): Promise<void> => {
  const database = await openPostgresDatabase({ url });
  const models = new PostgresReadModelStore(database);
  for (;;) {
    const active = await models.active('catalogue');
    if (active !== undefined && (await models.count(active, 'environment')) >= count) break;
    await pause(200);
  }
  await database.close();
};

/** When each environment's request reached a read-committed consumer. */
const follow = async (brokers: string) => {
  const seen = new Map<string, number>();
  let doubled = 0;
  const consumer = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).consumer({
    groupId: 'bench',
    readUncommitted: false,
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [TOPICS.events], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      if (String(message.headers?.['ce_type']) !== 'BackupRequested') return;
      const subject = String(message.headers?.['ce_subject']);
      if (seen.has(subject)) doubled += 1;
      else seen.set(subject, Date.now());
    },
  });
  return { seen, doubled: () => doubled, close: () => consumer.disconnect() };
};

const TICKS_A_SECOND = 100;

/** CPU seconds the services have used; 0 where the system does not say (only Linux does). */
const cpuSecondsOf = async (services: DistributedServices): Promise<number> => {
  const used = services.all.map(async ({ pid }) => {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const [user = 0, system = 0] = text.split(') ')[1]?.split(' ').slice(11, 13).map(Number) ?? [];
    return (user + system) / TICKS_A_SECOND;
  });
  return (await Promise.all(used)).reduce((sum, seconds) => sum + seconds, 0);
};

type Outcome = Readonly<{
  environments: number;
  seconds: number;
  /** Of the services, from when all were ready to the end. */
  cpuSeconds: number;
  published: number;
  doubled: number;
}>;

const measure = async (count: number): Promise<Outcome> => {
  const home = await mkdtemp(join(tmpdir(), 'bench-schedule-'));
  const [kafka, postgres] = await Promise.all([KafkaBroker.start(), PostgresServer.start()]);
  let services: DistributedServices | undefined;
  try {
    const url = await postgres.createDatabase();
    const env = { KAFKA_BROKERS: kafka.address, DATABASE_URL: url, KAFKA_REPLICATION_FACTOR: '1' };
    const names = ['history-projector', 'relay', 'scheduler'] as const;
    services = await DistributedServices.start({ env, home, replicas: SCHEDULERS, services: names });
    const requests = await follow(kafka.address);
    const slot = slotAfter(PREPARE_MS + PREPARE_MS_EACH * count);
    const began = Date.now();
    await prepare(url, count, slot);
    const appended = Date.now();
    await untilListed(url, count);
    const listed = Date.now();
    if (listed > slot.getTime()) throw new Error('The slot came before everything was ready.');
    const seconds = (from: number, to: number): string => ((to - from) / 1_000).toFixed(0);
    console.log(
      `${count} environments: appended in ${seconds(began, appended)} s, listed ${seconds(appended, listed)} s later, ` +
        `ready ${seconds(listed, slot.getTime())} s before their slot`,
    );
    const cpuBefore = await cpuSecondsOf(services);
    while (requests.seen.size < count && Date.now() < slot.getTime() + GIVE_UP_MS) await pause(100);
    const last = Math.max(...requests.seen.values());
    const cpuSeconds = (await cpuSecondsOf(services)) - cpuBefore;
    await requests.close();
    const took = (last - slot.getTime()) / 1_000;
    const [published, doubled] = [requests.seen.size, requests.doubled()];
    return { environments: count, seconds: took, cpuSeconds, published, doubled };
  } finally {
    await services?.stop('SIGKILL');
    await Promise.all([kafka.remove(), postgres.stop()]);
    await rm(home, { recursive: true, force: true });
  }
};

const outcomes = [await measure(ENVIRONMENTS), await measure(2 * ENVIRONMENTS)];
for (const { environments, seconds, cpuSeconds, published, doubled } of outcomes)
  console.log(
    `${environments} environments: ${published} requested and published in ${seconds.toFixed(1)} s, ${doubled} twice; ` +
      `${cpuSeconds.toFixed(1)} s of CPU in the services`,
  );
const [once, twice] = outcomes as [Outcome, Outcome];
const factor = twice.seconds / once.seconds;
const holds =
  once.seconds <= SECONDS_MAX &&
  factor <= FACTOR_MAX &&
  outcomes.every(({ environments, published, doubled }) => published === environments && doubled === 0);
console.log(`twice the environments take ${factor.toFixed(2)} times as long (at most ${FACTOR_MAX})`);
console.log(JSON.stringify({ outcomes, factor, holds }));
process.exitCode = holds ? 0 : 1;
