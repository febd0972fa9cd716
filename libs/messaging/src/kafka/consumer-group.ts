import { type Consumer, type EachBatchPayload } from 'kafkajs';
import { backoffDelayMs, type Clock } from '#libs/kernel';
import type { BusLog } from '../bus-log.js';
import { DELIVERY_POLICY } from '../delivery-policy.js';
import type { EventDelivery, Handle, Waiting } from '../event-delivery.js';
import type { Ownership } from '../ownership.js';
import { createKafka, KAFKA_RETRY, toBusError } from './kafka-client.js';
import type { KafkaSettings } from './kafka-settings.js';
import { PartitionMap, PartitionOwnership } from './partition-ownership.js';
import { PartitionWorker, type Incoming } from './partition-worker.js';
import { toRecord, type TopicRecord } from './topic-record.js';
import { beatDuring } from './beat-during.js';

const HEARTBEATS_A_SESSION = 3;
const HEARTBEAT_MAX_MS = 3_000;
/** Bounds how long a resumed partition waits for its first fetch. */
const FETCH_WAIT_MS = 250;
const COMMIT_EVERY_RECORDS = 200;
const COMMIT_EVERY_MS = 1_000;

export type ConsumerGroupParts<Message extends Incoming> = Readonly<{
  groupId: string;
  topics: readonly string[];
  kafka: KafkaSettings;
  delivery: EventDelivery<Message>;
  /** Total: whatever bytes come become a message. */
  toMessage: (record: TopicRecord) => Message;
  handlesOf: (message: Message) => readonly Handle<Message>[];
  clock: Clock;
  log: BusLog;
}>;

type Held<Message extends Incoming> = {
  readonly topic: string;
  readonly partition: number;
  readonly worker: PartitionWorker<Message>;
  committed: bigint;
  paused: boolean;
};

/**
 * A member of a consumer group. Takes several partitions at once, commits after the handling, starts a new group from
 * the beginning, beats its heart during long steps, and comes back by itself after anything the brokers do.
 */
export class KafkaConsumerGroup<Message extends Incoming> {
  readonly #ownerships: ReadonlyMap<string, PartitionOwnership>;
  readonly #stop = new AbortController();
  #partitions = new Map<string, Held<Message>>();
  #consumer: Consumer | undefined;
  #running: Promise<void> | undefined;
  #joined = false;
  #failures = 0;

  constructor(private readonly parts: ConsumerGroupParts<Message>) {
    const map = new PartitionMap(parts.kafka.partitions);
    this.#ownerships = new Map(parts.topics.map((topic) => [topic, new PartitionOwnership(map)]));
  }

  get joined(): boolean {
    return this.#joined;
  }

