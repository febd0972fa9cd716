import type { Attempt, Deliverable, EventDelivery, Handle, Waiting } from '../event-delivery.js';
import type { TopicRecord } from './topic-record.js';

/** A record on its way to its handlers. */
export type Incoming = Deliverable & Readonly<{ record: TopicRecord }>;

/** Records of one key: the first is running or waits for its next attempt, the others wait behind it. */
type Held<Message> = { readonly queue: Message[]; attempt: number };

export type PartitionWorkerParts<Message extends Incoming> = Readonly<{
  delivery: EventDelivery<Message>;
  handlesOf: (message: Message) => readonly Handle<Message>[];
  /** Records moved on outside `take`: there is something to commit, perhaps room again. */
  onProgress: () => void;
}>;

const HELD_RECORDS_MAX = 1_000;
const HELD_BYTES_MAX = 16 * 1024 * 1024;
/** A step that takes longer is not waited for: the member must fetch and beat its heart. */
const SLOW_MS = 500;

/**
 * The records of one partition, in order within their key. A record whose step takes long or has to be tried again
 * holds up its own key only: later records of that key queue behind it, those of others go on. What may be committed
 * stays before the oldest record that is held, so a crash repeats records and never passes one over.
 */
export class PartitionWorker<Message extends Incoming> {
  private readonly held = new Map<string, Held<Message>>();
  private readonly stop = new AbortController();
  private heldRecords = 0;
  private heldBytes = 0;
  private next: bigint | undefined;
  private taking: Promise<void> = Promise.resolve();
  private waitingByKey = new Map<string, Waiting>();
  private readonly steps = new Set<Promise<unknown>>();

  constructor(private readonly parts: PartitionWorkerParts<Message>) {}

  /** The partition was lost or assigned again: held records no longer count. */
  dispose(): void {
    this.stop.abort();
  }

  /** Resolves when no step is running any more. */
  async idle(): Promise<void> {
    await Promise.all([...this.steps]);
  }

  get isDisposed(): boolean {
    return this.stop.signal.aborted;
  }

  /** Nothing more is taken until half of what is held is done. */
  get isFull(): boolean {
    return this.heldRecords >= HELD_RECORDS_MAX || this.heldBytes >= HELD_BYTES_MAX;
  }

  get hasRoom(): boolean {
    return this.heldRecords <= HELD_RECORDS_MAX / 2 && this.heldBytes <= HELD_BYTES_MAX / 2;
  }

  get waiting(): readonly Waiting[] {
    return [...this.waitingByKey.values()];
  }

  /** Offset of the first record that is not done. */
  get committable(): bigint | undefined {
    let first = this.next;
    for (const { queue } of this.held.values()) {
      const offset = queue[0]?.record.offset;
      if (offset !== undefined && (first === undefined || offset < first)) first = offset;
    }
    return first;
  }

  /** Resolves when the record is done or held, soon in any case. One at a time. */
  async take(message: Message): Promise<void> {
    this.taking = this.taking.then(() => this.takeOne(message));
    await this.taking;
  }

  private async takeOne(message: Message): Promise<void> {
    if (this.isDisposed) return;
    const { record } = message;
    const held = this.held.get(record.key);
    if (held) this.hold(held, message);
    else await this.tryFirst(message);
    this.next = record.offset + 1n;
  }

  private async tryFirst(message: Message): Promise<void> {
    const handles = this.parts.handlesOf(message);
    if (handles.length === 0) return;
    const attempt = this.attempt(message, handles, 1);
    const result = await this.unlessSlow(attempt);
    if (result?.left.length === 0 || this.isDisposed) return;
    const held: Held<Message> = { queue: [], attempt: 1 };
    this.held.set(message.record.key, held);
    this.hold(held, message);
    void this.workOff(held, attempt);
  }

  private async attempt(
    message: Message,
    handles: readonly Handle<Message>[],
    attempt: number,
  ): Promise<Attempt<Message>> {
    const step = this.parts.delivery.attempt(message, handles, attempt);
    this.steps.add(step);
    const result = await step;
    this.steps.delete(step);
    return result;
  }

  private async unlessSlow(attempt: Promise<Attempt<Message>>): Promise<Attempt<Message> | undefined> {
    const done = new AbortController();
    const slow = this.parts.delivery.pause(SLOW_MS, done.signal).then(() => undefined);
    const result = await Promise.race([attempt, slow]);
    done.abort();
    return result;
  }

  private hold(held: Held<Message>, message: Message): void {
    held.queue.push(message);
    this.heldRecords += 1;
    this.heldBytes += message.record.value?.length ?? 0;
  }

  /** Works off what is held of one key, beginning with a running attempt. Never rejects: an attempt never does. */
  private async workOff(held: Held<Message>, first: Promise<Attempt<Message>>): Promise<void> {
    const { delivery, handlesOf, onProgress } = this.parts;
    for (let message = held.queue[0]; message !== undefined; message = held.queue[0]) {
      this.note(message, held.attempt, undefined);
      let result = held.attempt === 1 ? await first : { left: handlesOf(message), delayMs: 0, code: '' };
      while (result.left.length > 0) {
        if (this.isDisposed) return;
        if (held.attempt > 0) {
          this.note(message, held.attempt, result.code);
          if (!(await delivery.rest(result, held.attempt, this.stop.signal))) return;
        }
        held.attempt += 1;
        result = await this.attempt(message, result.left, held.attempt);
      }
      if (this.isDisposed) return;
      this.release(held, message);
      // Those behind it are at their first attempt when they are reached, and never at `first`.
      held.attempt = 0;
      onProgress();
    }
  }

  private note(
    { id: eventId, type, position, record }: Message,
    attempts: number,
    code: string | undefined,
  ): void {
    const waiting = { eventId, type, position, attempts };
    this.waitingByKey.set(record.key, code === undefined ? waiting : { ...waiting, code });
  }

  private release(held: Held<Message>, message: Message): void {
    held.queue.shift();
    this.heldRecords -= 1;
    this.heldBytes -= message.record.value?.length ?? 0;
    if (held.queue.length > 0) return;
    this.held.delete(message.record.key);
    this.waitingByKey.delete(message.record.key);
  }
}
