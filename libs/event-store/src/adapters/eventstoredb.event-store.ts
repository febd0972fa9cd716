import { randomUUID } from 'node:crypto';
import {
  END,
  jsonEvent,
  FROM_START,
  StreamNotFoundError,
  type AllStreamRecordedEvent,
  type AppendExpectedRevision,
  type JSONType,
  type ReadRevision,
  type RecordedEvent,
  type EventStoreDbClient,
} from './eventstoredb-client.js';
import { CodedError, isCodedError } from '#libs/kernel';
import {
  EventStore,
  START,
  type AppendResult,
  type EventMetadata,
  type ExpectedRevision,
  type NewEvent,
  type Position,
  type ReadOptions,
  type StoredEvent,
  type SubscribeOptions,
  type SubscriptionItem,
} from '#libs/event-sourcing';
import { toEventText } from '../stored-json.js';
import { StreamNames, type StreamNamesOptions } from './eventstoredb-names.js';
import { followEventStoreDb, type Page } from './eventstoredb.subscription.js';

const PAGE_EVENTS = 256;
/** Under our prefix, and of no category that is ours: no reader of the store sees it. */
const IMPORT_STREAM = 'import-store';

const assertBatch = (events: readonly NewEvent[]): void => {
  if (events.length === 0) throw new CodedError('INPUT_INVALID', 'A batch must hold at least one event.');
  if (new Set(events.map(({ id }) => id)).size !== events.length)
    throw new CodedError('REVISION_CONFLICT', 'An ID occurs twice in the batch.');
};

const toSdkEvent = (event: NewEvent) => {
  toEventText(event); // its checks: JSON, and not too large
  const { id, type, data, metadata } = event;
  return jsonEvent({ id, type, data: data as JSONType, metadata });
};

/** Every event a single write made has one place in the log; we know it by its commit. */
const toStored = (event: RecordedEvent, names: StreamNames): StoredEvent => ({
  stream: names.fromServer(event.streamId),
  revision: event.revision,
  position: event.position?.commit ?? START,
  id: event.id,
  type: event.type,
  data: event.data,
  metadata: event.metadata as EventMetadata,
});

/**
 * The EventStore port on EventStoreDB / KurrentDB. Positions are commit positions. Ids are known per stream, and surely
 * only under `no_stream` or a revision: what the server promises, no more. `close` ends its subscriptions; the client
 * is its opener's to close.
 */
export class EventStoreDbEventStore extends EventStore {
  private readonly closing = new AbortController();
  private readonly names: StreamNames;

  constructor(
    private readonly client: EventStoreDbClient,
    private readonly naming: StreamNamesOptions,
  ) {
    super();
    this.names = new StreamNames(naming);
  }

