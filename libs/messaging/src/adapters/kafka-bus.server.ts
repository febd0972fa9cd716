import {
  BaseRpcContext,
  Server,
  type CustomTransportStrategy,
  type MessageHandler,
} from '@nestjs/microservices';
import { decodeEvent } from '#libs/contracts';
import { START, type DeadLetterSink, type StoredEvent } from '#libs/event-sourcing';
import { CodedError, toCodedError, type Clock, type Gate, type Instant } from '#libs/kernel';
import type { BusLog } from '../bus-log.js';
import type { SchemaPipe } from '../bus-message.pipe.js';
import { DELIVERY_POLICY, type DeliveryPolicy } from '../delivery-policy.js';
import {
  EventDelivery,
  setAsideWith,
  type CloseWork,
  type Failure,
  type Handle,
  type Waiting,
} from '../event-delivery.js';
import type { EventMessage } from '../event-message.js';
import { readCommitted } from '../kafka/cloud-event.js';
import { KafkaConsumerGroup } from '../kafka/consumer-group.js';
import { DeadLetterWriter } from '../kafka/dead-letter-writer.js';
import type { KafkaSettings } from '../kafka/kafka-settings.js';
import type { Incoming } from '../kafka/partition-worker.js';
import { kafkaNames, REQUEST_PATTERN } from '../kafka/topics.js';
import type { TopicRecord } from '../kafka/topic-record.js';
import type { Ownership } from '../ownership.js';

export type KafkaBusOptions = Readonly<{
  /** Names the consumer group, see `kafkaNames`: replicas of a service share the partitions. */
  service: string;
  kafka: KafkaSettings;
  /** By their names on the cluster: those that carry what the consumers wait for. */
  topics: readonly string[];
  /** Where letters of committed events are listed; all that can't be handled goes to `<topic>.dlq` too. */
  deadLetters: DeadLetterSink;
  /** Before a letter is written; see `CloseWork`. */
  closeWork?: CloseWork;
  /** Where a fault of ours is waited out. */
  gate?: Gate;
  clock: Clock;
  log: BusLog;
  policy?: DeliveryPolicy;
  /** In [0, 1), for jitter. */
  random?: () => number;
  /** Checks data before any handler; default `decodeEvent`. */
  check?: SchemaPipe;
  /** How long `close` waits for running handlers, default 10 s; their events come again. */
  closeTimeoutMs?: number;
}>;

/** What a health check shows of a consumer group's member. */
export type KafkaBusState = Readonly<{
  joined: boolean;
  /** When it joined, or since when it has not. */
  since: Instant;
  /** Partitions held, by topic. */
  assigned: Readonly<Record<string, readonly number[]>>;
  waiting: readonly Waiting[];
}>;

const MALFORMED = 'Malformed';

type Committed = Readonly<{ event: StoredEvent; message: EventMessage }>;
type Message = Incoming &
  Readonly<{
    pattern: string;
    committed: Committed | undefined;
    malformed: CodedError | undefined;
    payload: unknown;
  }>;

/**
 * The bus of the distributed mode, as a NestJS transport: the same `@EventConsumer` classes as on the embedded bus, fed
 * from Kafka, every committed event handed to all its `@EventPattern(type)` handlers, in order by key. At least once:
 * offsets are committed after the handling. A retryable failure holds up its key and nothing else; what can't be
 * handled closes its work or becomes a dead letter, and its partition goes on. Types without a handler pass by.
 * Records of the topic of requests reach `@EventPattern(REQUEST_PATTERN)` as they came, a `TopicRecord`.
 */
export class KafkaBusServer extends Server implements CustomTransportStrategy {
  // Nest then leaves failures to us instead of logging them as unhandled.
  override readonly propagatesEventHandlerErrors = true;
  private readonly handles = new Map<string, Handle<Message>[]>();
  private readonly letters: DeadLetterWriter;
  private readonly group: KafkaConsumerGroup<Message>;

