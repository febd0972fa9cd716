import type { CodedError } from '#libs/kernel';
import {
  backoffDelayMs,
  toInstant,
  type BackoffPolicy,
  type Clock,
  type Gate,
  type Instant,
} from '#libs/kernel';
import type { Log } from './log.js';

export type OutageGateParts = Readonly<{
  clock: Clock;
  log: Log;
  /** In [0, 1). */
  random: () => number;
  /** What keeps the process's stores from answering, asked anew; `undefined` when all answer. Never rejects. */
  look: () => Promise<CodedError | undefined>;
}>;

/** What a process waits for, and since when. */
export type Outage = Readonly<{ error: CodedError; since: Instant }>;

const LOOK_MS = 1_000;
/** What refuses is a setting: asking more often only fills its log. */
const REFUSED_LOOK_MS = 30_000;
/** All that waited goes on within this time, not at one moment. */
const SPREAD_MS = 3_000;
/** Of one piece of work whose trouble the looks do not see, such as a secret that can't be opened. */
const RETRY: BackoffPolicy = { baseMs: 500, factor: 2, delayMaxMs: 5_000, attemptsMax: Infinity };
const LOG_MS = 10_000;

/** The one place where a process waits for its stores: it looks every second and lets all go on that wait. */
export class OutageGate implements Gate {
  private readonly stuck = new Map<string, Outage>();
  /** What the last look of `blocked` found. */
  private seen: Outage | undefined;
  private current: Outage | undefined;
  private opening: Promise<boolean> | undefined;
  private waiting = 0;
  /** Ends the looks when nobody waits for them any more. */
  private left = new AbortController();

  constructor(private readonly parts: OutageGateParts) {}

  /** What is waited for; `undefined` while nothing waits here. */
  get outage(): Outage | undefined {
    return this.current;
  }

  /** A part of the process that can't go on, such as a projection at an event of a newer version; none when it does. */
  note(part: string, error: CodedError | undefined): void {
    if (error === undefined) this.stuck.delete(part);
    else this.stuck.set(part, { error, since: this.stuck.get(part)?.since ?? this.now() });
  }

  /** What keeps the process from working, on a fresh look; `undefined` when it works. */
  async blocked(): Promise<Outage | undefined> {
    const error = this.current === undefined ? await this.parts.look() : this.current.error;
    const since = this.current?.since ?? this.seen?.since ?? this.now();
    this.seen = error === undefined ? undefined : { error, since };
    return this.seen ?? [...this.stuck.values()][0];
  }

  private now(): Instant {
    return toInstant(this.parts.clock.nowMs());
  }

  /** Throws what is waited for: work that would hold something others need does not begin then. */
  assertOpen(): void {
    if (this.current !== undefined) throw this.current.error;
  }

  /** As `assertOpen`, on a fresh look. */
  async assertAnswers(): Promise<void> {
    this.assertOpen();
    const error = await this.parts.look();
    if (error !== undefined) throw error;
  }

  async passed(failure: CodedError, failures: number, signal: AbortSignal): Promise<void> {
    const { clock, log, random } = this.parts;
    const wasClosed = await this.opened(failure, signal);
    if (!wasClosed && isPowerOfTwo(failures))
      log.warn('A step waits for what it needs.', { failures, error: failure });
    const delayMs = wasClosed
      ? random() * SPREAD_MS
      : failure.retryable
        ? (backoffDelayMs(RETRY, failures, random()) ?? RETRY.delayMaxMs)
        : REFUSED_LOOK_MS;
    await clock.sleep(delayMs, signal);
  }

  private async opened(failure: CodedError, signal: AbortSignal): Promise<boolean> {
    if (this.opening === undefined) this.left = new AbortController();
    this.opening ??= this.watch(failure, this.left.signal);
    this.waiting += 1;
    try {
      return await orAborted(this.opening, signal);
    } finally {
      this.waiting -= 1;
      if (this.waiting === 0) this.left.abort();
    }
  }

  /** Looks until all answers, or nobody waits; says whether something did not answer. Never rejects. */
  private async watch(failure: CodedError, left: AbortSignal): Promise<boolean> {
    const { clock, look } = this.parts;
    try {
      let saidAtMs = -Infinity;
      for (;;) {
        const error = await look();
        if (error === undefined || left.aborted) return this.ended(left);
        this.current = { error, since: this.current?.since ?? this.seen?.since ?? this.now() };
        if (clock.monotonicMs() - saidAtMs >= LOG_MS) saidAtMs = this.say(this.current, failure);
        const pause = clock.sleep(error.retryable ? LOOK_MS : REFUSED_LOOK_MS, left);
        await pause.catch(() => undefined);
      }
    } finally {
      this.current = undefined;
      this.opening = undefined;
    }
  }

  private say({ error, since }: Outage, failure: CodedError): number {
    this.parts.log.warn('Work waits for what does not answer.', { since, error, failure });
    return this.parts.clock.monotonicMs();
  }

  private ended(left: AbortSignal): boolean {
    if (this.current === undefined) return false;
    const { error, since } = this.current;
    if (!left.aborted) this.parts.log.info('Work goes on.', { code: error.code, since });
    return true;
  }
}

/** Which of many failures are logged. */
const isPowerOfTwo = (count: number): boolean => Number.isInteger(Math.log2(count));

const orAborted = async <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> => {
  signal.throwIfAborted();
  const over = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    const fail = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', fail, { once: true, signal: over.signal });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    over.abort();
  }
};
