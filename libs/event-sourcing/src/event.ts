import type { Instant } from '#libs/kernel';

/** A domain fact: past tense, immutable. `data` is plain and may hold bigints; contracts turn it into JSON and back. */
export type DomainEvent<Type extends string = string, Data = unknown> = Readonly<{
  type: Type;
  data: Readonly<Data>;
}>;

/** Who caused an event and why; stored beside it. */
export type EventMetadata = Readonly<{
  /** Version of the data's schema; upcasters bring older ones to the newest. */
  schemaVersion: number;
  /** The same for everything that follows from one request. */
  correlationId: string;
  /** Id of the event (or request) that led to this one. */
  causationId?: string;
  /** `system`, `key:<id>` or `bus:<source>`: who gave the command. */
  actor: string;
  /** When it was recorded. */
  at: Instant;
}>;

/** An event on its way into the store. `data` is JSON (no bigints). */
export type NewEvent = Readonly<{
  /** Client-supplied UUID: appending it again to the same place changes nothing. */
  id: string;
  type: string;
  data: unknown;
  metadata: EventMetadata;
}>;

/**
 * Place in the whole store. Opaque: it only grows along the store and is not dense. `START` lies before every event.
 */
export type Position = bigint;
export const START: Position = -1n;

/** An event read back. `revision` is its place in its stream, from 0. */
export type StoredEvent = NewEvent & Readonly<{ stream: string; revision: bigint; position: Position }>;

/** What a stream must look like for an append to be taken. Never optional: a forgotten default would be "no check". */
export type ExpectedRevision = bigint | 'no_stream' | 'stream_exists' | 'any';
