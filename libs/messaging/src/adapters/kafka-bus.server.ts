import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { DeadLetterSink } from '#libs/event-sourcing';
import { CodedError, type Clock } from '#libs/kernel';
import type { BusLog } from '../bus-log.js';
import type { DeliveryPolicy } from '../delivery-policy.js';
import type { CloseWork, Waiting } from '../event-delivery.js';
import type { KafkaSettings } from '../kafka/kafka-settings.js';
import type { Ownership } from '../ownership.js';

export type KafkaBusOptions = Readonly<{
  /** Names the consumer group `chainkeep.<service>`: replicas of a service share the partitions. */
  service: string;
  kafka: KafkaSettings;
  /** Of TOPICS: those that carry what the consumers wait for. */
  topics: readonly string[];
  deadLetters: DeadLetterSink;
  /**
   * Before a letter is written: closes the run or lane the event belongs to with an event. `true`: it was closed, and
   * no letter is needed.
   */
  closeWork?: CloseWork;
  clock: Clock;
  log: BusLog;
  policy?: DeliveryPolicy;
  /** In [0, 1), for jitter. */
  random?: () => number;
}>;

/** What a health check shows of a consumer group's member. */
export type KafkaBusState = Readonly<{
  joined: boolean;
  /** Partitions held, by topic. */
  assigned: Readonly<Record<string, readonly number[]>>;
  waiting: readonly Waiting[];
}>;

/**
 * The bus of the distributed mode, as a NestJS transport: the same consumers as on the embedded bus, fed from Kafka.
 */
export class KafkaBusServer extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;

  constructor(private readonly options: KafkaBusOptions) {
    super();
  }

  /** The keys whose partitions of `topic` this process holds. */
  ownership(topic: string): Ownership {
    throw new CodedError('INTERNAL', `No ownership of ${topic} yet.`);
  }

  state(): KafkaBusState {
    return { joined: false, assigned: {}, waiting: [] };
  }

  listen(callback: (error?: unknown) => void): void {
    callback(new CodedError('INTERNAL', `No transport for ${this.options.service} yet.`));
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }

  on(): never {
    throw new CodedError('INTERNAL', 'The Kafka bus has no events of its own.');
  }

  unwrap(): never {
    throw new CodedError('INTERNAL', 'The Kafka bus wraps no other server.');
  }
}
