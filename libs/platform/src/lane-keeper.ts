import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { Clock } from '#libs/kernel';
import type { Lanes } from './lanes.js';
import type { Log } from './log.js';

const SWEEP_MS = 60_000;

/**
 * Wakes all lanes of a service at its start and every minute: work that a crash or a lost message left lying goes on
 * by itself. Stops the lanes when the application ends.
 */
export class LaneKeeper implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #stop = new AbortController();
  #sweeping: Promise<void> = Promise.resolve();

  constructor(
    private readonly lanes: Lanes,
    private readonly parts: Readonly<{ clock: Clock; log: Log }>,
    private readonly keys: () => Promise<readonly string[]>,
    private readonly everyMs = SWEEP_MS,
  ) {}

  onApplicationBootstrap(): void {
    this.#sweeping = this.#sweep();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stop.abort();
    await this.#sweeping;
    await this.lanes.stop();
  }

  async #sweep(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        for (const key of await this.keys()) this.lanes.wake(key);
      } catch (error) {
        this.parts.log.warn('Lanes could not be swept; they are swept again.', { error });
      }
      await this.parts.clock.sleep(this.everyMs, this.#stop.signal).catch(() => undefined);
    }
  }
}
