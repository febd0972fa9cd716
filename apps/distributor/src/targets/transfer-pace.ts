import { CodedError } from '#libs/kernel';
import type { ObjectBody } from '#libs/object-store';

const LOOK_MS = 1_000;

export type Pace = Readonly<{
  /** What every transfer may take besides. */
  graceMs: number;
  /** Slower than this is no transfer. */
  bytesPerSecondMin: number;
}>;

/**
 * Ends a transfer that is too slow, so that its slot goes to somebody else. Its time grows with the bytes that the place
 * takes and with nothing else: an answer that says "go on" is no progress. Time in which the source is slow counts for
 * nothing.
 */
export class TransferPace {
  private readonly own = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly startedMs = performance.now();
  private allowedMs: number;

  constructor(
    private readonly pace: Pace,
    private readonly outer: AbortSignal,
  ) {
    this.allowedMs = pace.graceMs;
    this.timer = setInterval(
      () => {
        if (performance.now() - this.startedMs > this.allowedMs) this.giveUp();
      },
      Math.min(LOOK_MS, pace.graceMs),
    );
    this.timer.unref();
  }

  /** Aborts with the outer signal, or when the transfer is too slow. */
  get signal(): AbortSignal {
    return AbortSignal.any([this.outer, this.own.signal]);
  }

  /** Bytes that the place is given now. */
  add(bytes: number): void {
    this.allowedMs += (bytes / this.pace.bytesPerSecondMin) * 1_000;
  }

  /** The same body, counted while it is read. */
  counted(body: ObjectBody): ObjectBody {
    return { ...body, open: (into) => this.count(body.open(into)) };
  }

  end(): void {
    clearInterval(this.timer);
  }

  private async *count(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let askedMs = performance.now();
    for await (const chunk of chunks) {
      this.allowedMs += performance.now() - askedMs;
      this.add(chunk.byteLength);
      yield chunk;
      askedMs = performance.now();
    }
  }

  private giveUp(): void {
    this.end();
    const least = `${Math.ceil(this.pace.bytesPerSecondMin / 1_024)} KiB/s`;
    const said = `The target took less than ${least}, so the transfer was given up.`;
    this.own.abort(new CodedError('TARGET_UNAVAILABLE', said));
  }
}
