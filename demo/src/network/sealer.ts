import { CodedError, toCodedError } from '#libs/kernel';
import type { Branch } from './branch.js';

/** Below this period blocks come faster than Clique's clock: they follow the parent's time, which began in the past. */
const WALL_CLOCK_PERIOD_MS = 1000;

/** Seals a block on each branch every period, one thing at a time: sealing, forking and healing never overlap. */
export class Sealer {
  private timer: NodeJS.Timeout | undefined;
  private queue: Promise<unknown> = Promise.resolve();
  private chosen: Branch | undefined;
  private isStopped = false;
  private nextAt = 0;
  private waiting: (() => void)[] = [];

  constructor(
    private readonly periodMs: number,
    private readonly branches: () => readonly Branch[],
    private readonly log: (message: string) => void,
  ) {}

  start(): void {
    this.nextAt = Date.now() + this.periodMs;
    this.schedule();
  }

  /** Only this branch seals; undefined: all do. */
  only(branch: Branch | undefined): void {
    this.chosen = branch;
  }

  /** Runs a task when no block is being sealed. */
  between<T>(task: () => Promise<T>): Promise<T> {
    const done = this.queue.then(task);
    this.queue = done.catch(() => undefined);
    return done;
  }

  /** Resolves after a round of sealing with which the condition holds. @throws CodedError `SERVICE_UNREACHABLE` when stopped before */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.isStopped)
        throw new CodedError('SERVICE_UNREACHABLE', 'The demo network was stopped meanwhile.');
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** Resolves after the current block. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.queue;
    this.wake();
  }

  private schedule(): void {
    if (this.isStopped) return;
    this.timer = setTimeout(
      () => {
        void this.between(() => this.round()).finally(() => {
          // Rounds that were missed (a suspended machine) are not made up for.
          this.nextAt = Math.max(this.nextAt + this.periodMs, Date.now());
          this.wake();
          this.schedule();
        });
      },
      Math.max(0, this.nextAt - Date.now()),
    );
  }

  /** A failed block is tried again in the next round: the branch is as before. */
  private async round(): Promise<void> {
    const notBefore = this.periodMs < WALL_CLOCK_PERIOD_MS ? 0n : BigInt(Math.floor(Date.now() / 1000));
    for (const branch of this.branches()) {
      if (this.chosen !== undefined && this.chosen !== branch) continue;
      await branch.seal(notBefore).catch((error: unknown) => {
        this.log(`demo network: a block was not sealed: ${toCodedError(error).message}`);
      });
    }
  }

  private wake(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}
