/** Port: the time, so that tests and simulations can move it. */
export abstract class Clock {
  /** Milliseconds since 1970 UTC. */
  abstract nowMs(): number;
  /** Milliseconds since some moment, for durations: unlike `nowMs` it never jumps when the clock of the machine is set. */
  monotonicMs(): number {
    return this.nowMs();
  }
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  abstract sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
