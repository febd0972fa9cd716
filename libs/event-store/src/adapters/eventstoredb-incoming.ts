import type { Readable } from 'node:stream';

/** What a read or a subscription brings, as it comes: waited for without being lost or buffered without bound. */
export class Incoming<Item> {
  private failure: unknown;
  private isEnded = false;
  private changed: () => void = () => undefined;

  constructor(
    private readonly stream: Readable & Readonly<{ cancel: () => void }>,
    private readonly convert: (answer: unknown) => Item,
  ) {
    stream
      .on('readable', () => {
        this.changed();
      })
      .on('error', (error: unknown) => {
        this.fail(error);
      })
      .on('end', () => {
        this.isEnded = true;
        this.changed();
      });
  }

  /** The server has nothing more to send. */
  get ended(): boolean {
    return this.isEnded;
  }

  /** Is there something to take, or a failure to throw? */
  get hasMore(): boolean {
    return this.failure !== undefined || this.isEnded || this.stream.readableLength > 0;
  }

  /** The next that has come. Throws when the link is broken and all that came was taken. */
  take(): Item | undefined {
    const next: unknown = this.stream.read();
    if (next !== null) return this.convert(next);
    if (this.failure !== undefined) throw this.failure as Error;
    return undefined;
  }

  /** True when something came, the link broke or the signal aborted; false after `ms`. */
  async wait(ms: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted || this.hasMore) return true;
    return new Promise<boolean>((resolve) => {
      const done = (came: boolean): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', aborted);
        this.changed = () => undefined;
        resolve(came);
      };
      const aborted = (): void => {
        done(true);
      };
      const timer = setTimeout(done, ms, false);
      timer.unref();
      this.changed = aborted;
      signal.addEventListener('abort', aborted, { once: true });
    });
  }

  /** Whoever waits looks again. */
  wake(): void {
    this.changed();
  }

  fail(error: unknown): void {
    this.failure ??= error;
    this.changed();
  }

  end(): void {
    this.stream.cancel();
  }
}
