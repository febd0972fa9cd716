import type { Instant } from '#libs/kernel';
import type { Position } from './event.js';

/** An event that a consumer could not handle and that was set aside, so that those after it get their turn. */
export type DeadLetter = Readonly<{
  consumer: string;
  eventId: string;
  type: string;
  stream: string;
  position: Position;
  /** Code of the last error, `INTERNAL` when it had none. */
  code: string;
  message: string;
  attempts: number;
  at: Instant;
}>;

/**
 * Port: where events go that can't be handled. The event itself stays in the store; this says who failed on it and why.
 *
 * Contract (dead-letter-sink.contract.ts in event-store): `record` is durable when it resolves; recording the same
 * event for the same consumer again replaces the letter.
 */
export abstract class DeadLetterSink {
  abstract record(letter: DeadLetter): Promise<void>;
  /** At most `limit` letters, by position. */
  abstract list(limit: number): Promise<readonly DeadLetter[]>;
}
