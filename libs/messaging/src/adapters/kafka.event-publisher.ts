import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Partitioners,
  type Message,
  type Producer,
  type Transaction,
  createKafka,
  toBusError,
} from '../kafka/kafka-client.js';
import { checkpointOf, type Checkpoint, type StoredEvent } from '#libs/event-sourcing';
import { backoffDelayMs, type Clock } from '#libs/kernel';
import type { BusLog } from '../bus-log.js';
import { EventPublisher, PublishingTerm, type PublishableEvent } from '../event-publisher.js';
import { toRecordParts } from '../kafka/cloud-event.js';
import { ensureTopics } from '../kafka/ensure-topics.js';
import type { KafkaSettings } from '../kafka/kafka-settings.js';
import { PartitionMap } from '../kafka/partition-ownership.js';
import { checkpointRecord, RelayLog, termRecord, type Relayed } from '../kafka/relay-log.js';
import { extendTrail, type Trail } from '../relay-trail.js';
import { kafkaNames, routeOf } from '../kafka/topics.js';

/** An open transaction keeps consumers waiting; a relay that hangs is given up after this long. */
const TRANSACTION_TIMEOUT_MS = 30_000;
/**
 * A transaction that begins while the brokers still write the markers of the last one is refused, and admitted some
 * milliseconds later.
 */
const BEGINNING = { baseMs: 10, factor: 2, delayMaxMs: 1_000, attemptsMax: 10 };
/**
 * The library sends what failed again by broker, not by partition: when a leader moves in between, it would send some
 * records twice in one transaction and others never. So it must not: a transaction that failed is left as it is.
 */
const NO_RETRY = { retries: 0 };
/** Of the headers, about. */
const HEADER_BYTES = 400;

export type KafkaEventPublisherParts = Readonly<{
  kafka: KafkaSettings;
  clock: Clock;
  log: BusLog;
  /** `ce_source` of the events; default `chainkeep`. */
  source?: string;
}>;

type PreparedEvent = PublishableEvent & Readonly<{ topic: string; message: Message }>;

const appendTo = (lists: Map<string, Message[]>, topic: string, message: Message): void => {
  const list = lists.get(topic);
  if (list) list.push(message);
  else lists.set(topic, [message]);
};

class KafkaPublishingTerm extends PublishingTerm {
  constructor(
    private readonly producer: Producer,
    private readonly relayTopic: string,
    private relayed: Relayed,
    readonly lost: AbortSignal,
  ) {
    super();
  }

  override get checkpoint(): Checkpoint {
    return this.relayed.checkpoint;
  }

  override get trail(): Trail {
    return this.relayed.trail;
  }

  override async publish(events: readonly PreparedEvent[]): Promise<void> {
    const last = events.at(-1);
    if (last === undefined) return;
    const lists = new Map<string, Message[]>();
    for (const { topic, message } of events) appendTo(lists, topic, message);
    const { checkpoint } = last;
    const { event } = checkpoint;
    const trail = event === undefined ? this.trail : extendTrail(this.trail, event, events.length);
    await this.commit(
      { checkpoint, trail },
      [...lists].map(([topic, messages]) => ({ topic, messages })),
    );
  }

  override async restart(checkpoint: Checkpoint): Promise<void> {
    const { event } = checkpoint;
    const at = this.trail.findIndex((mark) => mark.event.id === event?.id);
    await this.commit({ checkpoint, trail: at < 0 ? [] : this.trail.slice(at) });
  }

  override async end(): Promise<void> {
    await this.producer.disconnect().catch(() => undefined);
  }

  private async commit(
    relayed: Relayed,
    topicMessages: { topic: string; messages: Message[] }[] = [],
  ): Promise<void> {
    const first = { topic: this.relayTopic, record: checkpointRecord(relayed) };
    await inTransaction(this.producer, first, topicMessages);
    this.relayed = relayed;
  }
}

