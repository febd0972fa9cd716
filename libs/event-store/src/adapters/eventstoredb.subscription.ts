import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError, isAborted } from '#libs/kernel';
import {
  START,
  type Position,
  type StoredEvent,
  type SubscribeOptions,
  type SubscriptionItem,
} from '#libs/event-sourcing';
import type { EventStoreDbClient } from './eventstoredb-client.js';
import type { Incoming } from './eventstoredb-incoming.js';
import { openRead, positionUnknown, recordAt, type Recorded, type ServerItem } from './eventstoredb-reads.js';
import type { Watchdog } from './eventstoredb-watchdog.js';

export type SubscriptionParts = Readonly<{
  client: EventStoreDbClient;
  /** Ends it: the store was closed, or the subscriber asked for it. */
  signal: AbortSignal;
  /** What the names of our streams begin with. */
  starts: readonly string[];
  /** `undefined` for what others wrote. */
  toOurs: (event: Recorded) => StoredEvent | undefined;
  watchdog: Watchdog;
}>;

/** Silence after which a batch counts as drained. */
const QUIET_MS = 10;
/** A server before 23.10 never says that we have caught up: look after this silence, later after longer ones. */
const MUTE_MS = 500;
const MUTE_MS_MAX = 5_000;
const RELINK_MS = 200;
const FOREVER_MS = 2 ** 30;

/** Where a subscription has got to, over all its links. Only records that were read say what was read. */
class Progress {
  /** The newest record read, ours or not; its id once it is known. */
  reached: Readonly<{ position: Position; id?: string }>;
  /** Everything strictly before this was sent: what a checkpoint proves. */
  proved: Position = START;
  /** The newest of ours that was read. */
  newest: Position;
  private announced: Position | undefined;
  private brokenSince: number | undefined;

  constructor(after: Position) {
    this.reached = { position: after };
    this.newest = after;
  }

  /** True for a record that was not read before. */
  read({ position, id }: Recorded, isOurs: boolean): boolean {
    this.brokenSince = undefined;
    if (position <= this.reached.position) return false;
    this.reached = { position, id };
    if (isOurs) this.newest = position;
    return true;
  }

  checkpoint(position: Position): void {
    this.brokenSince = undefined;
    if (position > this.proved) this.proved = position;
  }

  /** The link broke; how long it has not worked, in ms. */
  broke(): number {
    this.brokenSince ??= performance.now();
    return performance.now() - this.brokenSince;
  }

  /** Is there a `caught-up` to send? */
  get isUnannounced(): boolean {
    return this.announced === undefined || this.newest > this.announced;
  }

  announce(): SubscriptionItem {
    this.announced = this.newest;
    return { kind: 'caught-up', position: this.newest };
  }
}

type Wanted = (event: StoredEvent) => boolean;

/** A record that came: the item to send, if it is one. */
const itemOf = (
  record: Recorded,
  { toOurs }: SubscriptionParts,
  progress: Progress,
  wanted: Wanted,
): SubscriptionItem | undefined => {
  const event = toOurs(record);
  const isNew = progress.read(record, event !== undefined);
  return isNew && event !== undefined && wanted(event) ? { kind: 'event', event } : undefined;
};

/** Is the record there, and the same as far as it is known? */
const isStill = (there: Recorded | undefined, id: string | undefined): boolean =>
  there ? id === undefined || id === there.id : false;

/**
 * Where the next link begins: at a record that is still there. A checkpoint saves reading again what was hidden: the
 * record at it, if any, was not sent by the server, and comes back to be sent now.
 */
const resume = async ({ client }: SubscriptionParts, progress: Progress): Promise<Recorded | undefined> => {
  const { reached, proved } = progress;
  if (reached.position !== START) {
    const there = await recordAt(client, reached.position);
    if (!isStill(there, reached.id)) throw positionUnknown(client, reached.position);
  }
  return proved > reached.position ? recordAt(client, proved) : undefined;
};

/** One link, with what it knows beyond the progress. */
class Link {
  /** Has it shown everything up to now? Then each drained batch is announced. */
  isLive = false;
  private taken = 0;
  private muteMs = MUTE_MS;
  private dueAt: Readonly<{ head: Position; taken: number }> | undefined;

  constructor(
    private readonly incoming: Incoming<ServerItem>,
    private readonly progress: Progress,
  ) {}

