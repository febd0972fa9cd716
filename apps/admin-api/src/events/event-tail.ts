import { START, type EventStore, type Position, type StoredEvent } from '#libs/event-sourcing';
import { backoffDelayMs, isAborted, type Clock } from '#libs/kernel';
import type { Log } from '#libs/runtime';

const KEPT_MAX = 1_000;
const PAGE = 100;
const RETRY = { baseMs: 100, factor: 2, delayMaxMs: 5_000, attemptsMax: Infinity };

type Ports = Readonly<{ store: EventStore; clock: Clock; log: Log }>;

/**
 * The newest events of the store, for all feeds of the process over one subscription, which lasts while there are feeds.
 * A feed that is further behind than what is kept reads pages of the store instead.
 */
export class EventTail {
  private kept: StoredEvent[] = [];
  /** Everything after this position is kept. */
  private from: Position | undefined;
  private feeds = 0;
  private stop = new AbortController();
  private readonly waiting = new Set<() => void>();

  constructor(private readonly ports: Ports) {}

  /** Takes part; the result ends it. `after`: where the first feed begins. */
  join(after: Position): () => void {
    this.feeds += 1;
    if (this.feeds === 1) {
      this.stop = new AbortController();
      [this.kept, this.from] = [[], after];
      void this.follow(after, this.stop.signal);
    }
    return () => {
      this.feeds -= 1;
      if (this.feeds === 0) this.stop.abort();
    };
  }

  /** Events after a position, some at least; empty only when the signal aborted. */
  async next(after: Position, signal: AbortSignal): Promise<readonly StoredEvent[]> {
    while (!signal.aborted) {
      if (this.from === undefined || after < this.from) {
        const page = await this.ports.store.readAll(after, PAGE);
        if (page.length > 0) return page;
      }
      const found = this.kept.filter(({ position }) => position > after);
      if (found.length > 0) return found;
      await this.arrival(signal);
    }
    return [];
  }

  private async arrival(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  private async follow(begin: Position, signal: AbortSignal): Promise<void> {
    const { store, clock, log } = this.ports;
    let after = begin;
    for (let failures = 1; !isAborted(signal); failures += 1) {
      try {
        for await (const item of store.subscribe({ after, signal })) {
          if (isAborted(signal)) return;
          failures = 0;
          if (item.kind !== 'event') continue;
          after = item.event.position;
          this.keep(item.event);
        }
      } catch (error) {
        if (isAborted(signal)) return;
        log.warn('The events for the feeds are being followed again.', { failures, error });
        await clock
          .sleep(backoffDelayMs(RETRY, failures, 0.5) ?? RETRY.delayMaxMs, signal)
          .catch(() => undefined);
      }
    }
  }

  private keep(event: StoredEvent): void {
    this.kept.push(event);
    if (this.kept.length > KEPT_MAX) this.from = this.kept.splice(0, KEPT_MAX / 2).at(-1)?.position ?? START;
    for (const wake of [...this.waiting]) wake();
  }
}
