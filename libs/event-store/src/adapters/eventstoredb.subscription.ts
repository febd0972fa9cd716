import { setTimeout as sleep } from 'node:timers/promises';
import {
  FROM_START,
  streamNameFilter,
  type AllStreamRecordedEvent,
  type AllStreamSubscription,
  type EventStoreDbClient,
} from './eventstoredb-client.js';
import { CodedError, isAborted } from '#libs/kernel';
import {
  START,
  type Position,
  type StoredEvent,
  type SubscribeOptions,
  type SubscriptionItem,
} from '#libs/event-sourcing';

/** A bounded read of the whole store. */
export type Page = Readonly<{ events: readonly StoredEvent[]; through: Position; end: boolean }>;

export type SubscriptionParts = Readonly<{
  client: EventStoreDbClient;
  closing: AbortSignal;
  /** What the names of our streams begin with. */
  starts: readonly string[];
  page: (after: Position) => Promise<Page>;
  head: () => Promise<Position>;
  toStored: (event: AllStreamRecordedEvent) => StoredEvent;
  isOurs: (event: AllStreamRecordedEvent) => boolean;
}>;

/** Silence after which we look whether there is anything more. */
const QUIET_MS = 10;
/** How often we look while nothing comes: events the filter hides move the end too. */
const POLL_MS = 500;
/** Events a look shows that the subscription does not bring within this time: the link is dead. */
const OVERDUE_MS = 5_000;
const RELINK_MS = 200;
const BUFFER_EVENTS = 256;

/** One link: events as they come, waited for without being lost or buffered without bound. */
class Feed {
  private reachedPosition: Position = START;
  private failure: unknown;
  private changed: () => void = () => undefined;
  private readonly subscription: AllStreamSubscription;

  constructor({ client, starts }: SubscriptionParts, after: Position) {
    const filter = streamNameFilter({
      prefixes: [...starts],
      checkpointInterval: 1,
      checkpointReached: (_, { commit }) => {
        this.reachedPosition = commit;
        this.changed();
      },
    });
    const fromPosition = after === START ? FROM_START : { commit: after, prepare: after };
    const { credentials } = client.call;
    this.subscription = client.sdk.subscribeToAll(
      { fromPosition, filter, credentials },
      { highWaterMark: BUFFER_EVENTS },
    );
    this.subscription
      .on('readable', () => {
        this.changed();
      })
      .on('error', (error: unknown) => {
        this.fail(error);
      })
      .on('close', () => {
        this.fail(new CodedError('STORE_UNAVAILABLE', 'The subscription was ended by the server.'));
      });
  }

  /** Up to here nothing is left to come, as far as what was taken goes. */
  get checkpoint(): Position {
    return this.reachedPosition;
  }

  /** Is there something to take, or a failure to throw? */
  get hasMore(): boolean {
    return this.failure !== undefined || this.subscription.readableLength > 0;
  }

  /** The next event that has come. Throws when the link is broken. */
  take(): AllStreamRecordedEvent | undefined {
    const resolved = this.subscription.read() as { event?: AllStreamRecordedEvent } | null;
    if (resolved) return resolved.event ?? this.take();
    if (this.failure !== undefined) throw this.failure as Error;
    return undefined;
  }

  /** Resolves when something came, the link broke, the signal aborts, or after `ms`. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.hasMore) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.changed = () => undefined;
        resolve();
      };
      const timer = setTimeout(done, ms).unref();
      this.changed = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }

  async end(): Promise<void> {
    await this.subscription.unsubscribe().catch(() => undefined);
    this.subscription.destroy();
  }

  private fail(error: unknown): void {
    this.failure ??= error;
    this.changed();
  }
}

/** Where a subscription has got to, over all its links. */
class Progress {
  private announced: Position | undefined;
  private brokenSince: number | undefined;
  private dueSince: number | undefined;

  constructor(public reached: Position) {}

