import { buffers } from '../buffer-pool.js';

type Part = Buffer<ArrayBuffer>;

export type PartOptions = Readonly<{
  /** Bytes of every part but the last. */
  partBytes: number;
  /** Parts on their way at the same time. */
  partsAtOnce: number;
  /** Sends one part and keeps none of it; called in order, and not awaited before the next is called. */
  send: (part: Part, index: number, signal: AbortSignal) => Promise<void>;
  signal: AbortSignal | undefined;
}>;

/** Parts on their way, in constant memory: as many buffers as may be on their way, and one that is being filled. */
class PartQueue {
  private readonly all: readonly Part[];
  private readonly free: Part[];
  private readonly onTheirWay = new Set<Promise<void>>();
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;
  private failure: { readonly error: unknown } | undefined;
  private sent = 0;

  constructor(private readonly options: PartOptions) {
    const { partBytes, partsAtOnce, signal } = options;
    this.all = Array.from({ length: partsAtOnce + 1 }, () => buffers.take(partBytes));
    this.free = [...this.all];
    this.signal = signal === undefined ? this.stop.signal : AbortSignal.any([signal, this.stop.signal]);
  }

  /** A buffer to fill; waits until one is free. Rejects with the failure of an earlier part. */
  async next(): Promise<Part> {
    let part: Part | undefined;
    while ((part = this.free.pop()) === undefined) await Promise.race(this.onTheirWay);
    if (this.failure !== undefined) throw this.failure.error;
    return part;
  }

  send(buffer: Part, length: number): void {
    const sending = this.options
      .send(buffer.subarray(0, length), this.sent, this.signal)
      .catch((error: unknown) => {
        this.failure ??= { error };
      })
      .finally(() => {
        this.free.push(buffer);
        this.onTheirWay.delete(sending);
      });
    this.sent += 1;
    this.onTheirWay.add(sending);
  }

  /** Waits for the last part. */
  async end(): Promise<void> {
    await Promise.all(this.onTheirWay);
    if (this.failure !== undefined) throw this.failure.error;
    for (const buffer of this.all) buffers.give(buffer);
  }

  /** A part that arrives after its upload was given up would stay for ever: returns when none is on its way. */
  async giveUp(reason: unknown): Promise<void> {
    this.stop.abort(reason);
    await Promise.all(this.onTheirWay);
  }
}

/** Cuts the chunks into parts and sends them, some at the same time. When it returns or rejects, none is on its way. */
export const sendInParts = async (chunks: AsyncIterable<Uint8Array>, options: PartOptions): Promise<void> => {
  const { partBytes } = options;
  const queue = new PartQueue(options);
  try {
    let part = await queue.next();
    let filled = 0;
    for await (const chunk of chunks) {
      for (let taken = 0; taken < chunk.byteLength;) {
        const count = Math.min(partBytes - filled, chunk.byteLength - taken);
        part.set(chunk.subarray(taken, taken + count), filled);
        filled += count;
        taken += count;
        if (filled < partBytes) continue;
        queue.send(part, filled);
        part = await queue.next();
        filled = 0;
      }
    }
    if (filled > 0) queue.send(part, filled);
    await queue.end();
  } catch (error) {
    await queue.giveUp(error);
    throw error;
  }
};
