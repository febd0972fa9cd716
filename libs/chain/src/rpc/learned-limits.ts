/** Batches in a row that must succeed at the soft limit before it is raised. */
const PATIENCE = 16;

/**
 * What a node was found to take: items of a batch. A refused number of items is remembered for good; an answer
 * that was too large or too slow limits only for a while, because the blocks to come may be smaller.
 */
export class LearnedLimits {
  private refusedMax: number;
  private softMax: number;
  private successes = 0;

  constructor(itemsMax: number) {
    this.refusedMax = itemsMax;
    this.softMax = itemsMax;
  }

  get itemsMax(): number {
    return Math.min(this.refusedMax, this.softMax);
  }

  /** The node takes fewer items than this. */
  onRefused(items: number): void {
    this.refusedMax = Math.max(1, Math.min(this.refusedMax, items >> 1));
  }

  /** The answer to this many items was too large or too slow; `fit` of them would have passed. */
  onTooMuch(items: number, fit = items >> 1): void {
    this.softMax = Math.max(1, Math.min(this.softMax, fit));
    this.successes = 0;
  }

  onSuccess(items: number): void {
    if (items < this.softMax || this.softMax >= this.refusedMax) return;
    this.successes++;
    if (this.successes % PATIENCE === 0) this.softMax += Math.ceil(this.softMax / 8);
  }
}
