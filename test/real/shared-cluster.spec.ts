/**
 * @proves Two installations with their own prefixes share one cluster under kill -9 and never see each other; a second one under the same prefix is refused before it publishes or consumes.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openLibsqlDatabase, type LibsqlDatabase } from '#libs/event-store/adapters/libsql-database';
import { LibsqlEventStore } from '#libs/event-store/adapters/libsql.event-store';
import { kafkaNames, TOPICS, type KafkaSettings } from '#libs/messaging';
import { consumerOf, describeKafka, KafkaBench, until } from '../support/worlds/kafka-bench.js';
import { RelayProcess } from '../support/programs/relay-process.js';

const PARTITIONS = 2;
const PREFIXES = ['ck', 'ck2'] as const;
type Prefix = (typeof PREFIXES)[number];

type Installation = Readonly<{
  prefix: Prefix;
  settings: KafkaSettings;
  database: LibsqlDatabase;
  store: LibsqlEventStore;
  file: string;
  appended: string[];
  seen: string[];
}>;

describeKafka('Installations that share a real cluster', (client) => {
  let bench: KafkaBench;
  let directory: string;
  const installations: Installation[] = [];
  const relays: RelayProcess[] = [];

  const startRelay = async ({ prefix, file }: Installation): Promise<RelayProcess> => {
    const relay = await RelayProcess.start({
      ...{ database: file, broker: bench.broker.address, partitions: PARTITIONS },
      ...{ client: client.name, prefix },
    });
    relays.push(relay);
    return relay;
  };

  const append = async ({ store, appended, prefix }: Installation, count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) {
      const id = randomUUID();
      const at = '2026-01-31T12:00:00.000Z';
      const metadata = { schemaVersion: 1, correlationId: 'c', actor: 'system', at };
      // The same streams in both: nothing but the prefix tells them apart.
      await store.append(`backup-e${n % 3}`, [{ id, type: 'Counted', data: { prefix }, metadata }], 'any');
      appended.push(id);
    }
  };

  const endOf = async (topic: string): Promise<string> => {
    const admin = bench.kafka.admin();
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets(topic);
    await admin.disconnect();
    return JSON.stringify(offsets.map(({ high }) => high));
  };

  beforeAll(async () => {
    bench = await KafkaBench.start(PARTITIONS, { client });
    directory = await mkdtemp(join(tmpdir(), 'chainkeep-shared-'));
    for (const prefix of PREFIXES) {
      const settings = { ...bench.settings, prefix };
      const file = join(directory, `${prefix}.db`);
      const database = await openLibsqlDatabase(file);
      const store = new LibsqlEventStore(database);
      installations.push({ prefix, settings, database, store, file, appended: [], seen: [] });
      await client.ensureTopics(settings, bench);
      await client.claimTopics(settings, { clock: bench.clock, log: bench.log, installation: prefix });
    }
  });
  afterAll(async () => {
    for (const relay of relays) await relay.end('SIGKILL');
    await bench.close();
    for (const { store, database } of installations) {
      await store.close();
      await database.close();
    }
    await rm(directory, { recursive: true });
  });

  it('publish and consume their own events, each once, whoever is killed', async () => {
    const running = new Map<Prefix, RelayProcess>();
    for (const installation of installations) {
      const { prefix, settings, seen } = installation;
      const counted = consumerOf('Counted', ({ ce, data }) => {
        expect(data).toEqual({ prefix });
        if (!seen.includes(ce.id)) seen.push(ce.id);
      });
      await bench.listen('exporter', [counted], {
        kafka: settings,
        topics: [kafkaNames(prefix).topics.events],
      });
      running.set(prefix, await startRelay(installation));
    }
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(installations.map((installation) => append(installation, 50)));
      const victim = installations[round % 2]!;
      await running.get(victim.prefix)?.end('SIGKILL');
      await append(victim, 50);
      running.set(victim.prefix, await startRelay(victim));
    }
    for (const { appended, seen, prefix } of installations) {
      await until(`all events of ${prefix}`, () => seen.length >= appended.length);
      expect([...seen].sort()).toStrictEqual([...appended].sort());
    }
    // A relay that was not killed was never fenced: the other installation has a transactional id of its own.
    expect(relays.filter(({ output }) => output.includes('Another relay took over'))).toStrictEqual([]);
    expect(await endOf(TOPICS.events)).toBe(JSON.stringify(Array(PARTITIONS).fill('0')));
    expect(await bench.deadLetters.list(10)).toStrictEqual([]);
  });

  it('refuse another installation under the same prefix in words, and write nothing for it', async () => {
    const [{ settings }] = installations as [Installation];
    const parts = { clock: bench.clock, log: bench.log };
    const before = await endOf(kafkaNames('ck').topics.relay);
    await expect(client.claimTopics(settings, { ...parts, installation: 'other' })).rejects.toMatchObject({
      code: 'BUS_FOREIGN',
      message: `The topics with the prefix "ck" on ${bench.broker.address} belong to installation ck; this is installation other.`,
    });
    expect(await endOf(kafkaNames('ck').topics.relay)).toBe(before);
    await client.claimTopics(settings, { ...parts, installation: 'ck' });
  });

  it('give topics of version 0.1, which name nobody, to the first of two that come at the same moment', async () => {
    await bench.send(
      TOPICS.relay,
      { key: 'term', value: '{"term":"a"}', partition: 0 },
      { key: 'checkpoint', value: '{"position":"12"}', partition: 0 },
    );
    const parts = { clock: bench.clock, log: bench.log };
    const claims = ['a', 'b'].map((installation) =>
      client.claimTopics(bench.settings, { ...parts, installation }),
    );
    const outcomes = (await Promise.allSettled(claims)).map(({ status }) => status);
    expect(outcomes.sort()).toStrictEqual(['fulfilled', 'rejected']);
  });
});