  /** Nothing more will come up to here. So the link works: what broke before is forgotten. */
  passed(position: Position): void {
    if (position < this.reached) return;
    this.reached = position;
    this.brokenSince = undefined;
    this.dueSince = undefined;
  }

  /** The link broke; how long it has not worked, in ms. */
  broke(): number {
    this.brokenSince ??= performance.now();
    return performance.now() - this.brokenSince;
  }

  /** Called when the store has an event that did not come (yet). */
  assertNotOverdue(): void {
    this.dueSince ??= performance.now();
    if (performance.now() - this.dueSince > OVERDUE_MS)
      throw new CodedError('STORE_UNAVAILABLE', 'The subscription stopped delivering events.');
  }

  /** The item that says so at `head`, unless it was said before. System events lie beyond it, and don't count. */
  caughtUp(head: Position): SubscriptionItem | undefined {
    if (head > this.reached || (this.announced !== undefined && head <= this.announced)) return undefined;
    this.announced = head;
    return { kind: 'caught-up', position: head };
  }
}

type Wanted = (event: Readonly<{ type: string }>) => boolean;

/**
 * Looks past events that the filter hides. Resolves to the item to send when nothing is left. Stops before an event
 * that the subscription will bring itself; rejects when it has not done so for too long.
 */
const look = async (
  { page, head }: SubscriptionParts,
  progress: Progress,
  wanted: Wanted,
): Promise<SubscriptionItem | undefined> => {
  for (;;) {
    const { events, through, end } = await page(progress.reached);
    if (events.some(wanted)) {
      progress.assertNotOverdue();
      return undefined;
    }
    progress.passed(through);
    if (end) return progress.caughtUp(await head());
  }
};

/** Everything that has come. */
function* drain(
  feed: Feed,
  { isOurs, toStored }: SubscriptionParts,
  progress: Progress,
  wanted: Wanted,
): Generator<SubscriptionItem, void, undefined> {
  for (let event = feed.take(); event; event = feed.take()) {
    const { commit } = event.position;
    const isNew = commit > progress.reached;
    progress.passed(commit);
    if (isNew && isOurs(event) && wanted(event)) yield { kind: 'event', event: toStored(event) };
  }
  progress.passed(feed.checkpoint);
}

/** One link, until it breaks or the signal aborts. */
async function* followLink(
  parts: SubscriptionParts,
  progress: Progress,
  types: readonly string[] | undefined,
  signal: AbortSignal,
): AsyncGenerator<SubscriptionItem, void, undefined> {
  const wanted: Wanted = ({ type }) => types?.includes(type) ?? true;
  const feed = new Feed(parts, progress.reached);
  let waitMs = QUIET_MS;
  try {
    while (!isAborted(signal)) {
      for (const item of drain(feed, parts, progress, wanted)) {
        yield item;
        if (isAborted(signal)) return;
        waitMs = QUIET_MS;
      }
      await feed.wait(waitMs, signal);
      if (isAborted(signal) || feed.hasMore) continue;
      const item = await look(parts, progress, wanted);
      if (item) yield item;
      waitMs = POLL_MS;
    }
  } finally {
    await feed.end();
  }
}

/**
 * `EventStore.subscribe`: a catch-up subscription to $all, opened again from where it was whenever its link breaks.
 * Rejects with STORE_UNAVAILABLE when it stays broken, or the store is closed.
 */
export async function* followEventStoreDb(
  parts: SubscriptionParts,
  { after, types, signal }: SubscribeOptions,
): AsyncGenerator<SubscriptionItem, void, undefined> {
  const ended = AbortSignal.any([signal, parts.closing]);
  const progress = new Progress(after);
  while (!isAborted(ended)) {
    try {
      yield* followLink(parts, progress, types, ended);
    } catch (error) {
      if (isAborted(ended)) break;
      parts.client.assertPassing(error, progress.broke());
      await sleep(RELINK_MS, undefined, { signal: ended }).catch(() => undefined);
    }
  }
  if (!signal.aborted) throw new CodedError('STORE_UNAVAILABLE', 'The event store was closed.');
}
