import { backoffDelayMs, type BackoffPolicy, type Clock } from '#libs/kernel';
import { Lanes, type FailureDecision, type Log, type StepResult } from '#libs/runtime';
import type { Notification } from './notification.js';
import { postWebhook, type WebhookSettings } from './webhook.js';

export type NotifierPorts = Readonly<{
  clock: Clock;
  log: Log;
  /** In [0, 1). */
  random: () => number;
}>;

type Pending = Readonly<{ notification: Notification; since: number }>;

/** Bounded by time, not by attempts. */
const RETRY: BackoffPolicy = { baseMs: 1_000, factor: 2, delayMaxMs: 300_000, attemptsMax: Infinity };
const GIVE_UP_AFTER_MS = 3_600_000;
/** More than these wait for a receiver that is gone; then the oldest is given up. */
const PENDING_MAX = 1_000;
const CONCURRENCY_MAX = 4;

/**
 * Tells a webhook what happened. Each event has its own lane, so that one that fails holds up no other. An event that was
 * not delivered within an hour is given up and logged. Without a webhook it does nothing.
 */
export class Notifier {
  private readonly pending = new Map<string, Pending>();
  private readonly lanes: Lanes;

  constructor(
    private readonly ports: NotifierPorts,
    private readonly webhook: WebhookSettings | undefined,
  ) {
    this.lanes = new Lanes({
      name: 'notifier',
      step: (key, signal) => this.step(key, signal),
      onFailure: async (key, _error, attempt) => this.afterFailure(key, attempt),
      concurrencyMax: CONCURRENCY_MAX,
      clock: ports.clock,
      log: ports.log,
    });
  }

  /** Takes a notification to deliver and returns at once. One that waits already is not taken twice. */
  notify(notification: Notification): void {
    const { id } = notification;
    if (this.webhook === undefined || this.pending.has(id)) return;
    const oldest = this.pending.size >= PENDING_MAX ? this.pending.keys().next() : undefined;
    if (oldest?.done === false) void this.drop(oldest.value);
    this.pending.set(id, { notification, since: this.ports.clock.monotonicMs() });
    this.lanes.wake(id);
  }

  /** Resolves when nothing is being sent; what is not delivered is logged. */
  async stop(): Promise<void> {
    await this.lanes.stop();
    for (const id of [...this.pending.keys()]) this.giveUp(id, 'The service stops.');
  }

  private async step(id: string, signal: AbortSignal): Promise<StepResult> {
    const pending = this.pending.get(id);
    if (pending === undefined || this.webhook === undefined) return 'idle';
    await postWebhook(this.webhook, pending.notification, { nowMs: this.ports.clock.nowMs(), signal });
    this.pending.delete(id);
    return 'idle';
  }

  private afterFailure(id: string, attempt: number): FailureDecision {
    const { clock, random } = this.ports;
    const since = this.pending.get(id)?.since ?? 0;
    const retryAfterMs = backoffDelayMs(RETRY, attempt, random()) ?? RETRY.delayMaxMs;
    if (clock.monotonicMs() + retryAfterMs <= since + GIVE_UP_AFTER_MS) return { retryAfterMs };
    this.giveUp(id, 'It could not be delivered within an hour.');
    return 'give-up';
  }

  private async drop(id: string): Promise<void> {
    this.giveUp(id, 'Too many notifications wait.');
    await this.lanes.drop(id);
  }

  private giveUp(id: string, why: string): void {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    this.ports.log.error(`A notification was not delivered: ${why}`, { ...pending?.notification });
  }
}
