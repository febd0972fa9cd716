import {
  BEFORE_ALL,
  checkpointAt,
  checkpointOf,
  findEvent,
  proveCheckpoint,
  storeRewound,
  type Checkpoint,
  type EventStore,
  type Position,
} from '#libs/event-sourcing';
import type { PublishChoice, StoreMemory } from '#libs/event-store';
import { backoffDelayMs, CodedError, hasCode, toInstant, type Clock, isAborted } from '#libs/kernel';
import type { EventPublisher, PublishingTerm } from '#libs/messaging';
import type { Log } from '#libs/runtime';
import { PublishBuffer } from './publish-buffer.js';

const RETRY = { baseMs: 200, factor: 2, delayMaxMs: 5_000, attemptsMax: Infinity };
const RETRY_STEPS_MAX = 6;
/** Kafka knows the next relay before this process does, so this one waits that long before it takes over again. */
const FENCED_MS = 5_000;

export type RelayParts = Readonly<{
  store: EventStore;
  /** What is remembered of the store: a stop, and what was accepted then. */
  memory: StoreMemory;
  publisher: EventPublisher;
  clock: Clock;
  log: Log;
}>;

/** Where a relay is. */
export type RelayState = Readonly<{ active: boolean; published: Position | undefined }>;

/**
 * Publishes what was committed, in the order of the store, each event once: takes over, goes on after the checkpoint it
 * finds, and begins again with whatever fails. Of several relays one is active, the others wait for their turn.
 */
export class Relay {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private active = false;
  private published: Position | undefined;
  private failures = 0;

  constructor(private readonly parts: RelayParts) {}

  get state(): RelayState {
    return { active: this.active, published: this.published };
  }

  start(): void {
    this.running ??= this.run(this.stopping.signal);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.serveTerm(await this.parts.publisher.takeOver(signal), signal);
      } catch (error) {
        if (!isAborted(signal)) await this.standBack(error, signal);
      }
    }
  }

  /** Publishes until the turn is over (resolves) or something fails (rejects). */
  private async serveTerm(term: PublishingTerm, stop: AbortSignal): Promise<void> {
    const { log } = this.parts;
    const failed = new AbortController();
    const signal = AbortSignal.any([stop, term.lost, failed.signal]);
    const buffer = new PublishBuffer();
    this.active = true;
    this.published = term.checkpoint.position;
    log.info('This relay is active.', { after: term.checkpoint.position });
    const abortOnFailure = async (work: Promise<void>): Promise<void> => {
      try {
        await work;
      } finally {
        failed.abort();
      }
    };
    try {
      await Promise.all([
        abortOnFailure(this.read(term, buffer, signal)),
        abortOnFailure(this.publish(term, buffer, signal)),
      ]);
    } finally {
      failed.abort();
      this.active = false;
      log.info('This relay is the standby.', { published: this.published });
      await term.end();
    }
  }

  private async read(term: PublishingTerm, buffer: PublishBuffer, signal: AbortSignal): Promise<void> {
    const { store, publisher } = this.parts;
    const after = await this.provedPosition(term);
    for await (const item of store.subscribe({ after, signal }))
      if (item.kind === 'event') await buffer.add(publisher.prepare(item.event), signal);
  }

  /**
   * Where to go on: after the last event that was published. When the store does not have it, as an operator accepted
   * (`store accept`); until then rejects with STORE_REWOUND.
   */
  private async provedPosition(term: PublishingTerm): Promise<Position> {
    const { store, memory, clock } = this.parts;
    const proof = await proveCheckpoint(store, term.checkpoint);
    const decision = (await memory.recall())?.decision;
    if (proof.kind !== 'proved' && decision === undefined) {
      const lost = proof.kind === 'gone' ? { lost: proof.event } : {};
      await memory.update({ stopped: { since: toInstant(clock.nowMs()), ...lost } });
      if (proof.kind === 'gone') throw storeRewound('the last event that was published', proof.event);
      throw new CodedError(
        'STORE_REWOUND',
        `No event is at position ${term.checkpoint.position}, where the last published one was.`,
      );
    }
    const from = proof.kind === 'proved' ? proof.checkpoint : await this.accepted(decision, term);
    if (proof.kind !== 'proved') await term.restart(from);
    if (decision !== undefined) await memory.update({ decision: null });
    return from.position;
  }

  private async accepted(choice: PublishChoice | undefined, { trail }: PublishingTerm): Promise<Checkpoint> {
    const { store, log } = this.parts;
    log.warn('Publishing goes on as it was accepted.', { publish: choice });
    if (choice === 'nothing') return checkpointAt(store, await store.head());
    if (choice === 'common')
      for (const { event } of trail) {
        const found = await findEvent(store, event);
        if (found) return checkpointOf(found);
      }
    return BEFORE_ALL;
  }

  private async publish(term: PublishingTerm, buffer: PublishBuffer, signal: AbortSignal): Promise<void> {
    for (;;) {
      const events = await buffer.take(signal);
      const last = events.at(-1);
      if (last === undefined) return;
      await term.publish(events);
      this.published = last.checkpoint.position;
      this.failures = 0;
    }
  }

  private async standBack(error: unknown, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.parts;
    this.failures = Math.min(RETRY_STEPS_MAX, this.failures + 1);
    const fenced = hasCode(error, 'RELAY_FENCED');
    const delayMs = fenced ? FENCED_MS : (backoffDelayMs(RETRY, this.failures, Math.random()) ?? 0);
    log.warn(fenced ? 'Another relay took over.' : 'Relaying failed; it goes on soon.', { delayMs, error });
    await clock.sleep(delayMs, signal).catch(() => undefined);
  }
}
