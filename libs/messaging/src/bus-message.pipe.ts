import type { PipeTransform } from '@nestjs/common';
import type { DomainEvent } from '#libs/event-sourcing';
import type { EventMessage } from './event-message.js';

/** Checks and upcasts JSON data of a type and schema version (`decodeEvent` of contracts is one). */
export type SchemaPipe = (type: string, data: unknown, schemaVersion: number) => DomainEvent;

/**
 * A pipe that decodes a message's data, for `on(@Payload(busMessage(decodeEvent)) message: EventMessage<...>)`.
 * What the schema throws (EVENT_UNKNOWN, EVENT_INVALID) reaches the bus unchanged.
 */
export const busMessage = (schema: SchemaPipe): PipeTransform<EventMessage, EventMessage> => ({
  transform: ({ ce, data }) => ({ ce, data: schema(ce.type, data, ce.schemaversion).data }),
});
