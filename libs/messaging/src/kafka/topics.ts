import { categoryOfStream, idOfStream, type StoredEvent } from '#libs/event-sourcing';

/** The topics of the product. What can't be handled of a topic goes to `deadLetterTopic` of it. */
export const TOPICS = {
  /** Committed events but those of targets; key: see `routeOf`. */
  events: 'chainkeep.events',
  /** Committed events of targets; key: targetId. */
  deliveries: 'chainkeep.deliveries',
  /** Inbound: signed requests of external producers. */
  requests: 'chainkeep.requests',
  /** One partition: who owns it relays; holds the relay's checkpoint. */
  relay: 'chainkeep.relay',
} as const;

export const deadLetterTopic = (topic: string): string => `${topic}.dlq`;

/**
 * Topic and key of a committed event. Streams `environment-<id>` and `backup-<id>` share the key `<id>`, so that all of
 * an environment stays in order; `target-<id>` goes to the deliveries under `<id>`; any other stream (consortium,
 * member, configuration, request) has no environment and its own name as key: in order within itself.
 */
export const routeOf = ({
  stream,
}: Pick<StoredEvent, 'stream'>): Readonly<{ topic: string; key: string }> => {
  const category = categoryOfStream(stream);
  const id = idOfStream(stream);
  if (category === 'target') return { topic: TOPICS.deliveries, key: id };
  if (category === 'environment' || category === 'backup') return { topic: TOPICS.events, key: id };
  return { topic: TOPICS.events, key: stream };
};

/** The consumer group of a service, exactly. */
export const groupOf = (service: string): string => `chainkeep.${service}`;

/** Pattern of records of the topic of requests: external producers write there, in their own forms. */
export const REQUEST_PATTERN = 'Request';
