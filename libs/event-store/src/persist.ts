import { setTimeout as sleep } from 'node:timers/promises';
import { isCodedError, type CodedError } from '#libs/kernel';

const DELAY_MS_FIRST = 20;
const DELAY_MS_MAX = 1_000;

/** What an adapter says about its failures. */
export type PersistRules = Readonly<{
  /** How long to try, in ms. */
  unavailableMaxMs: number;
  /** May the same call succeed soon? Asked about what was thrown, or about the cause of a STORE_UNAVAILABLE. */
  isPassing: (error: unknown) => boolean;
  toCoded: (error: unknown) => CodedError;
  /** Ends the waiting. */
  closing: AbortSignal;
}>;

/** Tries `attempt` again while its failures look passing, at most `unavailableMaxMs`. Rejects coded. */
export const persist = async <T>(
  { unavailableMaxMs, isPassing, toCoded, closing }: PersistRules,
  attempt: () => Promise<T>,
): Promise<T> => {
  const until = performance.now() + unavailableMaxMs;
  for (let delayMs = DELAY_MS_FIRST; ; delayMs = Math.min(DELAY_MS_MAX, delayMs * 2)) {
    try {
      return await attempt();
    } catch (error) {
      const again = isCodedError(error)
        ? error.code === 'STORE_UNAVAILABLE' && error.cause !== undefined && isPassing(error.cause)
        : isPassing(error);
      if (!again || closing.aborted || performance.now() + delayMs > until) throw toCoded(error);
      await sleep(delayMs * (0.5 + Math.random() / 2), undefined, { signal: closing }).catch(() => undefined);
    }
  }
};
