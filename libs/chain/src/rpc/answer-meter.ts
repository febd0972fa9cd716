import type { Share } from './byte-budget.js';

const TOGETHER_BYTES_MAX = 32 * 1024 * 1024;
/** The header of a block may come before its body. */
const BEFORE_BYTES_MAX = 2 * 1024 * 1024;

/** The answers to one question are more together than is held at once: it must be asked for less. */
export class TooMuchAtOnce extends Error {
  override readonly name = 'TooMuchAtOnce';
}

/**
 * Counts what the parts of one question are answered with, so that a question cut in parts is bounded as a whole, and
 * holds the memory of a large answer until it was used.
 */
export class AnswerMeter {
  private bytes = 0;
  private turn: Promise<unknown>;
  private held: Share | undefined;
  private isReleased = false;

  /** Nothing large is asked for before `mayBegin`: what is used later must not hold what is used first waits for. */
  constructor(mayBegin: Promise<void> = Promise.resolve()) {
    this.turn = mayBegin;
  }

  /** Throws `TooMuchAtOnce` when there is more than is held at once. One large answer alone always passes. */
  add(bytes: number): void {
    const before = this.bytes;
    this.bytes += bytes;
    if (before > BEFORE_BYTES_MAX && this.bytes > TOGETHER_BYTES_MAX) throw new TooMuchAtOnce();
  }

  get holdsLarge(): boolean {
    return this.held !== undefined;
  }

  /**
   * Asks for something large when no other part of the question does. Throws `TooMuchAtOnce` when one already holds
   * memory: a second one would wait for it.
   */
  inTurn<T>(ask: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(() => {
      if (this.held !== undefined) throw new TooMuchAtOnce();
      return ask();
    });
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  /** Keeps the memory of an answer until `release`. */
  hold(share: Share): void {
    this.held = share;
    // It came after the question was given up.
    if (this.isReleased) this.release();
  }

  /** The answers were used, or are not needed. Safe to repeat. */
  release(): void {
    this.isReleased = true;
    this.held?.release();
    this.held = undefined;
  }
}
