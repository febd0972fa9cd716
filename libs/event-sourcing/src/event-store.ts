import type { ExpectedRevision, NewEvent, Position, StoredEvent } from './event.js';

export type AppendResult = Readonly<{
  /** Revision of the last event appended (or of the last one found there, when the append was a repetition). */
  revision: bigint;
  position: Position;
}>;

export type ReadOptions = Readonly<{
  /** First revision to read, inclusive; default the first (or, backwards, the last). */
  from?: bigint;
  direction?: 'forwards' | 'backwards';
  limit?: number;
}>;

export type SubscribeOptions = Readonly<{
  /** Events after this position are delivered (exclusive). */
  after: Position;
  /** Only these types; all when left out. */
  types?: readonly string[];
  signal: AbortSignal;
}>;

/** `caught-up` is sent each time the reader reaches the end of what was committed when it looked. */
export type SubscriptionItem =
  Readonly<{ kind: 'event'; event: StoredEvent }> | Readonly<{ kind: 'caught-up'; position: Position }>;

const NEVER_LOST = 0;
const ONE_BY_ONE = 1;

/**
 * Port: the append-only store, with the semantics of EventStoreDB.
 *
 * Contract (event-store.contract.ts runs it on every adapter):
 * - `append` is atomic: all events or none. It rejects with REVISION_CONFLICT when the stream is not at `expected`.
 *   Appending the same ids to the same expected revision again succeeds and changes nothing.
 * - An append that resolved survives `kill -9` and power loss.
 * - Positions are given in commit order: a reader that has seen position p never later finds an event below p.
 * - Failures of the store itself are STORE_UNAVAILABLE (retryable, and safe to retry with the same ids).
 */
export abstract class EventStore {
  /** Counts links to the store that were lost or made: when it changes, what was read before must be proved again. */
  get links(): number {
    return NEVER_LOST;
  }

  /**
   * How many appends that are begun at one moment are committed together and in that order; 1: no promise. A bounded
   * number of bytes, 4 MiB at least, counts as one moment.
   */
  get appendsTogether(): number {
    return ONE_BY_ONE;
  }

  abstract append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult>;

  /** Events of one stream in order; empty when there is no such stream. */
  abstract readStream(stream: string, options?: ReadOptions): AsyncIterable<StoredEvent>;

  /**
   * At most `limit` events of the whole store after `after` (exclusive), in position order. Those of the types
   * `without` are passed over, and not counted.
   */
  abstract readAll(
    after: Position,
    limit: number,
    without?: readonly string[],
  ): Promise<readonly StoredEvent[]>;

  /** Catch up, then follow. Ends when the signal aborts; rejects with a coded error when the store is lost. */
  abstract subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionItem>;

  /** The event at exactly this position; `undefined` where none of ours is, also where a server refuses the position. */
  abstract eventAt(position: Position): Promise<StoredEvent | undefined>;

  /** Position of the newest event, `START` when there is none. */
  abstract head(): Promise<Position>;

  /** What `markImport` left: the import of a file has begun and not finished. It is not an event; readers never see it. */
  abstract importMark(): Promise<string | undefined>;
  /** `undefined` when the import is finished. Durable when it resolves. */
  abstract markImport(mark: string | undefined): Promise<void>;

  abstract close(): Promise<void>;
}
