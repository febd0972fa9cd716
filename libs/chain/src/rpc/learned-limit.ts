/** Successes in a row at the limit before more is tried; each failed try quadruples it, up to the second. */
const PATIENCE = 8;
/** The same once a try has passed: what limited is over. */
const PATIENCE_MIN = 2;
const PATIENCE_MAX = 512;

/**
 * How much at once a node was found to take: items of a batch, connections. Nothing is remembered for good: a gateway
 * that was busy for a moment must not be asked for single items for ever. Tries to grow become rare where they fail.
 */
export class LearnedLimit {
  private readonly most: number;
  private now: number;
  private patience = PATIENCE;
  private successes = 0;
  /** Was the limit raised since the last refusal? */
  private isTry = false;

  constructor(most: number) {
    this.most = most;
    this.now = most;
  }

  get max(): number {
    return this.now;
  }

  /** This much was refused; `fit` passes, as far as is known. */
  onRefused(amount: number, fit = amount >> 1): void {
    const next = Math.max(1, Math.min(this.now, fit));
    if (this.isTry) this.patience = Math.min(PATIENCE_MAX, this.patience * 4);
    this.isTry = false;
    this.successes = 0;
    this.now = next;
  }

  onSuccess(amount: number): void {
    if (amount < this.now || this.now === this.most) return;
    this.successes++;
    if (this.successes < this.patience) return;
    if (this.isTry) this.patience = PATIENCE_MIN;
    this.isTry = true;
    this.successes = 0;
    this.now = Math.min(this.most, this.now * 2);
  }

  /** What was refused had another cause: the limit of before holds again. */
  restore(max: number): void {
    this.now = Math.max(this.now, max);
    this.successes = 0;
  }
}
