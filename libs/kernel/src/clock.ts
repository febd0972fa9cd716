/** Port: the time, so that tests and simulations can move it. */
export abstract class Clock {
  /** Milliseconds since 1970 UTC. */
  abstract nowMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  abstract sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
