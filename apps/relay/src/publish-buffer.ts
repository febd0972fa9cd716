import type { PublishableEvent } from '#libs/messaging';

/** Kafka takes 2 MiB as one batch of a partition; an event has 1 MiB at most. */
const BATCH_BYTES_MAX = 1_000_000;
const BATCH_EVENTS_MAX = 1_000;
const BUFFERED_EVENTS_MAX = 4 * BATCH_EVENTS_MAX;
const BUFFERED_BYTES_MAX = 4 * BATCH_BYTES_MAX;

/** Between the reader of the store and the publisher: whatever came in meanwhile is one batch, within bounds. */
export class PublishBuffer {
  private events: PublishableEvent[] = [];
  private bytes = 0;
  private wakeReader: (() => void) | undefined;
  private wakePublisher: (() => void) | undefined;

  /** Resolves when there is room for more. */
  async add(event: PublishableEvent, signal: AbortSignal): Promise<void> {
    this.events.push(event);
    this.bytes += event.bytes;
    this.wakePublisher?.();
    while (!signal.aborted && this.isFull)
      await waiting(signal, (wake) => {
        this.wakeReader = wake;
      });
  }

  /** The next batch, at least one event; empty when the signal aborted. */
  async take(signal: AbortSignal): Promise<readonly PublishableEvent[]> {
    while (!signal.aborted && this.events.length === 0)
      await waiting(signal, (wake) => {
        this.wakePublisher = wake;
      });
    if (signal.aborted) return [];
    const batch = this.events.splice(0, this.batchLength());
    for (const { bytes } of batch) this.bytes -= bytes;
    this.wakeReader?.();
    return batch;
  }

  private get isFull(): boolean {
    return this.events.length >= BUFFERED_EVENTS_MAX || this.bytes >= BUFFERED_BYTES_MAX;
  }

  private batchLength(): number {
    let bytes = 0;
    let length = 0;
    for (const event of this.events) {
      bytes += event.bytes;
      if (length > 0 && (length >= BATCH_EVENTS_MAX || bytes > BATCH_BYTES_MAX)) break;
      length += 1;
    }
    return length;
  }
}

/** Resolves when woken or when the signal aborts. */
const waiting = (signal: AbortSignal, register: (wake: () => void) => void): Promise<void> =>
  new Promise((resolve) => {
    const wake = (): void => {
      signal.removeEventListener('abort', wake);
      resolve();
    };
    signal.addEventListener('abort', wake, { once: true });
    register(wake);
  });
