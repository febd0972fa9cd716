import type { StoredEvent } from '#libs/event-sourcing';
import type { Instant } from '#libs/kernel';

/**
 * The attributes of a message, named as CloudEvents names them (extensions in lower case without separators).
 * Places are decimal strings: JSON and Kafka headers lose digits of large integers.
 */
export type CloudEventAttributes = Readonly<{
  specversion: '1.0';
  id: string;
  type: string;
  source: string;
  /** The stream. */
  subject: string;
  time: Instant;
  correlationid: string;
  causationid?: string;
  actor: string;
  schemaversion: number;
  position: string;
  revision: string;
}>;

/** What a consumer is handed, whichever bus carried it. `data` is JSON until a `busMessage` pipe decoded it. */
export type EventMessage<Data = unknown> = Readonly<{ ce: CloudEventAttributes; data: Data }>;

/** The message of a committed event; `source` names the installation. */
export const toEventMessage = (event: StoredEvent, source: string): EventMessage => {
  const { schemaVersion, correlationId, causationId, actor, at } = event.metadata;
  return {
    ce: {
      specversion: '1.0',
      id: event.id,
      type: event.type,
      source,
      subject: event.stream,
      time: at,
      correlationid: correlationId,
      ...(causationId === undefined ? {} : { causationid: causationId }),
      actor,
      schemaversion: schemaVersion,
      position: event.position.toString(),
      revision: event.revision.toString(),
    },
    data: event.data,
  };
};
