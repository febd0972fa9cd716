import { canonicalJson, CodedError, deterministicId, hasCode, keepNewest, type Instant } from '#libs/kernel';
import { reasonIgnored, type Decider } from './decider.js';
import type {
  DomainEvent,
  EventMetadata,
  ExpectedRevision,
  NewEvent,
  Position,
  StoredEvent,
} from './event.js';
import type { EventStore } from './event-store.js';

/** Turns events into JSON and back, checks and upcasts them. Given by contracts. */
export interface EventCodec<E extends DomainEvent> {
  /** JSON data and the version of its schema. */
  encode(event: E): Readonly<{ data: unknown; schemaVersion: number }>;
  /** Rejects with EVENT_UNKNOWN (newer) or EVENT_INVALID. */
  decode(stored: StoredEvent): E;
}

/** Who gives a command, and when. */
export type CommandContext = Readonly<{
  actor: string;
  correlationId: string;
  causationId?: string;
  at: Instant;
}>;

/** A stream's state and how far it was read. `revision` is `no_stream` when it has no event. */
export type Loaded<State> = Readonly<{ state: State; revision: bigint | 'no_stream' }>;

/** With the id of the event at `revision`, which proves that it is still that stream. */
type Folded<State> = Readonly<{ state: State; revision: bigint; lastId: string }>;

export type Handled<State, E> = Loaded<State> &
  Readonly<{
    events: readonly E[];
    position: Position | undefined;
    /** Why no event was added. */
    ignored?: string;
  }>;

export type HandleOptions = Readonly<{
  /** Refuse with REVISION_CONFLICT unless the stream is at this revision (ETag / If-Match). */
  expected?: bigint | 'no_stream';
}>;

/** Load, decide and append on the streams of one category. */
export interface Streams<State, Command, E extends DomainEvent> {
  streamOf(id: string): string;
  load(id: string): Promise<Loaded<State>>;
  /**
   * Load, decide, append; on a revision conflict decide again on fresh state, a bounded number of times.
   * Event ids are a function of place and content, so that repeating an append is safe.
   */
  handle(
    id: string,
    command: Command,
    context: CommandContext,
    options?: HandleOptions,
  ): Promise<Handled<State, E>>;
}

/** `command`: its type. */
export type OnIgnored = (what: Readonly<{ stream: string; command: string; reason: string }>) => void;

export type StreamsOptions<State, E> = Readonly<{
  category: string;
  /**
   * When given, loading reads backwards to the newest event for which this returns a state, and folds from there:
   * the cost of loading stays the same however long the stream grows.
   */
  snapshotOf?: (event: E) => State | undefined;
  attemptsMax?: number;
  /** Told of each command that added no event, and why. */
  onIgnored?: OnIgnored;
}>;

const READ_BACK_MAX = 5_000;
const CACHED_STREAMS_MAX = 20_000;

const toNewEvent = <E extends DomainEvent>(
  codec: EventCodec<E>,
  event: E,
  place: Readonly<{ stream: string; expected: ExpectedRevision; index: number }>,
  context: CommandContext,
): NewEvent => {
  const { data, schemaVersion } = codec.encode(event);
  const metadata: EventMetadata = { ...context, schemaVersion };
  const id = deterministicId(
    place.stream,
    String(place.expected),
    String(place.index),
    event.type,
    canonicalJson(data),
    canonicalJson(metadata),
  );
  return { id, type: event.type, data, metadata };
};

