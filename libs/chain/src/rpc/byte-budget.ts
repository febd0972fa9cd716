import { getHeapStatistics } from 'node:v8';

const MIB = 1024 * 1024;
/** The time over which the pace of an answer is measured, in ms. */
const WINDOW_MS = 5_000;
/** Bytes a second below which an answer is given up when others wait for the memory that it holds. */
const PACE_MIN = MIB / 2;
/** How often the pace of answers is looked at while somebody waits, in ms. */
const LOOK_MS = 250;

type Waiter = Readonly<{ share: Share; bytes: number; admit: () => void }>;
type BudgetClock = Readonly<{ nowMs: () => number; lookMs: number }>;

/**
 * Bytes that several answers share. Who asks for more than there is waits in order, and holds nothing while it waits, so
 * that all is given back one day; who asks for more than all gets all.
 * While somebody waits, the slowest answer that comes more slowly than `PACE_MIN` loses its share.
 */
export class ByteBudget {
  private readonly bytesMax: number;
  private readonly clock: BudgetClock;
  private readonly waiters: Waiter[] = [];
  private readonly holders = new Set<Share>();
  private used = 0;
  private looking: NodeJS.Timeout | undefined;

  constructor(bytesMax: number, clock: BudgetClock = { nowMs: () => performance.now(), lookMs: LOOK_MS }) {
    this.bytesMax = bytesMax;
    this.clock = clock;
  }

  /** A share without bytes yet. `isLast` when it may have some only while nobody else waits. */
  share(isLast = false): Share {
    return new Share(this, isLast);
  }

  /** Gives a share more bytes if there are some that nobody waits for. */
  tryTake(share: Share, bytes: number): boolean {
    const isThere = this.waiters.length === 0 && this.used + bytes <= this.bytesMax;
    if (isThere) this.give(share, bytes);
    return isThere;
  }

  /** Waits for the first bytes of a share. Rejects with the signal's reason when it aborts first. */
  async take(share: Share, bytesWanted: number, signal: AbortSignal): Promise<void> {
    const bytes = Math.min(bytesWanted, this.bytesMax);
    signal.throwIfAborted();
    if (!this.tryTake(share, bytes)) await this.waitFor(share, bytes, signal);
  }

  /** Takes back all that the share has, and admits who waits for it. */
  giveBack(share: Share): void {
    this.used -= share.held;
    share.held = 0;
    this.holders.delete(share);
    this.admitNext();
  }

  private waitFor(share: Share, bytes: number, signal: AbortSignal): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        reject(signal.reason as Error);
        this.admitNext();
      };
      const admit = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const waiter: Waiter = { share, bytes, admit };
      const behind = share.isLast ? -1 : this.waiters.findIndex((other) => other.share.isLast);
      this.waiters.splice(behind < 0 ? this.waiters.length : behind, 0, waiter);
      signal.addEventListener('abort', leave, { once: true });
      this.admitNext();
    });
  }

  private give(share: Share, bytes: number): void {
    if (!this.holders.has(share)) share.mark(this.clock.nowMs());
    this.holders.add(share);
    this.used += bytes;
    share.held += bytes;
  }

  private admitNext(): void {
    for (let next = this.waiters[0]; next !== undefined && this.used + next.bytes <= this.bytesMax;) {
      this.waiters.shift();
      this.give(next.share, next.bytes);
      next.admit();
      next = this.waiters[0];
    }
    if (this.waiters.length === 0) {
      clearInterval(this.looking);
      this.looking = undefined;
    } else {
      this.looking ??= setInterval(() => {
        this.look();
      }, this.clock.lookMs);
    }
  }

  /** Gives up the slowest answer that is too slow. */
  private look(): void {
    let slowest: Share | undefined;
    let slowestPace = PACE_MIN;
    for (const share of this.holders) {
      const pace = share.paceSince(this.clock.nowMs());
      if (pace < slowestPace) [slowest, slowestPace] = [share, pace];
    }
    if (slowest === undefined) return;
    slowest.lose();
    this.giveBack(slowest);
  }
}

/** What one answer holds of a budget, from its first bytes until it was used. */
export class Share {
  readonly isLast: boolean;
  /** Only the budget changes it. */
  held = 0;
  private readonly budget: ByteBudget;
  private readonly lost = new AbortController();
  private bytesCame = 0;
  private isWhole = false;
  private marked = { ms: 0, bytes: 0 };

  constructor(budget: ByteBudget, isLast: boolean) {
    this.budget = budget;
    this.isLast = isLast;
  }

  /** Aborts when the answer comes too slowly while others wait. */
  get signal(): AbortSignal {
    return this.lost.signal;
  }

  get came(): number {
    return this.bytesCame;
  }

  /** Bytes a second since the last mark; `Infinity` for an answer that is whole, or too young to be judged. */
  paceSince(nowMs: number): number {
    const sinceMs = nowMs - this.marked.ms;
    if (this.isWhole || sinceMs < WINDOW_MS) return Infinity;
    const pace = ((this.bytesCame - this.marked.bytes) * 1000) / sinceMs;
    // The next window begins, so that bytes of long ago do not count for an answer that stops.
    if (pace >= PACE_MIN) this.mark(nowMs);
    return pace;
  }

  mark(nowMs: number): void {
    this.marked = { ms: nowMs, bytes: this.bytesCame };
  }

  /** See `ByteBudget.take`. */
  take(bytes: number, signal: AbortSignal): Promise<void> {
    return this.budget.take(this, bytes, signal);
  }

  /** See `ByteBudget.tryTake`. */
  tryTake(bytes: number): boolean {
    return this.budget.tryTake(this, bytes);
  }

  /** The answer is asked for again, from its first byte. */
  restart(): void {
    this.release();
    this.bytesCame = 0;
  }

  onBytes(bytes: number): void {
    this.bytesCame += bytes;
  }

  /** All of the answer is there: from now on it is held as long as it is used. */
  onWhole(): void {
    this.isWhole = true;
  }

  lose(): void {
    this.lost.abort();
  }

  /** Safe to repeat. */
  release(): void {
    this.budget.giveBack(this);
  }
}

const quarterOfHeap = (): number =>
  Math.min(256 * MIB, Math.max(64 * MIB, getHeapStatistics().heap_size_limit / 4));

/** What all nodes of the process may hold of large answers: a quarter of the heap, at least one block of the default size. */
export const LARGE_ANSWERS = new ByteBudget(quarterOfHeap());
/** The same for ordinary answers while they come. They have their own budget, so that neither waits for the other. */
export const ORDINARY_ANSWERS = new ByteBudget(quarterOfHeap());
