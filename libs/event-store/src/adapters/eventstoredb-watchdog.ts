import type { Position } from '#libs/event-sourcing';

const LOOK_MS = 5_000;

/** One look at the newest event of ours for all subscriptions of the process, every 5 s while there are any. */
export class Watchdog {
  private readonly watchers = new Set<(head: Position) => void>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly head: () => Promise<Position>) {}

  /** Tells `saw` what each look found, until what it returns is called. */
  watch(saw: (head: Position) => void): () => void {
    this.watchers.add(saw);
    this.timer ??= setInterval(() => {
      void this.look();
    }, LOOK_MS).unref();
    return () => {
      this.watchers.delete(saw);
      if (this.watchers.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    };
  }

  /** Looks now. A failure tells nothing: links notice by themselves that the server is gone. */
  async look(): Promise<void> {
    const head = await this.head().catch(() => undefined);
    if (head !== undefined) for (const saw of [...this.watchers]) saw(head);
  }
}
