import { randomUUID } from 'node:crypto';
import type { describe } from '@jest/globals';
import { Module, type DynamicModule, type INestMicroservice, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload } from '@nestjs/microservices';
import { Kafka, logLevel, Partitioners, type EachMessagePayload, type Message, type Producer } from 'kafkajs';
import type { StoredEvent } from '#libs/event-sourcing';
import { MemoryDeadLetterSink } from '#libs/event-store/adapters/memory.dead-letter-sink';
import {
  deadLetterTopic,
  EventConsumer,
  TOPICS,
  type EventMessage,
  type KafkaSettings,
} from '#libs/messaging';
import type { KafkaBusOptions } from '#libs/messaging/adapters/kafka-bus.server';
import { SystemClock } from '#libs/runtime';
import { kafkaNames } from '../../../libs/messaging/src/kafka/topics.js';
import { toRecordParts } from '../../../libs/messaging/src/kafka/cloud-event.js';
import { KafkaBroker, type KafkaBrokerOptions } from '../servers/kafka-broker.js';
import { KAFKA_CLIENTS, type KafkaClient } from './kafka-clients.js';
import { describeWith } from '../servers/real-servers.js';

/** A suite on real brokers, once with each client of Kafka; skipped by name when `on` is `describe.skip`. */
export const describeKafka = (
  title: string,
  suite: (client: KafkaClient) => void,
  on: Pick<typeof describe, 'each'> = describeWith('kafka'),
): void => {
  on.each([...KAFKA_CLIENTS])(`${title}, with $name`, suite);
};

const UNTIL_MS = 240_000;

