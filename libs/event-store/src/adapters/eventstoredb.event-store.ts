import { randomUUID } from 'node:crypto';
import { CodedError, hasCode } from '#libs/kernel';
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
import { toEventTexts } from '../stored-json.js';
import type { EventStoreDbClient } from './eventstoredb-client.js';
import { isRefusedPosition } from './eventstoredb-errors.js';
import { Head } from './eventstoredb-head.js';
import { StreamNames, type StreamNamesOptions } from './eventstoredb-names.js';
import {
  collectEvents,
  positionUnknown,
  readEvents,
  recordAt,
  type ReadRequest,
  type Recorded,
} from './eventstoredb-reads.js';
import { followEventStoreDb } from './eventstoredb.subscription.js';
import { Watchdog } from './eventstoredb-watchdog.js';

/** Under our prefix, and of no category that is ours: no reader of the store sees it. */
const IMPORT_STREAM = 'import-store';
const EVENTS_MAX = Number.MAX_SAFE_INTEGER;

/** A read of a stream, but for where it begins. */
type Whole = Readonly<{ stream: string; direction: 'forwards' | 'backwards'; count: number }>;

const assertBatch = (events: readonly NewEvent[]): void => {
  if (events.length === 0) throw new CodedError('INPUT_INVALID', 'A batch must hold at least one event.');
  if (new Set(events.map(({ id }) => id)).size !== events.length)
    throw new CodedError('REVISION_CONFLICT', 'An ID occurs twice in the batch.');
  toEventTexts(events); // its checks: JSON, and not too large
};

const jsonOf = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
    ) as unknown;
  } catch {
    return undefined;
  }
};

const truncated = (stream: string, why: string): CodedError =>
  new CodedError('STREAM_TRUNCATED', `${stream} is incomplete in the event store: ${why}.`, {
    context: { stream },
  });

/** Throws STREAM_TRUNCATED unless the revisions follow one another. */
const assertNext = (stream: string, revision: bigint, expected: bigint): void => {
  if (revision !== expected) throw truncated(stream, `revision ${expected} is missing, ${revision} is there`);
};

/**
 * The EventStore port on EventStoreDB / KurrentDB. Positions are commit positions. Ids are known per stream, and surely
 * only under `no_stream` or a revision: what the server promises, no more. Reading a stream that somebody cut
 * (`$maxCount`, `$maxAge`, `$tb`, deleted) rejects with STREAM_TRUNCATED. `close` ends its subscriptions; the client is
 * its opener's to close.
 */
export class EventStoreDbEventStore extends EventStore {
  private readonly closing = new AbortController();
  private readonly names: StreamNames;
  private readonly newest: Head;
  private readonly watchdog: Watchdog;

  constructor(
    private readonly client: EventStoreDbClient,
    private readonly naming: StreamNamesOptions,
  ) {
    super();
    this.names = new StreamNames(naming);
    this.newest = new Head(client, this.names.starts, (event) => this.toOurs(event) !== undefined);
    this.watchdog = new Watchdog(() => this.newest.look());
  }

  override get links(): number {
    return this.client.links;
  }

