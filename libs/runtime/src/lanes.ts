import { isOurs, toCodedError, type Clock, type CodedError, type Gate } from '#libs/kernel';
import type { Log } from './log.js';

export type StepResult = 'more' | 'idle';
/**
 * What comes after a failed step: it is tried again, or given up; `waitMs` when something else is to blame, which has
 * to come back first: such a step does not count among those that failed.
 */
export type FailureDecision = Readonly<{ retryAfterMs: number }> | Readonly<{ waitMs: number }> | 'give-up';

export type LanesOptions = Readonly<{
  /** Stands in the log. */
  name: string;
  /** One bounded piece of work for a key. `more`: call again; `idle`: nothing to do until the next wake. */
  step: (key: string, signal: AbortSignal) => Promise<StepResult>;
  /**
   * Called for each failed step, with how many failed in a row. Not called when the lane was dropped or stopped, nor
   * for a fault of ours (`isOurs`): then the lane waits at the gate, and the failure does not count.
   */
  onFailure: (key: string, error: CodedError, attempt: number) => Promise<FailureDecision>;
  /** Where lanes wait out a fault of ours; left out, each looks again by itself. */
  gate?: Gate;
  /** Steps that run at the same time over all keys. */
  concurrencyMax: number;
  clock: Clock;
  log: Log;
}>;

type Lane = {
  readonly key: string;
  controller: AbortController;
  state: 'ready' | 'running' | 'waiting';
  /** Woken since the running step began. */
  woken: boolean;
  attempt: number;
  /** Failures by a fault of ours in a row. */
  outages: number;
  /** Ends the wait before a retry. */
  hurry: (() => void) | undefined;
};

/** Delay when `onFailure` itself fails, and before a lane without a gate looks again. */
const LOOK_AGAIN_MS = 5_000;

/** What follows a step: more of it, nothing, or a wait that ends when its signal aborts at the latest. */
type Next = StepResult | ((signal: AbortSignal) => Promise<void>);

/**
 * Serial workers by key: at most one step at a time for a key, a bounded number over all, turn by turn. A lane exists
 * only while it has work. Nothing here rejects: failures go to `onFailure`.
 */
export class Lanes {
  private readonly lanes = new Map<string, Lane>();
  private readonly ready = new Set<Lane>();
  private readonly running = new Map<Lane, Promise<void>>();
  private idleWaiters: (() => void)[] = [];
  private stopped = false;

  constructor(private readonly options: LanesOptions) {}

  /**
   * Makes the lane of a key run. Repeating it changes nothing, except that a wake during a step makes it run once
   * more. A lane that waits before a retry keeps its delay unless told `now`.
   */
  wake(key: string, when: 'in-turn' | 'now' = 'in-turn'): void {
    if (this.stopped) return;
    const lane = this.lanes.get(key);
    if (!lane) {
      this.add({ key, ...fresh(), state: 'ready', hurry: undefined });
    } else if (lane.state === 'running') {
      lane.woken = true;
    } else if (lane.state === 'waiting' && when === 'now') {
      lane.hurry?.();
    }
  }

  /** Keys that have a lane now: running, in line or waiting before a retry. */
  get keys(): readonly string[] {
    return [...this.lanes.keys()];
  }

  /** Aborts the lane of a key and forgets its work; resolves when its running step has ended. */
  async drop(key: string): Promise<void> {
    const lane = this.lanes.get(key);
    if (!lane) return;
    lane.woken = false;
    lane.controller.abort(new DOMException(`Lane ${key} was dropped.`, 'AbortError'));
    if (lane.state === 'running') {
      await this.running.get(lane);
      return;
    }
    this.remove(lane);
    this.settleIdle();
  }

  /** Aborts everything and resolves when no step is running any more. Later wakes do nothing. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([...this.lanes.keys()].map(async (key) => this.drop(key)));
  }

  /** Resolves when no lane is ready or running (those waiting before a retry do not count). */
  async idle(): Promise<void> {
    if (this.isIdle()) return;
    await new Promise<void>((resolve) => {
      this.idleWaiters.push(resolve);
    });
  }

  private isIdle(): boolean {
    return this.ready.size === 0 && this.running.size === 0;
  }

