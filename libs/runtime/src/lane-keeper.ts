import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { Clock } from '#libs/kernel';
import type { Lanes } from './lanes.js';
import type { Log } from './log.js';

const SWEEP_MS = 60_000;
const FAILED_SWEEP_AGAIN_MS = 2_000;

/** Which keys this process works for, and a call of the listener whenever that changes; the result ends the calls. */
type Owner = Readonly<{
  owns: (key: string) => boolean;
  onChange: (listener: () => void) => () => void;
}>;

export type LaneKeeperParts = Readonly<{
  clock: Clock;
  log: Log;
  ownership: Owner;
  /** All keys there are. */
  keys: () => Promise<readonly string[]>;
  everyMs?: number;
}>;

/**
 * Wakes the lanes of all keys this process owns: at its start, whenever what it owns changes, and every minute, so that
 * work which a crash, a rebalance or a lost message left lying goes on by itself. Aborts the lanes of keys that went to
 * another process, and all lanes when the application ends.
 */
export class LaneKeeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly stop = new AbortController();
  private sweeping: Promise<void> = Promise.resolve();
  private pause = new AbortController();
  private forget: () => void = () => undefined;

  constructor(
    private readonly lanes: Lanes,
    private readonly parts: LaneKeeperParts,
  ) {}

  onApplicationBootstrap(): void {
    this.forget = this.parts.ownership.onChange(() => {
      this.onChange();
    });
    this.sweeping = this.sweep();
  }

  async onApplicationShutdown(): Promise<void> {
    this.forget();
    this.stop.abort();
    this.pause.abort();
    await this.sweeping;
    await this.lanes.stop();
  }

  private onChange(): void {
    const { ownership } = this.parts;
    // Not waited for: what a step that is slow to end still appends is refused by its expected revision.
    for (const key of this.lanes.keys) if (!ownership.owns(key)) void this.lanes.drop(key);
    this.pause.abort();
  }

  private async sweep(): Promise<void> {
    const { keys, ownership, log, clock, everyMs = SWEEP_MS } = this.parts;
    while (!this.stop.signal.aborted) {
      this.pause = new AbortController();
      let pauseMs = everyMs;
      try {
        for (const key of await keys()) if (ownership.owns(key)) this.lanes.wake(key);
      } catch (error) {
        log.warn('A sweep of the lanes failed and will be retried.', { error });
        pauseMs = Math.min(everyMs, FAILED_SWEEP_AGAIN_MS);
      }
      await clock.sleep(pauseMs, this.pause.signal).catch(() => undefined);
    }
  }
}
