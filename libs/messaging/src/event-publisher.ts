import type { Checkpoint, StoredEvent } from '#libs/event-sourcing';
import type { Trail } from './relay-trail.js';

/** A committed event in the form it is published in. Made beside the publishing of others, as it costs time. */
export type PublishableEvent = Readonly<{ checkpoint: Checkpoint; bytes: number }>;

/** The time in which one process publishes. */
export abstract class PublishingTerm {
  /** Everything up to here was published, by any relay. Prove it before going on after it. */
  abstract readonly checkpoint: Checkpoint;
  /** Events published earlier, by any relay. */
  abstract readonly trail: Trail;
  /** Aborts when another process may take over. */
  abstract readonly lost: AbortSignal;
  /**
   * Publishes events and, with the last one's, the checkpoint: all or nothing. After a rejection
   * (RELAY_FENCED, BUS_UNAVAILABLE) it is unknown which: end the term and take over again.
   */
  abstract publish(events: readonly PublishableEvent[]): Promise<void>;
  /** Sets the checkpoint without publishing: what an operator accepted. Rejects as `publish`. */
  abstract restart(checkpoint: Checkpoint): Promise<void>;
  /** Releases what the term holds; never rejects. */
  abstract end(): Promise<void>;
}

/**
 * Port: where committed events are published, by one process at a time.
 *
 * Contract: `takeOver` waits for this process's turn and rejects with the signal's reason when it aborts first. When it
 * resolves, no earlier process can publish any more, and the checkpoint is exact: an event is seen by consumers of
 * committed records if and only if its position is at or before it. No event is published twice or left out.
 */
export abstract class EventPublisher {
  abstract takeOver(signal: AbortSignal): Promise<PublishingTerm>;
  abstract prepare(event: StoredEvent): PublishableEvent;
  abstract close(): Promise<void>;
}
