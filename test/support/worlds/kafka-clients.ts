import { claimTopics, ensureTopics } from '#libs/messaging';
import { KafkaBusServer, type KafkaBusOptions } from '#libs/messaging/adapters/kafka-bus.server';
import {
  KafkaEventPublisher,
  type KafkaEventPublisherParts,
} from '#libs/messaging/adapters/kafka.event-publisher';

/**
 * What the product does with each client library of Kafka (ADR 0059). The suites of the bus and of the publisher run
 * with each of them: another client is another entry here.
 */
export const KAFKA_CLIENTS = [
  {
    name: 'kafkajs',
    ensureTopics,
    claimTopics,
    createBus: (options: KafkaBusOptions) => new KafkaBusServer(options),
    createPublisher: (parts: KafkaEventPublisherParts) => new KafkaEventPublisher(parts),
  },
] as const;

export type KafkaClient = (typeof KAFKA_CLIENTS)[number];

/** Throws RangeError for a client that is not in the list. */
export const clientNamed = (name: string): KafkaClient => {
  const client = KAFKA_CLIENTS.find((one) => one.name === name);
  if (client) return client;
  throw new RangeError(`${name} is not one of KAFKA_CLIENTS.`);
};
