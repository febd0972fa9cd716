import { categoryOfStream, idOfStream, type StoredEvent } from '#libs/event-sourcing';

const DEFAULT_PREFIX = 'chainkeep';

/**
 * Every name that an installation uses on a cluster, so that several can share one. A dot follows the prefix: an ACL on
 * `ck.` does not cover those of `ck2`.
 */
export const kafkaNames = (prefix = DEFAULT_PREFIX) =>
  ({
    topics: {
      /** Committed events but those of targets; key: see `routeOf`. */
      events: `${prefix}.events`,
      /** Committed events of targets; key: targetId. */
      deliveries: `${prefix}.deliveries`,
      /** Inbound: signed requests of external producers. */
      requests: `${prefix}.requests`,
      /** One partition: who owns it relays; holds the owner of all topics and the relay's checkpoint. */
      relay: `${prefix}.relay`,
    },
    /** The consumer group of a service, exactly. */
    groupOf: (service: string): string => `${prefix}.${service}`,
    clientIdOf: (service: string): string => `${prefix}-${service}`,
    /** Fixed: opening a transaction under it fences every earlier producer with this ID. */
    transactionalId: `${prefix}.relay`,
  }) as const;

/** One of the topics, whatever the prefix. */
export type TopicKind = keyof ReturnType<typeof kafkaNames>['topics'];

/** The topics under the default prefix. What can't be handled of a topic goes to `deadLetterTopic` of it. */
export const TOPICS = kafkaNames().topics;

export const deadLetterTopic = (topic: string): string => `${topic}.dlq`;

/**
 * Topic and key of a committed event. Streams `environment-<id>` and `backup-<id>` share the key `<id>`, so that all of
 * an environment stays in order; `target-<id>` goes to the deliveries under `<id>`; any other stream (consortium,
 * member, configuration, request) has no environment and its own name as key: in order within itself.
 */
export const routeOf = (
  { stream }: Pick<StoredEvent, 'stream'>,
  { events, deliveries }: Readonly<{ events: string; deliveries: string }> = TOPICS,
): Readonly<{ topic: string; key: string }> => {
  const category = categoryOfStream(stream);
  const id = idOfStream(stream);
  if (category === 'target') return { topic: deliveries, key: id };
  if (category === 'environment' || category === 'backup') return { topic: events, key: id };
  return { topic: events, key: stream };
};

/** Pattern of records of the topic of requests: external producers write there, in their own forms. */
export const REQUEST_PATTERN = 'Request';
