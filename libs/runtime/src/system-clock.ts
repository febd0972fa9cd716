import { Clock } from '#libs/kernel';

/** Timers count in 32 bits; longer sleeps are made of pieces. */
const PIECE_MS_MAX = 2 ** 31 - 1;

const pause = async (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });

/** The real time. A sleep keeps the process alive, like any work that is in progress. */
export class SystemClock extends Clock {
  override nowMs(): number {
    return Date.now();
  }

  override monotonicMs(): number {
    return performance.now();
  }

  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    for (let left = Math.max(0, ms); ; left -= PIECE_MS_MAX) {
      await pause(Math.min(left, PIECE_MS_MAX), signal);
      if (left <= PIECE_MS_MAX) return;
    }
  }
}