  async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    this.assertOpen();
    assertBatch(events);
    const name = this.names.toServer(stream);
    if (expected === 'no_stream') await this.assertNeverDeleted(stream);
    const { revision, position } = await this.client.append(name, events, expected);
    if (expected === 'no_stream') assertNext(stream, revision - BigInt(events.length - 1), 0n);
    return { revision, position: position ?? (await this.positionOf(name, revision)) };
  }

  async *readStream(stream: string, options: ReadOptions = {}): AsyncIterable<StoredEvent> {
    this.assertOpen();
    const { direction = 'forwards', limit = EVENTS_MAX, from } = options;
    if (limit <= 0) return;
    const whole = { stream: this.names.toServer(stream), direction, count: Math.min(limit, EVENTS_MAX) };
    if (direction === 'forwards') yield* this.readOn(stream, from ?? 0n, whole);
    else yield* this.readBack(stream, from, whole);
  }

  async readAll(
    after: Position,
    limit: number,
    without: readonly string[] = [],
  ): Promise<readonly StoredEvent[]> {
    this.assertOpen();
    if (limit <= 0) return [];
    const count = without.length === 0 ? limit + 1 : EVENTS_MAX;
    const request: ReadRequest = {
      from: after === START ? 'start' : after,
      count,
      streams: this.names.starts,
    };
    const read = async (): Promise<readonly StoredEvent[]> => {
      const found: StoredEvent[] = [];
      let isProved = after === START;
      for await (const record of readEvents(this.client, request)) {
        // Reading is inclusive: what lies at `after` comes once more, and proves that it is there.
        if (record.position === after) isProved = true;
        else if (!isProved) await this.assertThere(after);
        const event = record.position === after ? undefined : this.toOurs(record);
        isProved = true;
        if (event !== undefined && !without.includes(event.type) && found.push(event) >= limit) break;
      }
      if (!isProved) await this.assertThere(after);
      return found;
    };
    return this.client.persist(async () => {
      try {
        return await read();
      } catch (error) {
        if (after !== START && isRefusedPosition(error)) await this.assertThere(after);
        throw error;
      }
    });
  }

  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionItem> {
    const parts = {
      client: this.client,
      closing: this.closing.signal,
      starts: this.names.starts,
      toOurs: (event: Recorded) => this.toOurs(event),
      watchdog: this.watchdog,
    };
    return followEventStoreDb(parts, options);
  }

  /** The event at exactly this position; `undefined` where none of ours is, also where the server refuses the position. */
  async eventAt(position: Position): Promise<StoredEvent | undefined> {
    this.assertOpen();
    const record = position === START ? undefined : await recordAt(this.client, position);
    return record && this.toOurs(record);
  }

  async head(): Promise<Position> {
    this.assertOpen();
    return this.newest.look();
  }

  /**
   * The prefix under which another installation of Chainkeep wrote to this server last, empty if it has none (as
   * version 0.1). `undefined`: there is no other.
   */
  async otherPrefix(): Promise<string | undefined> {
    this.assertOpen();
    const streams = this.names.othersPattern;
    const found = await collectEvents(this.client, {
      from: 'end',
      direction: 'backwards',
      count: 256,
      streams,
    });
    const other = found.find(({ metadata }) => StreamNames.isChainkeeps(jsonOf(metadata)));
    return other && StreamNames.prefixOf(other.stream);
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

  private toStored({ stream, revision, position, id, type, data }: Recorded, metadata: unknown): StoredEvent {
    const name = this.names.fromServer(stream);
    return {
      stream: name,
      revision,
      position,
      id,
      type,
      data: jsonOf(data),
      metadata: metadata as EventMetadata,
    };
  }

  /** `undefined` for what others wrote. */
  private toOurs(event: Recorded): StoredEvent | undefined {
    const metadata = this.names.owns(event.stream) ? jsonOf(event.metadata) : undefined;
    return StreamNames.isChainkeeps(metadata) ? this.toStored(event, metadata) : undefined;
  }

  private async *readOn(stream: string, from: bigint, whole: Whole): AsyncGenerator<StoredEvent> {
    let expected = from;
    for await (const event of this.resumed(from, whole)) {
      assertNext(stream, event.revision, expected);
      expected += 1n;
      yield this.toStored(event, jsonOf(event.metadata));
    }
  }

  private async *readBack(
    stream: string,
    from: bigint | undefined,
    whole: Whole,
  ): AsyncGenerator<StoredEvent> {
    // It often ends before the beginning, where the caller has enough: that must be there all the same.
    if (from === undefined && whole.count > 1) await this.assertBeginning(stream);
    let expected: bigint | undefined;
    let left = whole.count;
    for await (const event of this.resumed(from ?? 'end', whole)) {
      assertNext(stream, event.revision, expected ?? event.revision);
      expected = event.revision - 1n;
      left -= 1;
      yield this.toStored(event, jsonOf(event.metadata));
    }
    if (left > 0 && expected !== undefined && expected >= 0n)
      throw truncated(stream, `revision ${expected} is missing`);
  }

  /** The events of a stream; after a broken link from where it was, like any call. */
  private async *resumed(from: ReadRequest['from'], whole: Whole): AsyncGenerator<Recorded, void, undefined> {
    let [next, count] = [from, whole.count];
    for (;;) {
      const [events, first] = await this.client.persist(async () => {
        const opened = readEvents(this.client, { ...whole, from: next, count });
        return [opened, await opened.next()] as const;
      });
      try {
        for (let result = first; result.done !== true; result = await events.next()) {
          yield result.value;
          count -= 1;
          next = result.value.revision + (whole.direction === 'forwards' ? 1n : -1n);
          if (next < 0n || count <= 0) return;
        }
        return;
      } catch (error) {
        this.client.assertPassing(error, 0);
      } finally {
        await events.return();
      }
    }
  }

  private async positionOf(name: string, revision: bigint): Promise<Position> {
    const [event] = await collectEvents(this.client, { stream: name, from: revision, count: 1 });
    return event?.position ?? START;
  }

  private async assertThere(after: Position): Promise<void> {
    if ((await recordAt(this.client, after)) === undefined) throw positionUnknown(this.client, after);
  }

  private async assertBeginning(stream: string): Promise<void> {
    const request = { stream: this.names.toServer(stream), from: 'start', count: 1 } as const;
    const [first] = await collectEvents(this.client, request);
    if (first) assertNext(stream, first.revision, 0n);
  }

  /** After a deletion the server takes `no_stream` at a later revision. What was there before is only in its metadata. */
  private async assertNeverDeleted(stream: string): Promise<void> {
    const name = `$$${this.names.toServer(stream)}`;
    const request = { stream: name, from: 'end', direction: 'backwards', count: 1 } as const;
    const [last] = await collectEvents(this.client, request).catch((error: unknown) => {
      // Who may not read the metadata learns it from the answer to the append.
      if (hasCode(error, 'STORE_ACCESS_DENIED')) return [];
      throw error;
    });
    const { $tb } = ((last && jsonOf(last.data)) ?? {}) as Readonly<{ $tb?: number }>;
    if ($tb !== undefined && $tb > 0) throw truncated(stream, 'it was deleted');
  }
}
