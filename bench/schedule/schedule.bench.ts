/**
 * Many environments due in the same minute: from the slot to the last BackupRequested a read-committed consumer gets.
 *
 *     CHAINKEEP_KAFKA=/lib/of/kafka CHAINKEEP_POSTGRES=/bin/of/postgres \
 *       node dist/bench/schedule/schedule.bench.js [--environments 10000] [--schedulers 2]
 *
 * Real Kafka and PostgreSQL (events, read models); history-projector, relay and schedulers are processes of their own.
 * Twice the environments are measured in the same run, in an installation of their own.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { CATALOGUE_COLLECTIONS, createChainkeepStreams } from '#libs/contracts';
import { openPostgresDatabase } from '#libs/event-store/adapters/postgres-database';
import { PostgresEventStore } from '#libs/event-store/adapters/postgres.event-store';
import { PostgresReadModelStore } from '#libs/event-store/adapters/postgres.read-model-store';
import type { EnvironmentCommand } from '#libs/domain';
import { toInstant } from '#libs/kernel';
import { TOPICS } from '#libs/messaging';
import { DistributedServices } from '../../test/support/distributed-services.js';
import { KafkaBroker } from '../../test/support/kafka-broker.js';
import { PostgresServer } from '../../test/support/postgres-server.js';

const option = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const ENVIRONMENTS = option('environments', 10_000);
const SCHEDULERS = option('schedulers', 2);
const SECONDS_MAX = 60;
const FACTOR_MAX = 2.2;
const WRITERS = 64;
const MINUTE_MS = 60_000;
/** Between the last environment's configuration and the slot there is at least about so long. */
const PREPARE_MS = 45_000;
const GIVE_UP_MS = 300_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The minute at which all are due, far enough ahead. */
const slotAfter = (ms: number): Date => new Date(Math.ceil((Date.now() + ms) / MINUTE_MS) * MINUTE_MS);

/** Gives each environment a command, many at once; resolves with how long that took, in ms. */
const command = async (
  url: string,
  count: number,
  of: (environmentId: string, at: string) => EnvironmentCommand,
): Promise<number> => {
  const began = performance.now();
  const database = await openPostgresDatabase({ url });
  const store = new PostgresEventStore(database);
  const { environments } = createChainkeepStreams(store);
  let next = 0;
  const writer = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const environmentId = `env-${index}`;
      const at = toInstant(Date.now());
      const context = { actor: 'bench', correlationId: 'bench', at };
      await environments.handle(environmentId, of(environmentId, at), context);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  await store.close();
  await database.close();
  return performance.now() - began;
};

const register = (environmentId: string, at: string): EnvironmentCommand => {
  const description = { name: environmentId, provider: 'geth', consensus: 'clique' } as const;
  return { type: 'RegisterEnvironment', environmentId, consortiumId: 'c', description, at };
};

const dueAt =
  (slot: Date) =>
  (_environmentId: string, at: string): EnvironmentCommand => {
    const cron = `${slot.getUTCMinutes()} ${slot.getUTCHours()} * * *`;
    const changes = { enabled: true, schedule: { kind: 'cron', cron, timeZone: 'UTC' } } as const;
    return { type: 'ConfigureBackup', changes, at };
  };

/** Resolves when the catalogue shows all of them. */
const untilListed = async (url: string, count: number): Promise<void> => {
  const database = await openPostgresDatabase({ url });
  const models = new PostgresReadModelStore(database);
  for (;;) {
    const active = await models.active('catalogue');
    if (active !== undefined && (await models.count(active, CATALOGUE_COLLECTIONS.environment)) >= count)
      break;
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

type Outcome = Readonly<{ environments: number; seconds: number; published: number; doubled: number }>;

const measure = async (count: number): Promise<Outcome> => {
  const home = await mkdtemp(join(tmpdir(), 'bench-schedule-'));
  const [kafka, postgres] = await Promise.all([KafkaBroker.start(), PostgresServer.start()]);
  let services: DistributedServices | undefined;
  try {
    const url = await postgres.createDatabase();
    const registeredMs = await command(url, count, register);
    const env = { KAFKA_BROKERS: kafka.address, DATABASE_URL: url, KAFKA_REPLICATION_FACTOR: '1' };
    const names = ['history-projector', 'relay', 'scheduler'] as const;
    services = await DistributedServices.start({ env, home, replicas: SCHEDULERS, services: names });
    await untilListed(url, count);
    const requests = await follow(kafka.address);
    const slot = slotAfter(PREPARE_MS + 4 * registeredMs);
    await command(url, count, dueAt(slot));
    if (Date.now() > slot.getTime()) throw new Error('The slot came before everything was ready.');
    console.log(
      `${count} environments are ready ${((slot.getTime() - Date.now()) / 1000).toFixed(0)} s before their slot`,
    );
    while (requests.seen.size < count && Date.now() < slot.getTime() + GIVE_UP_MS) await pause(100);
    const last = Math.max(...requests.seen.values());
    await requests.close();
    const seconds = (last - slot.getTime()) / 1000;
    return { environments: count, seconds, published: requests.seen.size, doubled: requests.doubled() };
  } finally {
    await services?.stop('SIGKILL');
    await Promise.all([kafka.remove(), postgres.stop()]);
    await rm(home, { recursive: true, force: true });
  }
};

const outcomes = [await measure(ENVIRONMENTS), await measure(2 * ENVIRONMENTS)];
for (const { environments, seconds, published, doubled } of outcomes)
  console.log(
    `${environments} environments: ${published} requested and published in ${seconds.toFixed(1)} s, ${doubled} twice`,
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