/** Looks again and again; on a loaded machine rebalances take their time. */
export const until = async (what: string, condition: () => boolean | Promise<boolean>): Promise<void> => {
  for (const end = Date.now() + UNTIL_MS; !(await condition());) {
    if (Date.now() > end) throw new Error(`It did not happen: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

/** Retries that take little time. */
const QUICK_POLICY = {
  uncoded: { baseMs: 5, factor: 2, delayMaxMs: 20, attemptsMax: 3 },
  retryable: { baseMs: 20, factor: 2, delayMaxMs: 100, attemptsMax: Infinity },
};

export const settingsFor = (broker: KafkaBroker, partitions: number): KafkaSettings => ({
  brokers: [broker.address],
  prefix: 'chainkeep',
  clientId: 'test',
  sessionTimeoutMs: 6_000,
  partitions,
  replicationFactor: 1,
});

/** A consumer of one type as an app would write it. */
export const consumerOf = (type: string, on: (message: EventMessage) => unknown): Type => {
  @EventConsumer()
  class Consumer {
    @EventPattern<Record<string, EventMessage>>(type)
    happened(@Payload() message: EventMessage): unknown {
      return on(message);
    }
  }
  return Consumer;
};

let position = 0n;
/** A committed event as the store would give it back. */
export const committed = (type: string, stream: string, data: unknown, schemaVersion = 1): StoredEvent => ({
  id: randomUUID(),
  type,
  stream,
  data,
  revision: 0n,
  position: position++,
  metadata: {
    schemaVersion,
    correlationId: 'c-1',
    actor: 'system',
    at: '2026-01-31T12:00:00.000Z',
  },
});

export type Letter = Readonly<{ headers: Record<string, string>; value: string; key: string }>;

/** A broker with the product's topics, buses on it, a plain producer, and what lies on the dead letter topics. */
export class KafkaBench {
  readonly clock = new SystemClock();
  readonly deadLetters = new MemoryDeadLetterSink();
  readonly logged: string[] = [];
  private readonly producer: Producer;
  private readonly apps = new Set<INestMicroservice>();
  private readonly closing: (() => Promise<void>)[] = [];

  private constructor(
    readonly broker: KafkaBroker,
    readonly settings: KafkaSettings,
    readonly kafka: Kafka,
    private readonly client: KafkaClient,
  ) {
    this.producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  }

  /** The product works with `client`; what the bench does itself always goes through kafkajs. */
  static async start(
    partitions: number,
    { client = KAFKA_CLIENTS[0], ...options }: KafkaBrokerOptions & Readonly<{ client?: KafkaClient }> = {},
  ): Promise<KafkaBench> {
    const broker = await KafkaBroker.start(options);
    const settings = settingsFor(broker, partitions);
    const kafka = new Kafka({
      brokers: [broker.address],
      clientId: 'test',
      logLevel: logLevel.NOTHING,
      retry: { retries: 20, maxRetryTime: 1_000 },
    });
    const bench = new KafkaBench(broker, settings, kafka, client);
    await client.ensureTopics(settings, bench);
    await bench.producer.connect();
    return bench;
  }

  get log() {
    const log = (message: string, fields: Readonly<Record<string, unknown>>): void => {
      const { error, ...rest } = fields;
      this.logged.push(`${message} ${JSON.stringify(rest)} ${String(error)}`);
    };
    return { warn: log, error: log };
  }

  /** As the relay would. */
  async publish(topic: string, key: string, ...events: readonly StoredEvent[]): Promise<void> {
    await this.send(topic, ...events.map((event) => toRecordParts(event, 'chainkeep', key)));
  }

  async send(topic: string, ...messages: Message[]): Promise<void> {
    await this.producer.send({ topic, messages });
  }

  /** A member of a service's group: the consumers of an app's module, or some of a test. */
  async listen(service: string, what: Type[] | DynamicModule, overrides: Partial<KafkaBusOptions> = {}) {
    const server = this.client.createBus({
      service,
      kafka: this.settings,
      topics: [TOPICS.events],
      deadLetters: this.deadLetters,
      clock: this.clock,
      log: this.log,
      policy: QUICK_POLICY,
      check: (type, data) => ({ type, data: data as object }),
      ...overrides,
    });
    @Module({})
    class Root {}
    const root = Array.isArray(what) ? { module: Root, controllers: what } : what;
    const app = await NestFactory.createMicroservice(root, { strategy: server, logger: false });
    this.apps.add(app);
    await app.listen();
    const close = async (): Promise<void> => {
      this.apps.delete(app);
      await app.close();
    };
    return { server, close };
  }

  /** Records of a topic that a group has not committed yet. */
  async lagOf(service: string, topic: string): Promise<bigint> {
    const admin = this.kafka.admin();
    await admin.connect();
    const ends = await admin.fetchTopicOffsets(topic);
    const [committed] = await admin.fetchOffsets({ groupId: kafkaNames().groupOf(service), topics: [topic] });
    await admin.disconnect();
    const done = new Map(committed?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
    return ends.reduce((lag, { partition, high }) => {
      const reached = done.get(partition) ?? 0n;
      return lag + BigInt(high) - (reached > 0n ? reached : 0n);
    }, 0n);
  }

  /** Hands on every record of topics from the beginning, as a reader of committed ones sees it, until the end. */
  async follow(topics: string[], on: (payload: EachMessagePayload) => void): Promise<void> {
    const consumer = this.kafka.consumer({ groupId: `follow-${randomUUID()}`, maxWaitTimeInMs: 100 });
    this.closing.push(() => consumer.disconnect());
    await consumer.connect();
    await consumer.subscribe({ topics, fromBeginning: true });
    await consumer.run({
      eachMessage: async (payload) => {
        on(payload);
      },
    });
  }

  /** Collects what is on the dead letter topic of a topic, now and later. */
  async letters(topic: string): Promise<readonly Letter[]> {
    const letters: Letter[] = [];
    await this.follow([deadLetterTopic(topic)], ({ message: { key, value, headers = {} } }) => {
      const texts = Object.entries(headers).map(([name, text]) => [name, String(text)] as const);
      letters.push({
        headers: Object.fromEntries(texts),
        value: value?.toString('utf8') ?? '',
        key: key?.toString('utf8') ?? '',
      });
    });
    return letters;
  }

  async close(): Promise<void> {
    for (const app of this.apps) await app.close();
    for (const close of this.closing) await close();
    await this.producer.disconnect();
    await this.broker.remove();
  }
}
