type Waiting = Readonly<{ member: string; grant: () => void }>;

/** Of all slots: what one member alone never gets. */
const OTHERS_SHARE = 0.25;

/**
 * A bounded number of transfers at the same time, shared fairly: a free slot goes to the member that has the fewest
 * transfers in flight, and among equals to the one whose last turn is longest ago. However many targets or files one
 * member has, the others are not kept waiting behind them.
 */
export class TransferSlots {
  private readonly active = new Map<string, number>();
  private readonly waiting = new Set<Waiting>();
  /** No member holds them all, so the next one never waits for one that is slow. */
  private readonly memberMax: number;
  /** When each member last got a slot, as a number that grows. */
  private readonly turns = new Map<string, number>();
  private taken = 0;
  private granted = 0;

  constructor(private readonly transfersMax: number) {
    this.memberMax = transfersMax - Math.floor(transfersMax * OTHERS_SHARE);
  }

  /** Resolves to the function that gives the slot back; rejects with the signal's reason when it aborts before. */
  async acquire(member: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.isFree(member)) this.take(member);
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
    this.granted += 1;
    this.turns.set(member, this.granted);
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
    this.next()?.grant();
  }

  /** Of the members with the fewest transfers in flight, the one whose last turn is longest ago. */
  private next(): Waiting | undefined {
    const ready = [...this.waiting].filter(({ member }) => this.isFree(member));
    const fewest = Math.min(...ready.map(({ member }) => this.activeOf(member)));
    return ready
      .filter(({ member }) => this.activeOf(member) === fewest)
      .reduce<Waiting | undefined>(
        (best, each) => (best && this.turnOf(best.member) <= this.turnOf(each.member) ? best : each),
        undefined,
      );
  }

  private turnOf(member: string): number {
    return this.turns.get(member) ?? 0;
  }

  /** Whoever waits though a slot is free waits for the member's own share. */
  private isFree(member: string): boolean {
    return this.taken < this.transfersMax && this.activeOf(member) < this.memberMax;
  }
}
