import { isOurs, toCodedError, type Clock, type CodedError } from '#libs/kernel';
import type { Log } from './log.js';

const LOOK_AGAIN_MS = 1_000;
const LOG_MS = 10_000;

export type UntilThere = Readonly<{
  clock: Clock;
  log: Log;
  /** Called after each try that failed, with how long it has been waited for, in ms. */
  waiting: (error: CodedError, waitedMs: number) => void;
  signal?: AbortSignal;
}>;

/**
 * Tries what a process begins with until it succeeds, however long a store or the bus is away; one line of the log every
 * 10 s. Rejects with what waiting does not heal, such as refused credentials.
 */
export const untilThere = async <T>(
  begin: () => Promise<T>,
  { clock, log, waiting, signal }: UntilThere,
): Promise<T> => {
  const startMs = clock.monotonicMs();
  for (let saidAtMs = -Infinity; ;) {
    try {
      return await begin();
    } catch (failure) {
      const error = toCodedError(failure);
      if (!isOurs(error) || !error.retryable) throw failure;
      const nowMs = clock.monotonicMs();
      waiting(error, nowMs - startMs);
      if (nowMs - saidAtMs >= LOG_MS) {
        saidAtMs = nowMs;
        log.warn('Waiting for what does not answer; the start goes on by itself.', { error });
      }
      await clock.sleep(LOOK_AGAIN_MS, signal);
    }
  }
};