  get assigned(): Readonly<Record<string, readonly number[]>> {
    return Object.fromEntries([...this.#ownerships].map(([topic, { held }]) => [topic, held]));
  }

  get waiting(): readonly Waiting[] {
    return [...this.#partitions.values()].flatMap(({ worker }) => worker.waiting);
  }

  ownership(topic: string): Ownership | undefined {
    return this.#ownerships.get(topic);
  }

  start(): void {
    this.#running ??= this.#run(this.#stop.signal);
  }

  /** Leaves the group after the steps at work; others take over at once. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const error = await this.#consumeUntilLost(signal);
      this.#assign({});
      this.#joined = false;
      if (isAborted(signal)) return;
      this.#failures += 1;
      const { clock, groupId, log } = this.parts;
      log.warn('The consumer group was lost; it is joined again soon.', {
        groupId,
        failures: this.#failures,
        error,
      });
      const { retryable } = DELIVERY_POLICY;
      const delayMs = backoffDelayMs(retryable, Math.min(this.#failures, 6), Math.random());
      await clock.sleep(delayMs ?? retryable.delayMaxMs, signal).catch(() => undefined);
    }
  }

  /** Joins and consumes; resolves with why it ended, `undefined` when it was stopped. */
  async #consumeUntilLost(signal: AbortSignal): Promise<unknown> {
    const consumer = this.#createConsumer();
    this.#consumer = consumer;
    let onStop = (): void => undefined;
    const ended = new Promise<unknown>((resolve) => {
      onStop = () => {
        resolve(undefined);
      };
      signal.addEventListener('abort', onStop, { once: true });
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        resolve(toBusError(payload.error, 'consuming'));
      });
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      this.#failures = 0;
      this.#joined = true;
      this.#assign(payload.memberAssignment);
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [...this.parts.topics], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: this.parts.kafka.partitions * this.parts.topics.length,
        eachBatch: (payload) => this.#eachBatch(payload),
      });
      return await ended;
    } catch (error) {
      return toBusError(error, 'joining the consumer group');
    } finally {
      signal.removeEventListener('abort', onStop);
      await consumer.disconnect().catch(() => undefined);
    }
  }

  #createConsumer(): Consumer {
    const { kafka, groupId, log } = this.parts;
    return createKafka(kafka, log).consumer({
      groupId,
      sessionTimeout: kafka.sessionTimeoutMs,
      heartbeatInterval: this.#heartbeatMs,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      allowAutoTopicCreation: false,
      // A consumer that gave up is made anew by #run: the library would not do so after every error.
      retry: { ...KAFKA_RETRY, restartOnFailure: () => Promise.resolve(false) },
    });
  }

  get #heartbeatMs(): number {
    return Math.min(HEARTBEAT_MAX_MS, this.parts.kafka.sessionTimeoutMs / HEARTBEATS_A_SESSION);
  }

  /**
   * After each join offsets are read from the group again, also for partitions that stay: what workers held comes
   * again, so they start empty.
   */
  #assign(assignment: Readonly<Record<string, readonly number[]>>): void {
    for (const { worker } of this.#partitions.values()) worker.dispose();
    this.#partitions = new Map();
    for (const [topic, partitions] of Object.entries(assignment))
      for (const partition of partitions) {
        const held: Held<Message> = {
          topic,
          partition,
          committed: -1n,
          paused: false,
          worker: new PartitionWorker<Message>({
            delivery: this.parts.delivery,
            handlesOf: this.parts.handlesOf,
            onProgress: () => {
              this.#afterProgress(held);
            },
          }),
        };
        this.#partitions.set(`${topic}/${partition}`, held);
      }
    for (const [topic, ownership] of this.#ownerships) ownership.assign(assignment[topic] ?? []);
  }

  /** An error of `heartbeat` leaves from here: it is how the library learns of a rebalance. */
  async #eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const held = this.#partitions.get(`${batch.topic}/${batch.partition}`);
    if (held === undefined) return;
    const { clock, toMessage } = this.parts;
    let lastCommitMs = clock.nowMs();
    let uncommitted = 0;
    for (const message of batch.messages) {
      if (!payload.isRunning() || payload.isStale() || held.worker.isDisposed) return;
      if (held.worker.isFull) {
        this.#pause(held);
        break;
      }
      const record = toRecord(batch.topic, batch.partition, message);
      await beatDuring(
        held.worker.take(toMessage(record)),
        () => payload.heartbeat(),
        this.#heartbeatMs,
        clock,
      );
      payload.resolveOffset(message.offset);
      await payload.heartbeat();
      uncommitted += 1;
      if (uncommitted >= COMMIT_EVERY_RECORDS || clock.nowMs() - lastCommitMs >= COMMIT_EVERY_MS) {
        await this.#commit(held, payload);
        uncommitted = 0;
        lastCommitMs = clock.nowMs();
      }
    }
    await this.#commit(held, payload);
  }

  async #commit(held: Held<Message>, payload: EachBatchPayload): Promise<void> {
    const offset = this.#dueOffset(held);
    if (offset === undefined) return;
    const { topic, partition } = held;
    await payload.commitOffsetsIfNecessary({
      topics: [{ topic, partitions: [{ partition, offset: offset.toString() }] }],
    });
    held.committed = offset;
  }

  #dueOffset({ worker, committed }: Held<Message>): bigint | undefined {
    const { committable, isDisposed } = worker;
    return isDisposed || committable === undefined || committable <= committed ? undefined : committable;
  }

  #pause(held: Held<Message>): void {
    const { topic, partition } = held;
    held.paused = true;
    this.#consumer?.pause([{ topic, partitions: [partition] }]);
    const { log, groupId } = this.parts;
    log.warn('A partition is paused: too many records wait behind those that are tried again.', {
      groupId,
      topic,
      partition,
    });
  }

  #afterProgress(held: Held<Message>): void {
    const { topic, partition, worker } = held;
    if (held.paused && worker.hasRoom) {
      held.paused = false;
      this.#consumer?.resume([{ topic, partitions: [partition] }]);
    }
    if (worker.waiting.length === 0) void this.#commitNow(held);
  }

  /** Outside a batch. A failure costs nothing but records that come twice after a crash. */
  async #commitNow(held: Held<Message>): Promise<void> {
    const offset = this.#dueOffset(held);
    if (offset === undefined) return;
    const { topic, partition } = held;
    try {
      await this.#consumer?.commitOffsets([{ topic, partition, offset: offset.toString() }]);
      if (offset > held.committed) held.committed = offset;
    } catch (error) {
      const { log, groupId } = this.parts;
      log.warn('An offset could not be committed; the next one includes it.', { groupId, topic, error });
    }
  }
}

/** A call, because the compiler takes the loop's own check for a lasting fact. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;
