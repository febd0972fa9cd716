/**
 * messaging owns how committed events reach consumers: the form of a message, the consumer's decorator and pipe, the
 * rules of retry and dead letter, and the buses (embedded; Kafka behind the same consumers).
 * It does not own events (contracts), where they are kept (event-store) or what a consumer does (apps).
 */
export { busMessage, type SchemaPipe } from './bus-message.pipe.js';
export type { BusLog } from './bus-log.js';
export { type DeliveryPolicy } from './delivery-policy.js';
export type { CloseWork, Waiting } from './event-delivery.js';
export { EventConsumer } from './event-consumer.decorator.js';
export { type CloudEventAttributes, type EventMessage } from './event-message.js';
export { kafkaVariables, toKafkaSettings, type KafkaSettings } from './kafka/kafka-settings.js';
export {
  /** @internal used by tests and the documents */ deadLetterTopic,
  kafkaNames,
  REQUEST_PATTERN,
  type TopicKind,
  /** @internal used by tests and the documents */ TOPICS,
} from './kafka/topics.js';
export { Ownership, OwnsAll } from './ownership.js';
export { claimTopics } from './kafka/bus-owner.js';
export { ensureTopics } from './kafka/ensure-topics.js';
export type { TopicRecord } from './kafka/topic-record.js';
export { EventPublisher, type PublishableEvent, PublishingTerm } from './event-publisher.js';
export { /** @internal used by tests */ extendTrail, type Trail } from './relay-trail.js';