  private settleIdle(): void {
    if (!this.isIdle()) return;
    const waiters = this.idleWaiters;
    this.idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  private add(lane: Lane): void {
    this.lanes.set(lane.key, lane);
    lane.state = 'ready';
    this.ready.add(lane);
    this.pump();
  }

  private remove(lane: Lane): void {
    this.ready.delete(lane);
    this.lanes.delete(lane.key);
  }

  /** Starts lanes in the order they became ready; one that has more to do goes to the end of the line. */
  private pump(): void {
    for (const lane of this.ready) {
      if (this.running.size >= this.options.concurrencyMax) return;
      this.ready.delete(lane);
      lane.state = 'running';
      this.running.set(lane, this.run(lane));
    }
  }

  private async run(lane: Lane): Promise<void> {
    const next = await this.outcome(lane);
    this.running.delete(lane);
    this.proceed(lane, next);
    this.pump();
    this.settleIdle();
  }

  private proceed(lane: Lane, next: Next): void {
    const dropped = lane.controller.signal.aborted;
    if (this.stopped || (dropped && !lane.woken)) {
      this.remove(lane);
    } else if (dropped) {
      this.add(Object.assign(lane, fresh()));
    } else if (typeof next === 'function') {
      lane.state = 'waiting';
      lane.woken = false;
      void this.waitThenReady(lane, next);
    } else if (next === 'more' || lane.woken) {
      lane.woken = false;
      this.add(lane);
    } else {
      this.remove(lane);
    }
  }

  /** Runs one step. Never rejects. */
  private async outcome(lane: Lane): Promise<Next> {
    // A step begins in a later turn of the event loop, so that `wake` returns before any of it runs.
    await Promise.resolve();
    const { signal } = lane.controller;
    try {
      if (signal.aborted) return 'idle';
      const result = await this.options.step(lane.key, signal);
      lane.attempt = 0;
      lane.outages = 0;
      return result;
    } catch (error) {
      return signal.aborted ? 'idle' : this.decide(lane, toCodedError(error));
    }
  }

  private async decide(lane: Lane, error: CodedError): Promise<Next> {
    const { name, log, onFailure } = this.options;
    if (isOurs(error)) return this.atTheGate(lane, error);
    lane.outages = 0;
    lane.attempt += 1;
    const fields = { lane: name, key: lane.key, attempt: lane.attempt, error };
    try {
      const decision = await onFailure(lane.key, error, lane.attempt);
      if (decision === 'give-up') {
        log.warn('A step failed and will not be retried.', fields);
        lane.attempt = 0;
        return 'idle';
      }
      if ('waitMs' in decision) lane.attempt -= 1;
      const delayMs = 'waitMs' in decision ? decision.waitMs : decision.retryAfterMs;
      log.warn('A step failed and will be retried.', { ...fields, delayMs });
      return this.after(delayMs);
    } catch (failure) {
      if (isOurs(failure)) {
        lane.attempt -= 1;
        return this.atTheGate(lane, toCodedError(failure));
      }
      log.error('Handling a failed step failed.', { ...fields, failure });
      return this.after(LOOK_AGAIN_MS);
    }
  }

  private after(ms: number): Next {
    return (signal) => this.options.clock.sleep(ms, signal);
  }

  private atTheGate(lane: Lane, error: CodedError): Next {
    const { name, log, gate } = this.options;
    lane.outages += 1;
    const failures = lane.outages;
    log.debug('A step waits for what it needs.', { lane: name, key: lane.key, failures, error });
    return gate === undefined ? this.after(LOOK_AGAIN_MS) : (signal) => gate.passed(error, failures, signal);
  }

  private async waitThenReady(lane: Lane, wait: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const hurried = new AbortController();
    lane.hurry = () => {
      hurried.abort();
    };
    const signal = AbortSignal.any([hurried.signal, lane.controller.signal]);
    // Only the two signals end a wait early.
    await wait(signal).catch(() => undefined);
    lane.hurry = undefined;
    if (this.lanes.get(lane.key) === lane && !lane.controller.signal.aborted) this.add(lane);
  }
}

const fresh = (): Pick<Lane, 'controller' | 'woken' | 'attempt' | 'outages'> => ({
  controller: new AbortController(),
  woken: false,
  attempt: 0,
  outages: 0,
});
