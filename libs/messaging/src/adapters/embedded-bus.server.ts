import {
  BaseRpcContext,
  Server,
  type CustomTransportStrategy,
  type MessageHandler,
} from '@nestjs/microservices';
import {
  START,
  type CheckpointStore,
  type DeadLetterSink,
  type EventStore,
  type Position,
  type StoredEvent,
} from '#libs/event-sourcing';
import { CodedError, backoffDelayMs, toCodedError, type Clock, type Gate } from '#libs/kernel';
import type { BusLog } from '../bus-log.js';
import { CheckpointKeeper } from '../checkpoint-keeper.js';
import { DELIVERY_POLICY, type DeliveryPolicy } from '../delivery-policy.js';
import { EventDelivery, setAsideWith, type CloseWork, type Handle, type Waiting } from '../event-delivery.js';
import { toEventMessage } from '../event-message.js';

export type EmbeddedBusOptions = Readonly<{
  /** Names the checkpoint: one consumer is one place in the store. */
  consumer: string;
  store: EventStore;
  checkpoints: CheckpointStore;
  deadLetters: DeadLetterSink;
  /** Before a letter is written; see `CloseWork`. */
  closeWork?: CloseWork;
  /** Where a fault of ours is waited out. */
  gate?: Gate;
  clock: Clock;
  log: BusLog;
  /** `source` of the messages; default `chainkeep`. */
  source?: string;
  policy?: DeliveryPolicy;
  /** In [0, 1), for jitter. */
  random?: () => number;
  /** How long `close` waits for running handlers, default 10 s; their events come again at the next start. */
  closeTimeoutMs?: number;
}>;

/** How far behind a consumer is. `waiting` is the event it is handling. */
export type BusLag = Readonly<{ position: Position; handled: Position; waiting: Waiting | undefined }>;

/**
 * The bus of the standalone mode, as a NestJS transport: follows the store from the consumer's checkpoint and hands
 * every committed event to all its `@EventPattern(type)` handlers, in order, one event at a time. At least once: the
 * checkpoint is saved after the handling. A retryable failure pauses the consumer until it passes; others end in the
 * dead letters. Nothing is published to it: what was appended is what it delivers.
 */
export class EmbeddedBusServer extends Server implements CustomTransportStrategy {
  // Nest then leaves failures to us instead of logging them as unhandled.
  override readonly propagatesEventHandlerErrors = true;
  private readonly handles = new Map<string, Handle<StoredEvent>[]>();
  private readonly delivery: EventDelivery<StoredEvent>;
  private readonly stop = new AbortController();
  private keeper: CheckpointKeeper | undefined;
  private running: Promise<void> | undefined;

  constructor(private readonly options: EmbeddedBusOptions) {
    super();
    const setAside = setAsideWith(options);
    this.delivery = new EventDelivery({
      policy: DELIVERY_POLICY,
      random: Math.random,
      ...options,
      setAside: async (event, failure) => {
        await setAside(event, failure);
      },
    });
  }

  /** Kept apart from Nest's chain of handlers, which would repeat all of them when one fails. */
  override addHandler(pattern: unknown, callback: MessageHandler, isEventHandler = false): void {
    if (typeof pattern !== 'string' || !isEventHandler)
      throw new CodedError('INTERNAL', 'The bus carries events: use @EventPattern with the type of one.');
    callback.isEventHandler = true;
    this.messageHandlers.set(pattern, callback);
    const source = this.options.source ?? 'chainkeep';
    const handle: Handle<StoredEvent> = async (event) => {
      const message = toEventMessage(event, source);
      return callback(message, new BaseRpcContext([message.ce]));
    };
    this.handles.set(pattern, [...(this.handles.get(pattern) ?? []), handle]);
  }

  listen(callback: (error?: unknown) => void): void {
    this.running ??= this.run(this.stop.signal);
    callback();
  }

  /** Takes no further event, waits for the current one, saves the checkpoint. */
  async close(): Promise<void> {
    this.stop.abort();
    const waited = new AbortController();
    const { clock, closeTimeoutMs = 10_000 } = this.options;
    const timeout = clock.sleep(closeTimeoutMs, waited.signal).catch(() => undefined);
    await Promise.race([this.running, timeout]);
    waited.abort();
    await this.keeper?.save();
  }

  /** Head of the store and how far this consumer has got; equal when it is idle. */
  async lag(): Promise<BusLag> {
    const position = await this.options.store.head();
    return { position, handled: this.keeper?.reached ?? START, waiting: this.delivery.waiting };
  }

  on(): never {
    throw new CodedError('INTERNAL', 'The embedded bus has no events of its own.');
  }

  unwrap(): never {
    throw new CodedError('INTERNAL', 'The embedded bus wraps no other server.');
  }

  private async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    let reached: Position | undefined;
    while (!signal.aborted) {
      try {
        this.keeper ??= await CheckpointKeeper.load(this.options);
        await this.follow(this.keeper, signal);
      } catch (error) {
        failures = this.keeper?.reached === reached ? failures + 1 : 1;
        reached = this.keeper?.reached;
        await this.afterStoreFailure(error, failures, signal);
      }
    }
  }

  private async follow(keeper: CheckpointKeeper, signal: AbortSignal): Promise<void> {
    const types = [...this.handles.keys()];
    const after = await keeper.prove();
    for await (const item of this.options.store.subscribe({ after, types, signal })) {
      if (item.kind === 'caught-up') await keeper.passed(item.position);
      else {
        const handles = this.handles.get(item.event.type) ?? [];
        if (!(await this.delivery.deliver(item.event, handles, signal))) return;
        await keeper.handled(item.event);
      }
    }
  }

  private async afterStoreFailure(error: unknown, failures: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { clock, consumer, gate, log, policy = DELIVERY_POLICY, random = Math.random } = this.options;
    log.warn('The connection to the event store was lost. Retrying.', { consumer, failures, error });
    const delayMs = backoffDelayMs(policy.retryable, failures, random()) ?? policy.retryable.delayMaxMs;
    const waited = gate?.passed(toCodedError(error), failures, signal) ?? clock.sleep(delayMs, signal);
    await waited.catch(() => undefined);
  }
}
