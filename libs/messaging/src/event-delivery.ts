import { isObservable, lastValueFrom } from 'rxjs';
import type { DeadLetterSink, Position, StoredEvent } from '#libs/event-sourcing';
import { toInstant, type Clock } from '#libs/kernel';
import type { BusLog } from './bus-log.js';
import { describeFailure, judgeFailure, type DeliveryPolicy } from './delivery-policy.js';

/** One consumer method, bound to its message; resolves (or completes) when it is done. */
export type Handle = (event: StoredEvent) => Promise<unknown>;

/** The event a bus is at work on, and why it is not done yet. */
export type Waiting = Readonly<{
  eventId: string;
  type: string;
  position: Position;
  attempts: number;
  code?: string;
}>;

export type DeliveryParts = Readonly<{
  consumer: string;
  deadLetters: DeadLetterSink;
  clock: Clock;
  log: BusLog;
  policy: DeliveryPolicy;
  random: () => number;
}>;

type Failure = Readonly<{ handle: Handle; error: unknown }>;

/** Brings one event at a time to all its handlers, by the rules of the delivery policy. */
export class EventDelivery {
  #waiting: Waiting | undefined;

  constructor(private readonly parts: DeliveryParts) {}

  get waiting(): Waiting | undefined {
    return this.#waiting;
  }

  /**
   * Resolves `true` when every handler has handled the event or it lies in the dead letters, `false` when the signal
   * aborted before. Handlers that succeeded are not called again for the sake of one that failed.
   */
  async deliver(event: StoredEvent, handles: readonly Handle[], signal: AbortSignal): Promise<boolean> {
    let left = handles;
    for (let attempt = 1; left.length > 0; attempt += 1) {
      this.#waiting = { eventId: event.id, type: event.type, position: event.position, attempts: attempt };
      const failures = await failuresOf(left, event);
      const delays = await Promise.all(
        failures.map((failure) => this.#afterFailure(event, failure, attempt, signal)),
      );
      left = failures.flatMap(({ handle }, index) => (delays[index] === undefined ? [] : [handle]));
      if (left.length > 0 && !(await this.#pause(Math.max(...delays.map((ms) => ms ?? 0)), signal)))
        return false;
    }
    this.#waiting = undefined;
    return true;
  }

  /** How long to wait before the handler's next try, in ms; `undefined` when the event was set aside for it. */
  async #afterFailure(
    event: StoredEvent,
    { error }: Failure,
    attempt: number,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const { consumer, log, policy, random } = this.parts;
    const { code, message } = describeFailure(error);
    const fields = { consumer, eventId: event.id, type: event.type, stream: event.stream, attempt, code };
    const verdict = judgeFailure(error, attempt, random(), policy);
    if (this.#waiting) this.#waiting = { ...this.#waiting, code };
    if (verdict.kind === 'retry') {
      log.warn(`Tried again soon: ${message}`, { ...fields, delayMs: verdict.delayMs, error });
      return verdict.delayMs;
    }
    log.error(`Set aside as a dead letter: ${message}`, { ...fields, error });
    return (await this.#setAside(event, error, attempt, signal)) ? undefined : 0;
  }

  /** Nothing is passed over unrecorded: a sink that fails is tried until it takes the letter. */
  async #setAside(
    event: StoredEvent,
    error: unknown,
    attempts: number,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { consumer, deadLetters, clock, log, policy, random } = this.parts;
    const { id: eventId, type, stream, position } = event;
    const at = toInstant(clock.nowMs());
    const letter = { consumer, eventId, type, stream, position, attempts, at, ...describeFailure(error) };
    for (let tries = 1; ; tries += 1) {
      try {
        await deadLetters.record(letter);
        return true;
      } catch (failure) {
        log.error('A dead letter could not be recorded.', { consumer, eventId, error: failure });
        // The time without end of retryable errors, whatever the sink threw.
        const { delayMaxMs, baseMs, factor } = policy.retryable;
        const delayMs = Math.min(delayMaxMs, baseMs * factor ** tries) * (0.5 + random() / 2);
        if (!(await this.#pause(delayMs, signal))) return false;
      }
    }
  }

  /** False when the signal aborts first. */
  async #pause(ms: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    try {
      await this.parts.clock.sleep(ms, signal);
      return true;
    } catch {
      return false;
    }
  }
}

const settle = async (handle: Handle, event: StoredEvent): Promise<unknown> => {
  const result = await handle(event);
  if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
  return undefined;
};

const failuresOf = async (handles: readonly Handle[], event: StoredEvent): Promise<readonly Failure[]> => {
  const outcomes = await Promise.allSettled(handles.map((handle) => settle(handle, event)));
  return handles.flatMap((handle, index) => {
    const outcome = outcomes[index];
    return outcome?.status === 'rejected' ? [{ handle, error: outcome.reason as unknown }] : [];
  });
};
