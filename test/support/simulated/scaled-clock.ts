import { Clock } from '#libs/kernel';
import { SystemClock } from '#libs/runtime';

/** A clock that runs `factor` times as fast as the real one: minutes of waiting pass in seconds. Tests say so. */
export class ScaledClock extends Clock {
  private readonly startedMs = Date.now();
  private readonly system = new SystemClock();

  constructor(private readonly factor: number) {
    super();
  }

  override nowMs(): number {
    return Math.floor(this.startedMs + (Date.now() - this.startedMs) * this.factor);
  }

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.system.sleep(ms / this.factor, signal);
  }
}
