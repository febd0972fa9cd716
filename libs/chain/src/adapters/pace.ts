export type PaceLimits = Readonly<{
  /** Block bytes requested and not yet consumed. */
  inFlightBytesMax: number;
  lanesMax: number;
  /** Items a batch may have at most. */
  itemsMax: number;
}>;

/** A batch should take about this long: long enough to amortise its overhead, short enough to abort and to balance. */
const TARGET_MS = 250;
const FIRST_ITEMS = 50;
/** A node that takes this much longer than usual for a trivial question has other work waiting: imports, its own users. */
const BUSY_MS = 250;
/** The usual time is the least of about this many trivial questions. */
const LATENCIES = 60;

/**
 * How much to ask at once. Additive increase while batches are quick, halving when they are slow or fail, and
 * never more bytes in flight than allowed, going by the block sizes seen lately. Quick is measured beyond the time that
 * any question takes: asking a distant node for less makes nothing quicker.
 */
export class Pace {
  private readonly limits: PaceLimits;
  inFlightBytesMax: number;
  private itemLimit = FIRST_ITEMS;
  private laneCount = 2;
  private blockBytes = 4096;
  private isBusy = false;
  /** What the least question takes, in ms: of the last trivial ones, and of those before them. */
  private latencyMs: number | undefined;
  private earlierMs = Infinity;
  private seen = 0;

  constructor(limits: PaceLimits) {
    this.limits = limits;
    this.inFlightBytesMax = limits.inFlightBytesMax;
  }

  /** Batches in flight; fewer of them while a block alone takes much of what may be in flight. */
  get lanes(): number {
    return Math.max(1, Math.min(this.laneCount, Math.floor(this.inFlightBytesMax / this.blockBytes)));
  }

  /** Items of the next batch. */
  get items(): number {
    const byBytes = Math.floor(this.inFlightBytesMax / this.laneCount / this.blockBytes);
    return Math.max(1, Math.min(this.itemLimit, this.limits.itemsMax, byBytes));
  }

  /** Is the node busy even with one batch at a time? Then it should be left alone in between. */
  get needsRest(): boolean {
    return this.isBusy && this.laneCount === 1;
  }

  /** How long the node took for a trivial question, in ms: one batch less at a time while it is busy. */
  onLatency(ms: number): void {
    this.isBusy = ms > Math.max(BUSY_MS, 2 * (this.usualMs ?? ms));
    if (++this.seen % LATENCIES === 0) {
      this.earlierMs = this.latencyMs ?? Infinity;
      this.latencyMs = ms;
    }
    this.latencyMs = Math.min(this.latencyMs ?? ms, ms);
    if (this.isBusy) this.laneCount = Math.max(1, this.laneCount - 1);
  }

  /** Is it not known yet how long the least question takes? */
  get needsLatency(): boolean {
    return this.latencyMs === undefined;
  }

  private get usualMs(): number | undefined {
    return this.latencyMs === undefined ? undefined : Math.min(this.latencyMs, this.earlierMs);
  }

  onSuccess(items: number, bytes: number, elapsedMs: number): void {
    const seen = bytes / items;
    // Growth is believed at once (memory), shrinking slowly.
    this.blockBytes = Math.max(seen, this.blockBytes * 0.8 + seen * 0.2, 64);
    const costMs = elapsedMs - (this.usualMs ?? 0);
    this.latencyMs = Math.min(this.latencyMs ?? elapsedMs, elapsedMs);
    if (costMs > 2 * TARGET_MS) {
      this.itemLimit = Math.max(1, Math.floor(Math.min(this.itemLimit, items) / 2));
    } else if (costMs < TARGET_MS) {
      this.itemLimit = Math.min(this.limits.itemsMax, this.itemLimit + 25);
      if (!this.isBusy) this.laneCount = Math.min(this.limits.lanesMax, this.laneCount + 1);
    }
  }

  onFailure(): void {
    this.itemLimit = Math.max(1, this.itemLimit >> 1);
    this.laneCount = Math.max(1, this.laneCount >> 1);
  }
}