  /** How long it may be silent. */
  get patienceMs(): number {
    return this.isLive ? FOREVER_MS : this.muteMs;
  }

  /** Called after a silence: may it have caught up without a word? */
  isMute(): boolean {
    this.muteMs = Math.min(MUTE_MS_MAX, this.muteMs * 2);
    return !this.isLive;
  }

  /** The next record that came. Throws when the link is broken. */
  take(): Recorded | undefined {
    for (let item = this.incoming.take(); item; item = this.incoming.take()) {
      this.taken += 1;
      if (item.kind === 'event') return item.event;
      if (item.kind === 'checkpoint') this.progress.checkpoint(item.position);
      else if (item.kind === 'caught-up') this.isLive = true;
      else if (item.kind === 'fell-behind') this.isLive = false;
    }
    if (this.incoming.ended)
      throw new CodedError('STORE_UNAVAILABLE', 'The subscription was ended by the server.', {
        cause: 'ended',
      });
    return undefined;
  }

  /** Told where the newest event of ours is. Two looks without what the first saw: the link is dead. */
  readonly saw = (head: Position): void => {
    if (head <= this.progress.newest) {
      this.dueAt = undefined;
      this.isLive = true;
      this.incoming.wake();
    } else if (this.incoming.hasMore || this.taken !== this.dueAt?.taken)
      this.dueAt = { head, taken: this.taken };
    else if (this.progress.newest < this.dueAt.head)
      this.incoming.fail(
        new CodedError('STORE_UNAVAILABLE', 'The subscription stopped delivering events.', { cause: 'dead' }),
      );
  };
}

const openLink = async (parts: SubscriptionParts, progress: Progress): Promise<Incoming<ServerItem>> => {
  const { position } = progress.reached;
  return openRead(parts.client, { from: position === START ? 'start' : position, streams: parts.starts });
};

/** Everything that has come. */
function* drained(
  link: Link,
  parts: SubscriptionParts,
  progress: Progress,
  wanted: Wanted,
): Generator<SubscriptionItem, void, undefined> {
  for (let record = link.take(); record; record = link.take()) {
    const item = itemOf(record, parts, progress, wanted);
    if (item) yield item;
    if (parts.signal.aborted) return;
  }
}

/** One link, until it breaks or the signal aborts. */
async function* followLink(
  parts: SubscriptionParts,
  progress: Progress,
  wanted: Wanted,
): AsyncGenerator<SubscriptionItem, void, undefined> {
  const { signal } = parts;
  const atCheckpoint = await resume(parts, progress);
  const missed = atCheckpoint && itemOf(atCheckpoint, parts, progress, wanted);
  if (missed) yield missed;
  const incoming = await openLink(parts, progress);
  const link = new Link(incoming, progress);
  const unwatch = parts.watchdog.watch(link.saw);
  try {
    while (!isAborted(signal)) {
      yield* drained(link, parts, progress, wanted);
      const isDue = link.isLive && progress.isUnannounced;
      if (await incoming.wait(isDue ? QUIET_MS : link.patienceMs, signal)) continue;
      if (isDue) yield progress.announce();
      else if (link.isMute()) void parts.watchdog.look();
    }
  } finally {
    unwatch();
    incoming.end();
  }
}

/**
 * `EventStore.subscribe`: a catch-up subscription to $all, opened again from where it was whenever its link breaks.
 * Rejects with STORE_UNAVAILABLE when it stays broken, or the store is closed, and with STORE_POSITION_UNKNOWN when the
 * record it begins at, or was at, is not in the store.
 */
export async function* followEventStoreDb(
  { closing, ...rest }: Omit<SubscriptionParts, 'signal'> & Readonly<{ closing: AbortSignal }>,
  { after, types, signal }: SubscribeOptions,
): AsyncGenerator<SubscriptionItem, void, undefined> {
  const ended = AbortSignal.any([signal, closing]);
  const parts = { ...rest, signal: ended };
  const progress = new Progress(after);
  const wanted: Wanted = ({ type }) => types?.includes(type) ?? true;
  while (!isAborted(ended)) {
    try {
      yield* followLink(parts, progress, wanted);
    } catch (error) {
      if (isAborted(ended)) break;
      parts.client.assertPassing(error, progress.broke());
      await sleep(RELINK_MS, undefined, { signal: ended }).catch(() => undefined);
    }
  }
  if (!signal.aborted) throw new CodedError('STORE_UNAVAILABLE', 'The event store was closed.');
}
