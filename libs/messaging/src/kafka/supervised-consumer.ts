import {
  type Consumer,
  type EachBatchPayload,
  createKafka,
  KAFKA_RETRY,
  toBusError,
} from './kafka-client.js';
import { backoffDelayMs, isAborted, toInstant, type Clock, type Instant } from '#libs/kernel';
import type { BusLog } from '../bus-log.js';
import { DELIVERY_POLICY } from '../delivery-policy.js';
import type { KafkaSettings } from './kafka-settings.js';

const HEARTBEATS_A_SESSION = 3;
const HEARTBEAT_MAX_MS = 3_000;
/** Bounds how long a resumed partition waits for its first fetch. */
const FETCH_WAIT_MS = 250;
/** The delay grows no further: brokers come back at some time. */
const DELAY_STEPS_MAX = 6;

/** Partitions by topic. */
export type Assignment = Readonly<Record<string, readonly number[]>>;

export type SupervisedConsumerParts = Readonly<{
  groupId: string;
  topics: readonly string[];
  kafka: KafkaSettings;
  /** Batches handled at the same time, each of another partition. */
  concurrency: number;
  /** After each join, also when nothing changed: offsets are then read again. Empty: the group was lost. */
  onAssigned: (assignment: Assignment) => void;
  /** Commits what it wants committed. Errors of `heartbeat` must leave it: the library learns of a rebalance by them. */
  eachBatch: (payload: EachBatchPayload) => Promise<void>;
  clock: Clock;
  log: BusLog;
}>;

/** A member of a consumer group that comes back by itself, whatever the brokers do. */
export class SupervisedConsumer {
  private readonly stopping = new AbortController();
  private current: Consumer | undefined;
  private running: Promise<void> | undefined;
  private hasJoined = false;
  private sinceMs: number;
  private failures = 0;

  constructor(private readonly parts: SupervisedConsumerParts) {
    this.sinceMs = parts.clock.nowMs();
  }

  get joined(): boolean {
    return this.hasJoined;
  }

  /** When it joined, or since when it has not. */
  get since(): Instant {
    return toInstant(this.sinceMs);
  }

  /** For pause, resume and commits outside a batch; `undefined` before the start. */
  get consumer(): Consumer | undefined {
    return this.current;
  }

  get heartbeatMs(): number {
    return Math.min(HEARTBEAT_MAX_MS, Math.floor(this.parts.kafka.sessionTimeoutMs / HEARTBEATS_A_SESSION));
  }

  start(): void {
    this.running ??= this.run(this.stopping.signal);
  }

  /** Leaves the group after the running batches; others take over at once. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const error = await this.consumeUntilLost(signal);
      this.isIn(false);
      this.parts.onAssigned({});
      if (isAborted(signal)) return;
      this.failures = Math.min(DELAY_STEPS_MAX, this.failures + 1);
      const { clock, groupId, log } = this.parts;
      log.warn('The consumer group was lost. Joining it again.', { groupId, error });
      const { retryable } = DELIVERY_POLICY;
      const delayMs = backoffDelayMs(retryable, this.failures, Math.random()) ?? retryable.delayMaxMs;
      await clock.sleep(delayMs, signal).catch(() => undefined);
    }
  }

  /** Joins and consumes; resolves with why it ended, `undefined` when it was stopped. */
  private async consumeUntilLost(signal: AbortSignal): Promise<unknown> {
    const consumer = this.createConsumer();
    this.current = consumer;
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
      this.failures = 0;
      this.isIn(true);
      this.parts.onAssigned(payload.memberAssignment);
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [...this.parts.topics], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: this.parts.concurrency,
        eachBatch: this.parts.eachBatch,
      });
      return await ended;
    } catch (error) {
      return toBusError(error, 'joining the consumer group');
    } finally {
      signal.removeEventListener('abort', onStop);
      await consumer.disconnect().catch(() => undefined);
    }
  }

  private isIn(joined: boolean): void {
    if (joined !== this.hasJoined) this.sinceMs = this.parts.clock.nowMs();
    this.hasJoined = joined;
  }

  private createConsumer(): Consumer {
    const { kafka, groupId, log } = this.parts;
    return createKafka(kafka, log).consumer({
      groupId,
      sessionTimeout: kafka.sessionTimeoutMs,
      heartbeatInterval: this.heartbeatMs,
      // Members come back quickly, as no step is waited for: one that died while it joined holds up the others no longer.
      rebalanceTimeout: 2 * kafka.sessionTimeoutMs,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      allowAutoTopicCreation: false,
      // `run` replaces a consumer that gave up: the library would not do so after every error.
      retry: { ...KAFKA_RETRY, restartOnFailure: () => Promise.resolve(false) },
    });
  }
}
