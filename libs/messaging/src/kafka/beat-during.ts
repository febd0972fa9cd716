import type { Clock } from '#libs/kernel';

/**
 * Waits for a step while beating the heart every `everyMs`. A beat that fails ends the waiting with its error (the
 * partition may be lost); the step then goes on by itself and its outcome is of no interest any more.
 */
export const beatDuring = async (
  step: Promise<void>,
  beat: () => Promise<void>,
  everyMs: number,
  clock: Clock,
): Promise<void> => {
  const done = new AbortController();
  const beating = async (): Promise<void> => {
    // The sleep rejects once the step is done; that rejection is nobody's.
    for (;;) {
      await clock.sleep(everyMs, done.signal);
      await beat();
    }
  };
  const heart = beating();
  heart.catch(() => undefined);
  try {
    await Promise.race([step, heart]);
  } finally {
    done.abort();
  }
};
