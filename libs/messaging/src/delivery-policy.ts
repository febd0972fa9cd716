import { backoffDelayMs, isOurs, toCodedError, type BackoffPolicy } from '#libs/kernel';

export type DeliveryPolicy = Readonly<{
  /** For errors without a code: perhaps a fault of the moment, more likely one of ours. */
  uncoded: BackoffPolicy;
  /** For retryable errors: for ever, the bus waits rather than loses. */
  retryable: BackoffPolicy;
}>;

export const DELIVERY_POLICY: DeliveryPolicy = {
  uncoded: { baseMs: 50, factor: 3, delayMaxMs: 2_000, attemptsMax: 5 },
  retryable: { baseMs: 100, factor: 2, delayMaxMs: 30_000, attemptsMax: Infinity },
};

export type DeliveryVerdict =
  Readonly<{ kind: 'retry'; delayMs: number }> | Readonly<{ kind: 'dead-letter' }>;

/**
 * What becomes of an event whose handler failed on attempt `attempt` (from 1): a retryable error, or a fault of ours, is
 * retried without end, an uncoded one a few times, a non-retryable one not at all. `random` is in [0, 1).
 */
export const judgeFailure = (
  error: unknown,
  attempt: number,
  random: number,
  policy: DeliveryPolicy,
): DeliveryVerdict => {
  const { code, retryable } = toCodedError(error);
  if (!retryable && !isOurs(error)) return { kind: 'dead-letter' };
  // INTERNAL is what code gives to errors that had none: it says nothing about a later try.
  const backoff = code === 'INTERNAL' ? policy.uncoded : policy.retryable;
  const delayMs = backoffDelayMs(backoff, attempt, random);
  return delayMs === undefined ? { kind: 'dead-letter' } : { kind: 'retry', delayMs };
};

/** Code and text of any thrown value, for logs and dead letters. */
export const describeFailure = (error: unknown): Readonly<{ code: string; message: string }> => {
  const { code, message } = toCodedError(error);
  const said = typeof error === 'object' && error !== null && 'message' in error ? error.message : message;
  return { code, message: String(said) };
};
