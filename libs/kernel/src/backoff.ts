/** Exponential backoff, bounded in delay and in attempts. Jitter takes up to half of each delay. */
export type BackoffPolicy = Readonly<{
  baseMs: number;
  factor: number;
  delayMaxMs: number;
  attemptsMax: number;
}>;

/**
 * Delay before attempt `attempt + 1` (attempts count from 1), in ms; `undefined` when no attempt is left.
 * `random` is in [0, 1) and passed in, so that tests and replays are exact.
 */
export const backoffDelayMs = (
  policy: BackoffPolicy,
  attempt: number,
  random: number,
): number | undefined => {
  if (attempt >= policy.attemptsMax) return undefined;
  const ceiling = Math.min(policy.delayMaxMs, policy.baseMs * policy.factor ** (attempt - 1));
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
};
