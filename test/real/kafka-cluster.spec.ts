/** @proves With three brokers, killing the coordinator with -9 loses, duplicates and reorders no event. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { INestMicroservice } from '@nestjs/common';
import { Kafka, logLevel } from 'kafkajs';
import { MemoryStoreMemory } from '#libs/event-store/adapters/memory.store-memory';
import { MemoryDeadLetterSink } from '#libs/event-store/adapters/memory.dead-letter-sink';
import { MemoryEventStore } from '#libs/event-store/adapters/memory.event-store';
import { TOPICS, type KafkaSettings } from '#libs/messaging';
import { SystemClock } from '#libs/runtime';
import { MemoryLog } from '#libs/runtime/testing';
import { Relay } from '../../apps/relay/src/relay.handler.js';
import { eventually } from '../support/checks/eventually.js';
import { consumerOf, describeKafka } from '../support/worlds/kafka-bench.js';
import { KafkaCluster } from '../support/servers/kafka-cluster.js';

const PARTITIONS = 4;
const STREAMS = Array.from({ length: 10 }, (_, index) => `backup-e${index}`);
const APPEND_EVERY_MS = 20;
const GOES_ON_MS = 90_000;

/** Three real brokers; the store lies in memory, so that nothing but Kafka can lose an event. */
describeKafka('A cluster of three brokers whose coordinator is killed with -9', (client) => {
  const clock = new SystemClock();
  const log = new MemoryLog();
  const deadLetters = new MemoryDeadLetterSink();
  const store = new MemoryEventStore();
  let cluster: KafkaCluster;
  let relay: Relay;
  const closing: (() => Promise<unknown>)[] = [];
  const handled: string[] = [];
  const published: { id: string; stream: string }[] = [];
  const appended: { id: string; stream: string }[] = [];
  const stopAppending = new AbortController();
  let appending: Promise<void>;

  const listen = async (kafka: KafkaSettings): Promise<INestMicroservice> => {
    const strategy = client.createBus({
      ...{ service: 'counter', kafka, topics: [TOPICS.events], deadLetters, clock, log },
      check: (type, data) => ({ type, data: data as object }),
    });
    @Module({ controllers: [consumerOf('Counted', ({ ce }) => handled.push(ce.id))] })
    class Root {}
    const app = await NestFactory.createMicroservice(Root, { strategy, logger: false });
    await app.listen();
    return app;
  };

  /** As any reader of committed records sees the topic, by place, whatever happens to its own membership. */
  const follow = async (brokers: readonly string[]): Promise<void> => {
    const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, retry: { retries: 50 } });
    const consumer = kafka.consumer({ groupId: 'checker', readUncommitted: false, sessionTimeout: 6_000 });
    closing.push(() => consumer.disconnect());
    await consumer.connect();
    await consumer.subscribe({ topics: [TOPICS.events], fromBeginning: true });
    const places = new Map<number, bigint>();
    await consumer.run({
      eachMessage: async ({ partition, message: { offset, headers } }) => {
        if (BigInt(offset) <= (places.get(partition) ?? -1n)) return;
        places.set(partition, BigInt(offset));
        published.push({ id: String(headers?.['ce_id']), stream: String(headers?.['ce_subject']) });
      },
    });
  };

  const append = async (): Promise<void> => {
    for (let n = 0; !stopAppending.signal.aborted; n += 1) {
      const [id, stream] = [randomUUID(), STREAMS[n % STREAMS.length] ?? ''];
      const at = '2026-01-31T12:00:00.000Z';
      const metadata = { schemaVersion: 1, correlationId: 'c', actor: 'system', at };
      await store.append(stream, [{ id, type: 'Counted', data: { n }, metadata }], 'any');
      appended.push({ id, stream });
      await clock.sleep(APPEND_EVERY_MS);
    }
  };

  /** Everything appended until now has been handled. */
  const caughtUp = async (what: string): Promise<void> => {
    const last = appended.slice(-STREAMS.length).map(({ id }) => id);
    await eventually(what, GOES_ON_MS, async () => last.every((id) => handled.includes(id)));
  };

  beforeAll(async () => {
    cluster = await KafkaCluster.start(3);
    const kafka: KafkaSettings = {
      brokers: cluster.addresses,
      prefix: 'chainkeep',
      clientId: 'test',
      sessionTimeoutMs: 6_000,
      partitions: PARTITIONS,
      replicationFactor: 3,
    };
    await client.ensureTopics(kafka, { clock, log });
    const publisher = client.createPublisher({ kafka, clock, log });
    relay = new Relay({ store, memory: new MemoryStoreMemory(), publisher, clock, log });
    relay.start();
    closing.push(
      () => relay.stop(),
      () => publisher.close(),
    );
    for (const app of [await listen(kafka), await listen(kafka)]) closing.push(() => app.close());
    await follow(cluster.addresses);
    appending = append();
    await eventually('the first events', GOES_ON_MS, async () => handled.length > STREAMS.length);
  });
  afterAll(async () => {
    stopAppending.abort();
    for (const close of closing) await close();
    await cluster.remove();
  });

  it.each(['__consumer_offsets', '__transaction_state'] as const)(
    'relay and consumers go on when the leader of %s moves',
    async (topic) => {
      const { restart } = await cluster.killCoordinator(topic);
      await caughtUp('events appended while another broker coordinates');
      await restart();
      await caughtUp('events appended after it came back');
    },
  );

  it('nothing was lost, published twice, out of order within its stream, or set aside', async () => {
    stopAppending.abort();
    await appending;
    await eventually(
      'every event at the checker',
      GOES_ON_MS,
      async () => published.length >= appended.length,
    );
    for (const stream of STREAMS) {
      const ofStream = (list: readonly Readonly<{ id: string; stream: string }>[]) =>
        list.filter((one) => one.stream === stream).map(({ id }) => id);
      expect(ofStream(published)).toStrictEqual(ofStream(appended));
    }
    await caughtUp('the last');
    expect(new Set(handled)).toStrictEqual(new Set(appended.map(({ id }) => id)));
    expect(await deadLetters.list(10)).toStrictEqual([]);
  });
});