const isTooSoon = (error: unknown): boolean =>
  error instanceof Error &&
  (('type' in error && error.type === 'CONCURRENT_TRANSACTIONS') || isTooSoon(error.cause));

type FirstRecord = Readonly<{ topic: string; record: Message }>;

/** Begins with the record of one partition: only the first may be refused as too soon, and nothing else is sent then. */
const begin = async (producer: Producer, { topic, record }: FirstRecord): Promise<Transaction> => {
  const transaction = await producer.transaction();
  for (let attempt = 1; ; attempt += 1) {
    try {
      await transaction.send({ topic, messages: [record], acks: -1 });
      return transaction;
    } catch (error) {
      const delayMs = isTooSoon(error) ? backoffDelayMs(BEGINNING, attempt, Math.random()) : undefined;
      if (delayMs === undefined) throw error;
      await sleep(delayMs);
    }
  }
};

/**
 * All of it or nothing, as far as readers of committed records see. What failed is neither tried again nor aborted here:
 * requests may still be in flight. The next takeover under this id aborts it and fences late requests.
 */
const inTransaction = async (
  producer: Producer,
  first: FirstRecord,
  topicMessages: { topic: string; messages: Message[] }[] = [],
): Promise<void> => {
  try {
    const transaction = await begin(producer, first);
    if (topicMessages.length > 0) await transaction.sendBatch({ topicMessages, acks: -1 });
    await transaction.commit();
  } catch (error) {
    throw toBusError(error, 'publishing');
  }
};

/** Publishes to Kafka, events and checkpoint in one transaction, as section "relay" of docs/explanation/exactly-once.md says. */
export class KafkaEventPublisher extends EventPublisher {
  private readonly relayLog: RelayLog;
  private readonly map: PartitionMap;
  private readonly names: ReturnType<typeof kafkaNames>;
  private topicsAreMade = false;

  constructor(private readonly parts: KafkaEventPublisherParts) {
    super();
    this.relayLog = new RelayLog(parts);
    this.map = new PartitionMap(parts.kafka.partitions);
    this.names = kafkaNames(parts.kafka.prefix);
  }

  override prepare(event: StoredEvent): PreparedEvent {
    const { topic, key } = routeOf(event, this.names.topics);
    const { value, headers } = toRecordParts(event, this.parts.source ?? 'chainkeep', key);
    const partition = this.map.partitionOf(key);
    const message = { key, value, headers, partition };
    return { checkpoint: checkpointOf(event), bytes: value.length + HEADER_BYTES, topic, message };
  }

  /**
   * The library fences at the first transaction, not when it connects: so a transaction comes first, with a record that
   * names the term, and what was the checkpoint is read after it, up to that record.
   */
  override async takeOver(signal: AbortSignal): Promise<PublishingTerm> {
    await this.topicsMade(signal);
    this.relayLog.start();
    const lost = await this.relayLog.turn(signal);
    const producer = createKafka(this.parts.kafka, this.parts.log).producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
      transactionalId: this.names.transactionalId,
      transactionTimeout: TRANSACTION_TIMEOUT_MS,
      maxInFlightRequests: 1,
      retry: NO_RETRY,
    });
    try {
      const term = randomUUID();
      await producer.connect();
      const reading = this.relayLog.checkpointBefore(term, AbortSignal.any([signal, lost]));
      // Waited for below; a failure before that must not go unheard.
      reading.catch(() => undefined);
      const topic = this.names.topics.relay;
      await inTransaction(producer, { topic, record: termRecord(term) });
      return new KafkaPublishingTerm(producer, topic, await reading, lost);
    } catch (error) {
      await producer.disconnect().catch(() => undefined);
      throw toBusError(error, 'taking over the relay');
    }
  }

  private async topicsMade(signal: AbortSignal): Promise<void> {
    if (this.topicsAreMade) return;
    await ensureTopics(this.parts.kafka, this.parts, signal);
    this.topicsAreMade = true;
  }

  override async close(): Promise<void> {
    await this.relayLog.stop();
  }
}