  constructor(private readonly options: KafkaBusOptions) {
    super();
    const { service, kafka, topics, gate, clock, log } = options;
    const names = kafkaNames(kafka.prefix);
    this.letters = new DeadLetterWriter(kafka, { service, clock, log });
    const setAsideEvent = setAsideWith({ ...options, consumer: service });
    const delivery = new EventDelivery<Message>({
      consumer: service,
      gate,
      clock,
      log,
      policy: options.policy ?? DELIVERY_POLICY,
      random: options.random ?? Math.random,
      setAside: async ({ committed, record }: Message, failure: Failure) => {
        const closed = committed ? await setAsideEvent(committed.event, failure) : 'recorded';
        if (closed === 'recorded') await this.letters.write(record, failure);
      },
    });
    this.group = new KafkaConsumerGroup<Message>({
      groupId: names.groupOf(service),
      topics,
      kafka,
      clock,
      log,
      delivery,
      toMessage: (record) => toMessage(record, names.topics.requests),
      handlesOf: (message) => this.handlesOf(message),
    });
  }

  /** Kept apart from Nest's chain of handlers, which would repeat all of them when one fails. */
  override addHandler(pattern: unknown, callback: MessageHandler, isEventHandler = false): void {
    if (typeof pattern !== 'string' || !isEventHandler)
      throw new CodedError('INTERNAL', 'The bus carries events: use @EventPattern with the type of one.');
    callback.isEventHandler = true;
    this.messageHandlers.set(pattern, callback);
    const check = this.options.check ?? decodeEvent;
    const handle: Handle<Message> = async ({ committed, payload }) => {
      if (committed)
        check(committed.event.type, committed.event.data, committed.event.metadata.schemaVersion);
      return callback(payload, new BaseRpcContext([committed?.message.ce]));
    };
    this.handles.set(pattern, [...(this.handles.get(pattern) ?? []), handle]);
  }

  /** The keys whose partitions of `topic` this process holds. */
  ownership(topic: string): Ownership {
    const ownership = this.group.ownership(topic);
    if (ownership) return ownership;
    throw new CodedError('INTERNAL', `${this.options.service} does not consume ${topic}.`);
  }

  state(): KafkaBusState {
    const { joined, since, assigned, waiting } = this.group;
    return { joined, since, assigned, waiting };
  }

  /** Joins in the background: the process is up, and not ready, while the brokers are not there. */
  listen(callback: (error?: unknown) => void): void {
    this.group.start();
    callback();
  }

  /** Takes no further record, waits for the current ones, leaves the group. */
  async close(): Promise<void> {
    const { clock, closeTimeoutMs = 10_000 } = this.options;
    const waited = new AbortController();
    const timeout = clock.sleep(closeTimeoutMs, waited.signal).catch(() => undefined);
    await Promise.race([this.group.stop(), timeout]);
    waited.abort();
    await this.letters.close();
  }

  on(): never {
    throw new CodedError('INTERNAL', 'The Kafka bus has no events of its own.');
  }

  unwrap(): never {
    throw new CodedError('INTERNAL', 'The Kafka bus wraps no other server.');
  }

  private handlesOf({ pattern, malformed }: Message): readonly Handle<Message>[] {
    if (malformed) return [() => Promise.reject(malformed)];
    return this.handles.get(pattern) ?? [];
  }
}

const placeOf = ({ topic, partition, offset }: TopicRecord): string => `${topic}/${partition}@${offset}`;

/** Never throws: bytes that are not an event become `Malformed`, so they reach the dead letters instead of the library's retries. */
const toMessage = (record: TopicRecord, requests: string): Message => {
  const bare = { id: placeOf(record), stream: record.topic, position: START, record };
  if (record.topic === requests) {
    const request = { type: REQUEST_PATTERN, pattern: REQUEST_PATTERN, payload: record };
    return { ...bare, ...request, committed: undefined, malformed: undefined };
  }
  try {
    const committed = readCommitted(record);
    const { id, type, stream, position } = committed.event;
    const payload = committed.message;
    return { id, type, stream, position, record, pattern: type, committed, malformed: undefined, payload };
  } catch (error) {
    const malformed = { type: MALFORMED, pattern: MALFORMED, malformed: toCodedError(error) };
    return { ...bare, ...malformed, committed: undefined, payload: undefined };
  }
};
