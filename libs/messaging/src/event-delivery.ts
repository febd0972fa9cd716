import { isObservable, lastValueFrom } from 'rxjs';
import type { DeadLetterSink, Position, StoredEvent } from '#libs/event-sourcing';
import { isOurs, toCodedError, toInstant, type Clock, type CodedError, type Gate } from '#libs/kernel';
import type { BusLog } from './bus-log.js';
import { describeFailure, judgeFailure, type DeliveryPolicy } from './delivery-policy.js';

/** What a bus can say of any message. */
export type Deliverable = Pick<StoredEvent, 'id' | 'type' | 'stream' | 'position'>;

/** One consumer method, bound to its message; resolves (or completes) when it is done. */
export type Handle<Message> = (message: Message) => Promise<unknown>;

/** The event a bus is handling, and why it is not done yet. */
export type Waiting = Readonly<{
  eventId: string;
  type: string;
  position: Position;
  attempts: number;
  code?: string;
}>;

/** Why a message can't be handled. */
export type Failure = Readonly<{ code: string; message: string; attempts: number }>;

export type DeliveryParts<Message> = Readonly<{
  consumer: string;
  /** Keeps what can't be handled. While it fails nothing is passed over: the message is tried again. */
  setAside: (message: Message, failure: Failure) => Promise<void>;
  /** Where a fault of ours is waited out; left out, the policy says how long. */
  gate?: Gate | undefined;
  clock: Clock;
  log: BusLog;
  policy: DeliveryPolicy;
  random: () => number;
}>;

type Retry = Readonly<{
  delayMs: number;
  code: string;
  /** The fault of ours that is waited out first. */
  outage?: CodedError | undefined;
}>;

/** Handlers to try again, after how long and why; none when the message is done. */
export type Attempt<Message> = Retry & Readonly<{ left: readonly Handle<Message>[] }>;

/** Brings one message at a time to all its handlers, by the rules of the delivery policy. */
export class EventDelivery<Message extends Deliverable> {
  private currentWait: Waiting | undefined;

  constructor(private readonly parts: DeliveryParts<Message>) {}

  /** What `deliver` is handling. */
  get waiting(): Waiting | undefined {
    return this.currentWait;
  }

  /**
   * Resolves `true` when every handler has handled the message or it was set aside, `false` when the signal aborted
   * before. Handlers that succeeded are not called again for the sake of one that failed.
   */
  async deliver(
    message: Message,
    handles: readonly Handle<Message>[],
    signal: AbortSignal,
  ): Promise<boolean> {
    let left = handles;
    this.currentWait = waitingFor(message, 1);
    for (let attempt = 1; left.length > 0; attempt += 1) {
      const result = await this.attempt(message, left, attempt);
      left = result.left;
      if (left.length === 0) break;
      this.currentWait = waitingFor(message, attempt, result.code);
      if (!(await this.rest(result, attempt, signal))) return false;
    }
    this.currentWait = undefined;
    return true;
  }

  /** One attempt, the `attempt`th (from 1), at handlers that are left. Never rejects. */
  async attempt(
    message: Message,
    handles: readonly Handle<Message>[],
    attempt: number,
  ): Promise<Attempt<Message>> {
    const outcomes = await Promise.allSettled(handles.map((handle) => settle(handle, message)));
    const retries = await Promise.all(
      outcomes.map(async (outcome) =>
        outcome.status === 'fulfilled' ? undefined : this.afterFailure(message, outcome.reason, attempt),
      ),
    );
    const left = handles.filter((_, index) => retries[index] !== undefined);
    const delayMs = Math.max(0, ...retries.map((retry) => retry?.delayMs ?? 0));
    const first = retries.find((retry) => retry !== undefined);
    const outage = retries.find((retry) => retry?.outage !== undefined)?.outage;
    return { left, delayMs, code: first?.code ?? '', outage };
  }

  /** Waits before the next attempt: at the gate for a fault of ours. False when the signal aborts before. */
  async rest({ delayMs, outage }: Retry, attempt: number, signal: AbortSignal): Promise<boolean> {
    const { gate } = this.parts;
    if (outage === undefined || gate === undefined) return this.pause(delayMs, signal);
    return gate.passed(outage, attempt, signal).then(
      () => true,
      () => false,
    );
  }

  /** False when the signal aborts before `ms` are over. */
  async pause(ms: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    try {
      await this.parts.clock.sleep(ms, signal);
      return true;
    } catch {
      return false;
    }
  }

  /** When to try the handler again; `undefined` when the message was set aside for it. */
  private async afterFailure(message: Message, error: unknown, attempt: number): Promise<Retry | undefined> {
    const { consumer, log, policy, random } = this.parts;
    const { code, message: text } = describeFailure(error);
    const { id: eventId, type, stream } = message;
    const fields = { consumer, eventId, type, stream, attempt, code };
    const verdict = judgeFailure(error, attempt, random(), policy);
    if (verdict.kind === 'retry') {
      log.warn(`Retrying: ${text}`, { ...fields, delayMs: verdict.delayMs, error });
      const outage = isOurs(error) ? toCodedError(error) : undefined;
      return { delayMs: verdict.delayMs, code, outage };
    }
    try {
      await this.parts.setAside(message, { code, message: text, attempts: attempt });
      log.error(`Moved to the dead letters: ${text}`, { ...fields, error });
      return undefined;
    } catch (failure) {
      log.error('A dead letter could not be recorded.', { consumer, eventId, error: failure });
      // The time without end of retryable errors, whatever the sink threw.
      const { delayMaxMs, baseMs, factor } = policy.retryable;
      return { delayMs: Math.min(delayMaxMs, baseMs * factor ** attempt) * (0.5 + random() / 2), code };
    }
  }
}

const waitingFor = ({ id, type, position }: Deliverable, attempts: number, code?: string): Waiting => ({
  eventId: id,
  type,
  position,
  attempts,
  ...(code === undefined ? {} : { code }),
});

/** Closes the run or lane of an event with another event; `false` when the event belongs to none. */
export type CloseWork = (event: StoredEvent, failure: Failure) => Promise<boolean>;

/** What becomes of a committed event that can't be handled: its work is closed, or a letter says so. */
export const setAsideWith =
  (
    parts: Readonly<{
      consumer: string;
      deadLetters: DeadLetterSink;
      closeWork?: CloseWork | undefined;
      clock: Clock;
    }>,
  ) =>
  async (event: StoredEvent, failure: Failure): Promise<'closed' | 'recorded'> => {
    const { consumer, deadLetters, closeWork, clock } = parts;
    if ((await closeWork?.(event, failure)) === true) return 'closed';
    const { id: eventId, type, stream, position } = event;
    const at = toInstant(clock.nowMs());
    await deadLetters.record({ consumer, eventId, type, stream, position, at, ...failure });
    return 'recorded';
  };

const settle = async <Message>(handle: Handle<Message>, message: Message): Promise<void> => {
  const result = await handle(message);
  if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
};
