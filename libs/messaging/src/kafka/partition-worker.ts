import type { Deliverable, EventDelivery, Handle, Waiting } from '../event-delivery.js';
import type { TopicRecord } from './topic-record.js';

/** A record on its way to its handlers. */
export type Incoming = Deliverable & Readonly<{ record: TopicRecord }>;

/** Records that wait behind one that is tried again, all of one key. */
type Held<Message> = { readonly queue: Message[]; attempt: number };

export type PartitionWorkerParts<Message extends Incoming> = Readonly<{
  delivery: EventDelivery<Message>;
  handlesOf: (message: Message) => readonly Handle<Message>[];
  /** Records moved on outside `take`: there is something to commit, perhaps room again. */
  onProgress: () => void;
}>;

const HELD_RECORDS_MAX = 1_000;
const HELD_BYTES_MAX = 16 * 1024 * 1024;

/**
 * The records of one partition, in order within their key. A record whose handler has to be tried again holds up its
 * own key only: later records of that key queue behind it, those of others go on. What may be committed stays before
 * the oldest record that is held, so a crash repeats records and never passes one over.
 */
export class PartitionWorker<Message extends Incoming> {
  readonly #held = new Map<string, Held<Message>>();
  readonly #stop = new AbortController();
  #heldRecords = 0;
  #heldBytes = 0;
  #next: bigint | undefined;
  #taking: Promise<void> = Promise.resolve();
  #waiting = new Map<string, Waiting>();

  constructor(private readonly parts: PartitionWorkerParts<Message>) {}

  /** The partition was lost or is assigned anew: nothing that is held counts any more. */
  dispose(): void {
    this.#stop.abort();
  }

  get isDisposed(): boolean {
    return this.#stop.signal.aborted;
  }

  /** No more is to be taken until half of what is held is done. */
  get isFull(): boolean {
    return this.#heldRecords >= HELD_RECORDS_MAX || this.#heldBytes >= HELD_BYTES_MAX;
  }

  get hasRoom(): boolean {
    return this.#heldRecords <= HELD_RECORDS_MAX / 2 && this.#heldBytes <= HELD_BYTES_MAX / 2;
  }

  get waiting(): readonly Waiting[] {
    return [...this.#waiting.values()];
  }

  /** Offset of the first record that is not done. */
  get committable(): bigint | undefined {
    let first = this.#next;
    for (const { queue } of this.#held.values()) {
      const offset = queue[0]?.record.offset;
      if (offset !== undefined && (first === undefined || offset < first)) first = offset;
    }
    return first;
  }

  /** Resolves when the record is done or held. One at a time, also when a caller gave up on the one before. */
  async take(message: Message): Promise<void> {
    this.#taking = this.#taking.then(() => this.#takeOne(message));
    await this.#taking;
  }

  async #takeOne(message: Message): Promise<void> {
    if (this.isDisposed) return;
    const { record } = message;
    const held = this.#held.get(record.key);
    if (held) this.#hold(held, message);
    else await this.#tryFirst(message);
    this.#next = record.offset + 1n;
  }

  async #tryFirst(message: Message): Promise<void> {
    const handles = this.parts.handlesOf(message);
    if (handles.length === 0) return;
    const { left, delayMs, code } = await this.parts.delivery.attempt(message, handles, 1);
    if (left.length === 0 || this.isDisposed) return;
    const held: Held<Message> = { queue: [], attempt: 1 };
    this.#held.set(message.record.key, held);
    this.#hold(held, message);
    void this.#retry(held, { left, delayMs, code });
  }

  #hold(held: Held<Message>, message: Message): void {
    held.queue.push(message);
    this.#heldRecords += 1;
    this.#heldBytes += message.record.value?.length ?? 0;
  }

  /** Works off what is held of one key. Never rejects: an attempt never does. */
  async #retry(
    held: Held<Message>,
    first: Readonly<{ left: readonly Handle<Message>[]; delayMs: number; code: string }>,
  ): Promise<void> {
    const { delivery, handlesOf, onProgress } = this.parts;
    let { left, delayMs, code } = first;
    for (let message = held.queue[0]; message !== undefined; message = held.queue[0]) {
      const { id: eventId, type, position, record } = message;
      this.#waiting.set(record.key, { eventId, type, position, attempts: held.attempt, code });
      if (left.length > 0 && !(await delivery.pause(delayMs, this.#stop.signal))) return;
      held.attempt += 1;
      ({ left, delayMs, code } = await delivery.attempt(message, left, held.attempt));
      if (this.isDisposed) return;
      if (left.length > 0) continue;
      this.#release(held, message);
      const next = held.queue[0];
      held.attempt = 0;
      delayMs = 0;
      left = next ? handlesOf(next) : [];
      onProgress();
    }
  }

  #release(held: Held<Message>, message: Message): void {
    held.queue.shift();
    this.#heldRecords -= 1;
    this.#heldBytes -= message.record.value?.length ?? 0;
    if (held.queue.length > 0) return;
    this.#held.delete(message.record.key);
    this.#waiting.delete(message.record.key);
  }
}
