import { getHeapStatistics } from 'node:v8';

const MIB = 1024 * 1024;

type Waiter = Readonly<{ bytes: number; admit: () => void }>;

/** Bytes that several readers share. Who asks for more than there is waits in order; who asks for more than all gets all. */
export class ByteBudget {
  private readonly bytesMax: number;
  private readonly waiters: Waiter[] = [];
  private used = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** Resolves with the function that gives the bytes back; rejects with the signal's reason when it aborts first. */
  async acquire(bytesWanted: number, signal?: AbortSignal): Promise<() => void> {
    const bytes = Math.min(bytesWanted, this.bytesMax);
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        reject(signal?.reason as Error);
        this.admitNext();
      };
      const admit = (): void => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const waiter: Waiter = { bytes, admit };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.waiters.push(waiter);
      this.admitNext();
    });
    let isHeld = true;
    return () => {
      if (isHeld) this.used -= bytes;
      isHeld = false;
      this.admitNext();
    };
  }

  private admitNext(): void {
    for (let next = this.waiters[0]; next !== undefined && this.used + next.bytes <= this.bytesMax;) {
      this.waiters.shift();
      this.used += next.bytes;
      next.admit();
      next = this.waiters[0];
    }
  }
}

/** What all nodes of the process may hold of large answers: a quarter of the heap, at least one block of the default size. */
export const LARGE_ANSWERS = new ByteBudget(
  Math.min(256 * MIB, Math.max(64 * MIB, getHeapStatistics().heap_size_limit / 4)),
);
