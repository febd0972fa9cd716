type Waiting = Readonly<{ member: string; grant: () => void }>;

/**
 * A bounded number of transfers at the same time, shared fairly: a free slot goes to the member that has the fewest
 * transfers in flight, and among equals to who waits longest. However many targets or files one member has, the others
 * are not kept waiting behind them.
 */
export class TransferSlots {
  private readonly active = new Map<string, number>();
  private readonly waiting = new Set<Waiting>();
  private taken = 0;

  constructor(private readonly transfersMax: number) {}

  /** Resolves to the function that gives the slot back; rejects with the signal's reason when it aborts before. */
  async acquire(member: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.taken < this.transfersMax && this.waiting.size === 0) this.take(member);
    else await this.turn(member, signal);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.giveBack(member);
    };
  }

  private turn(member: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.waiting.delete(mine);
        reject(signal.reason as Error);
      };
      const mine: Waiting = {
        member,
        grant: () => {
          this.waiting.delete(mine);
          signal.removeEventListener('abort', onAbort);
          this.take(member);
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.waiting.add(mine);
    });
  }

  private take(member: string): void {
    this.taken += 1;
    this.active.set(member, this.activeOf(member) + 1);
  }

  private activeOf(member: string): number {
    return this.active.get(member) ?? 0;
  }

  private giveBack(member: string): void {
    this.taken -= 1;
    const left = this.activeOf(member) - 1;
    if (left === 0) this.active.delete(member);
    else this.active.set(member, left);
    const all = [...this.waiting];
    const fewest = Math.min(...all.map((each) => this.activeOf(each.member)));
    all.find((each) => this.activeOf(each.member) === fewest)?.grant();
  }
}
