import { proveCheckpoint, storeRewound, type EventStore, type Position } from '#libs/event-sourcing';
import { backoffDelayMs, CodedError, hasCode, type Clock, isAborted } from '#libs/kernel';
import type { EventPublisher, PublishingTerm } from '#libs/messaging';
import type { Log } from '#libs/runtime';
import { PublishBuffer } from './publish-buffer.js';

const RETRY = { baseMs: 200, factor: 2, delayMaxMs: 5_000, attemptsMax: Infinity };
const RETRY_STEPS_MAX = 6;
/** Kafka knows the next relay before this process does, so this one waits that long before it takes over again. */
const FENCED_MS = 5_000;

export type RelayParts = Readonly<{ store: EventStore; publisher: EventPublisher; clock: Clock; log: Log }>;

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

  /** Rejects with STORE_REWOUND when the store does not have the event that was published last. */
  private async provedPosition({ checkpoint }: PublishingTerm): Promise<Position> {
    const proof = await proveCheckpoint(this.parts.store, checkpoint);
    if (proof.kind === 'proved') return proof.checkpoint.position;
    if (proof.kind === 'gone') throw storeRewound('the last event that was published', proof.event);
    throw new CodedError(
      'STORE_REWOUND',
      `No event is at position ${checkpoint.position}, where the last published one was.`,
    );
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
