import type { EachBatchPayload } from './kafka-client.js';
import type { Clock, Instant } from '#libs/kernel';
import type { BusLog } from '../bus-log.js';
import type { EventDelivery, Handle, Waiting } from '../event-delivery.js';
import type { Ownership } from '../ownership.js';
import type { KafkaSettings } from './kafka-settings.js';
import { PartitionMap, PartitionOwnership } from './partition-ownership.js';
import { PartitionWorker, type Incoming } from './partition-worker.js';
import { SupervisedConsumer, type Assignment } from './supervised-consumer.js';
import { toRecord, type TopicRecord } from './topic-record.js';

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
 * the beginning, beats its heart whatever its steps do, and comes back by itself after anything the brokers do.
 */
export class KafkaConsumerGroup<Message extends Incoming> {
  private readonly ownerships: ReadonlyMap<string, PartitionOwnership>;
  private readonly member: SupervisedConsumer;
  private partitions = new Map<string, Held<Message>>();
  /** Steps of partitions that were lost. */
  private ending: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: ConsumerGroupParts<Message>) {
    const map = new PartitionMap(parts.kafka.partitions);
    this.ownerships = new Map(parts.topics.map((topic) => [topic, new PartitionOwnership(map)]));
    this.member = new SupervisedConsumer({
      ...parts,
      concurrency: parts.kafka.partitions * parts.topics.length,
      onAssigned: (assignment) => {
        this.assign(assignment);
      },
      eachBatch: (payload) => this.eachBatch(payload),
    });
  }

  get joined(): boolean {
    return this.member.joined;
  }

  get since(): Instant {
    return this.member.since;
  }

  get assigned(): Readonly<Record<string, readonly number[]>> {
    return Object.fromEntries([...this.ownerships].map(([topic, { held }]) => [topic, held]));
  }

  get waiting(): readonly Waiting[] {
    return [...this.partitions.values()].flatMap(({ worker }) => worker.waiting);
  }

  ownership(topic: string): Ownership | undefined {
    return this.ownerships.get(topic);
  }

  start(): void {
    this.member.start();
  }

  /** Leaves the group after the running steps; others take over at once. */
  async stop(): Promise<void> {
    await this.member.stop();
    await this.ending;
  }

  /**
   * After each join offsets are read from the group again, also for partitions that stay: what workers held comes
   * again, so they start empty.
   */
  private assign(assignment: Assignment): void {
    for (const { worker } of this.partitions.values()) {
      worker.dispose();
      this.ending = Promise.all([this.ending, worker.idle()]);
    }
    this.partitions = new Map();
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
              this.afterProgress(held);
            },
          }),
        };
        this.partitions.set(`${topic}/${partition}`, held);
      }
    for (const [topic, ownership] of this.ownerships) ownership.assign(assignment[topic] ?? []);
  }

  /** An error of `heartbeat` leaves from here: it is how the library learns of a rebalance. */
  private async eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const held = this.partitions.get(`${batch.topic}/${batch.partition}`);
    if (held === undefined) return;
    const { clock, toMessage } = this.parts;
    let lastCommitMs = clock.monotonicMs();
    let uncommitted = 0;
    for (const message of batch.messages) {
      if (!payload.isRunning() || payload.isStale() || held.worker.isDisposed) return;
      if (held.worker.isFull) {
        this.pause(held);
        break;
      }
      const record = toRecord(batch.topic, batch.partition, message);
      await held.worker.take(toMessage(record));
      payload.resolveOffset(message.offset);
      await payload.heartbeat();
      uncommitted += 1;
      if (uncommitted >= COMMIT_EVERY_RECORDS || clock.monotonicMs() - lastCommitMs >= COMMIT_EVERY_MS) {
        await this.commit(held, payload);
        uncommitted = 0;
        lastCommitMs = clock.monotonicMs();
      }
    }
    await this.commit(held, payload);
  }

  private async commit(held: Held<Message>, payload: EachBatchPayload): Promise<void> {
    const offset = this.dueOffset(held);
    if (offset === undefined) return;
    const { topic, partition } = held;
    await payload.commitOffsetsIfNecessary({
      topics: [{ topic, partitions: [{ partition, offset: offset.toString() }] }],
    });
    held.committed = offset;
  }

  private dueOffset({ worker, committed }: Held<Message>): bigint | undefined {
    const { committable, isDisposed } = worker;
    return isDisposed || committable === undefined || committable <= committed ? undefined : committable;
  }

  private pause(held: Held<Message>): void {
    const { topic, partition } = held;
    held.paused = true;
    this.member.consumer?.pause([{ topic, partitions: [partition] }]);
    const { log, groupId } = this.parts;
    log.warn('A partition is paused: too many records are waiting behind retries.', {
      groupId,
      topic,
      partition,
    });
  }

  private afterProgress(held: Held<Message>): void {
    const { topic, partition, worker } = held;
    if (held.paused && worker.hasRoom) {
      held.paused = false;
      this.member.consumer?.resume([{ topic, partitions: [partition] }]);
    }
    if (worker.waiting.length === 0) void this.commitNow(held);
  }

  /** Outside a batch. A failure costs nothing but records that come twice after a crash. */
  private async commitNow(held: Held<Message>): Promise<void> {
    const offset = this.dueOffset(held);
    if (offset === undefined) return;
    const { topic, partition } = held;
    try {
      await this.member.consumer?.commitOffsets([{ topic, partition, offset: offset.toString() }]);
      if (offset > held.committed) held.committed = offset;
    } catch (error) {
      const { log, groupId } = this.parts;
      log.warn('An offset could not be committed. The next commit includes it.', { groupId, topic, error });
    }
  }
}