/** Folds a stream from the store, from its newest snapshot on when there is one; `undefined` when it has no event. */
const createLoader = <S, C, E extends DomainEvent>(
  store: EventStore,
  codec: EventCodec<E>,
  decider: Decider<S, C, E>,
  snapshotOf: ((event: E) => S | undefined) | undefined,
): ((stream: string) => Promise<Folded<S> | undefined>) => {
  const loadWhole = async (stream: string): Promise<Folded<S> | undefined> => {
    let state = decider.initialState();
    let last: StoredEvent | undefined;
    for await (const stored of store.readStream(stream)) {
      state = decider.evolve(state, codec.decode(stored));
      last = stored;
    }
    return last && { state, revision: last.revision, lastId: last.id };
  };

  const loadFromSnapshot = async (
    stream: string,
    snapshot: (event: E) => S | undefined,
  ): Promise<Folded<S> | undefined> => {
    const newer: E[] = [];
    let last: StoredEvent | undefined;
    for await (const stored of store.readStream(stream, { direction: 'backwards', limit: READ_BACK_MAX })) {
      last ??= stored;
      const { revision, id: lastId } = last;
      const event = codec.decode(stored);
      const state = snapshot(event);
      if (state !== undefined) return { state: newer.reduceRight(decider.evolve, state), revision, lastId };
      newer.push(event);
      if (stored.revision === 0n)
        return { state: newer.reduceRight(decider.evolve, decider.initialState()), revision, lastId };
    }
    return last && loadWhole(stream);
  };

  return (stream) => (snapshotOf ? loadFromSnapshot(stream, snapshotOf) : loadWhole(stream));
};

export const createStreams = <S, C extends Readonly<{ type: string }>, E extends DomainEvent>(
  store: EventStore,
  codec: EventCodec<E>,
  decider: Decider<S, C, E>,
  { category, snapshotOf, attemptsMax = 5, onIgnored }: StreamsOptions<S, E>,
): Streams<S, C, E> => {
  const streamOf = (id: string): string => `${category}-${id}`;

  const loadFresh = createLoader(store, codec, decider, snapshotOf);
  const cache = new Map<string, Folded<S>>();
  const remember = (stream: string, folded: Folded<S> | undefined): Loaded<S> => {
    if (folded === undefined) {
      cache.delete(stream);
      return { state: decider.initialState(), revision: 'no_stream' };
    }
    keepNewest(cache, stream, folded, CACHED_STREAMS_MAX);
    return { state: folded.state, revision: folded.revision };
  };

  /** Reads on from a cached state; `undefined` when the stream no longer has the event it was folded to. */
  const readOn = async (stream: string, known: Folded<S>): Promise<Folded<S> | undefined> => {
    let { state } = known;
    let last: StoredEvent | undefined;
    for await (const stored of store.readStream(stream, { from: known.revision })) {
      if (last === undefined) {
        if (stored.revision !== known.revision || stored.id !== known.lastId) return undefined;
      } else state = decider.evolve(state, codec.decode(stored));
      last = stored;
    }
    return last && { state, revision: last.revision, lastId: last.id };
  };

  /**
   * The store is always asked for the cached state's last event and what follows it: a cache saves the fold, not the
   * read. A store that was replaced under the process (an older copy, say) has another event there, and is folded fresh.
   */
  const load = async (id: string): Promise<Loaded<S>> => {
    const stream = streamOf(id);
    const known = cache.get(stream);
    const folded = known && (await readOn(stream, known));
    return remember(stream, folded ?? (await loadFresh(stream)));
  };

  const attempt = async (id: string, command: C, context: CommandContext, options: HandleOptions) => {
    const stream = streamOf(id);
    const loaded = await load(id);
    const expected: ExpectedRevision = options.expected ?? loaded.revision;
    if (expected !== loaded.revision) {
      throw new CodedError('REVISION_CONFLICT', `${stream} is at ${loaded.revision}, not at ${expected}.`);
    }
    const events = decider.decide(command, loaded.state);
    const reason = reasonIgnored(events);
    if (reason !== undefined) {
      onIgnored?.({ stream, command: command.type, reason });
      return { ...loaded, events, position: undefined, ignored: reason };
    }
    const encoded = events.map((event, index) =>
      toNewEvent(codec, event, { stream, expected, index }, context),
    );
    const { revision, position } = await store.append(stream, encoded, expected);
    return { state: events.reduce(decider.evolve, loaded.state), revision, events, position };
  };

  return {
    streamOf,
    load,
    handle: async (id, command, context, options = {}) => {
      for (let tries = 1; ; tries += 1) {
        try {
          return await attempt(id, command, context, options);
        } catch (error) {
          const again = hasCode(error, 'REVISION_CONFLICT') && options.expected === undefined;
          if (!again || tries >= attemptsMax) throw error;
        }
      }
    },
  };
};