  async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    this.assertOpen();
    assertBatch(events);
    const batch = events.map(toSdkEvent);
    const expectedRevision: AppendExpectedRevision = expected;
    const name = this.names.toServer(stream);
    // The same ids again: an append may be committed although its answer never came.
    const result = await this.client.persist(() =>
      this.client.sdk.appendToStream(name, batch, { ...this.client.call, expectedRevision }),
    );
    const revision = result.nextExpectedRevision;
    return { revision, position: result.position?.commit ?? (await this.positionOf(stream, revision)) };
  }

  async *readStream(stream: string, options: ReadOptions = {}): AsyncIterable<StoredEvent> {
    const { direction = 'forwards', limit = Infinity } = options;
    const step = direction === 'forwards' ? 1n : -1n;
    let from = options.from;
    let left = limit;
    while (left > 0) {
      const asked = Math.min(PAGE_EVENTS, left);
      const page = await this.streamPage(stream, direction, from, asked);
      yield* page;
      const last = page.at(-1);
      if (!last || page.length < asked || (direction === 'backwards' && last.revision === 0n)) return;
      from = last.revision + step;
      left -= page.length;
    }
  }

  async readAll(
    after: Position,
    limit: number,
    without: readonly string[] = [],
  ): Promise<readonly StoredEvent[]> {
    const found: StoredEvent[] = [];
    let reached = after;
    while (found.length < limit) {
      const page = await this.page(reached);
      const wanted = page.events.filter(({ type }) => !without.includes(type));
      found.push(...wanted.slice(0, limit - found.length));
      if (page.end) break;
      reached = page.through;
    }
    return found;
  }

  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionItem> {
    return followEventStoreDb(
      {
        client: this.client,
        closing: this.closing.signal,
        starts: this.names.starts,
        page: (after) => this.page(after),
        head: () => this.head(),
        toStored: (event) => toStored(event, this.names),
        isOurs: (event) => this.names.isOurs(event),
      },
      options,
    );
  }

  async eventAt(position: Position): Promise<StoredEvent | undefined> {
    const [event] = await this.readAllRaw('forwards', { commit: position, prepare: position }, 1);
    const isThere = event?.position.commit === position && this.names.isOurs(event);
    return isThere ? toStored(event, this.names) : undefined;
  }

  async head(): Promise<Position> {
    let from: typeof END | { commit: bigint; prepare: bigint } = END;
    for (;;) {
      const raw = await this.readAllRaw('backwards', from, PAGE_EVENTS);
      const newest = raw.find((event) => this.names.isOurs(event));
      if (newest) return newest.position.commit;
      const last = raw.at(-1);
      if (!last || raw.length < PAGE_EVENTS) return START;
      from = last.position;
    }
  }

  async importMark(): Promise<string | undefined> {
    for await (const { data } of this.marks().readStream(IMPORT_STREAM, { direction: 'backwards', limit: 1 }))
      return (data as Readonly<{ mark: string | null }>).mark ?? undefined;
    return undefined;
  }

  async markImport(mark: string | undefined): Promise<void> {
    const metadata = {
      schemaVersion: 1,
      correlationId: 'import',
      actor: 'system',
      at: new Date().toISOString(),
    };
    const event = { id: randomUUID(), type: 'ImportMarked', data: { mark: mark ?? null }, metadata };
    await this.marks().append(IMPORT_STREAM, [event], 'any');
  }

  async close(): Promise<void> {
    this.closing.abort();
  }

  /** The same server, where only marks are ours. */
  private marks(): EventStoreDbEventStore {
    return new EventStoreDbEventStore(this.client, { ...this.naming, categories: ['import'] });
  }

  private assertOpen(): void {
    if (this.closing.signal.aborted) throw new CodedError('STORE_UNAVAILABLE', 'The event store was closed.');
  }

  private async positionOf(stream: string, revision: bigint): Promise<Position> {
    const [event] = await this.streamPage(stream, 'forwards', revision, 1);
    return event?.position ?? START;
  }

  private async streamPage(
    stream: string,
    direction: 'forwards' | 'backwards',
    from: bigint | undefined,
    maxCount: number,
  ): Promise<readonly StoredEvent[]> {
    this.assertOpen();
    const fromRevision: ReadRevision = from ?? (direction === 'forwards' ? FROM_START : END);
    const options = { ...this.client.call, direction, fromRevision, maxCount };
    const name = this.names.toServer(stream);
    try {
      const found = await this.client.collect(() => this.client.sdk.readStream(name, options));
      return found.flatMap(({ event }) => (event ? [toStored(event, this.names)] : []));
    } catch (error) {
      if (isCodedError(error) && error.cause instanceof StreamNotFoundError) return [];
      throw error;
    }
  }

  /** Some events after `after`; `through` is how far it got. */
  private async page(after: Position): Promise<Page> {
    // Reading is inclusive: what lies at `after` comes once more.
    const from = after === START ? FROM_START : { commit: after, prepare: after };
    const asked = PAGE_EVENTS + 1;
    const raw = await this.readAllRaw('forwards', from, asked);
    const events = raw.filter((event) => event.position.commit > after && this.names.isOurs(event));
    return {
      events: events.map((event) => toStored(event, this.names)),
      through: raw.at(-1)?.position.commit ?? after,
      end: raw.length < asked,
    };
  }

  private async readAllRaw(
    direction: 'forwards' | 'backwards',
    fromPosition: typeof FROM_START | typeof END | { commit: bigint; prepare: bigint },
    maxCount: number,
  ): Promise<readonly AllStreamRecordedEvent[]> {
    this.assertOpen();
    const options = { ...this.client.call, direction, fromPosition, maxCount };
    const found = await this.client.collect(() => this.client.sdk.readAll(options));
    return found.flatMap(({ event }) => (event ? [event] : []));
  }
}
