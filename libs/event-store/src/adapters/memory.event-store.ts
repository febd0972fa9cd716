import { CodedError } from '#libs/kernel';
import {
  EventStore,
  START,
  type AppendResult,
  type ExpectedRevision,
  type NewEvent,
  type Position,
  type ReadOptions,
  type StoredEvent,
  type SubscribeOptions,
  type SubscriptionItem,
} from '#libs/event-sourcing';
import { planAppend } from '../append-plan.js';
import { follow, Waker } from '../follow.js';
import { toEventTexts, toStoredEvent, type EventRow } from '../stored-json.js';

const PAGE_ROWS = 256;

/** The EventStore port in memory, for tests and simulations: the same rules, nothing is kept. */
export class MemoryEventStore extends EventStore {
  private readonly rows: EventRow[] = [];
  private readonly streams = new Map<string, EventRow[]>();
  private readonly byId = new Map<string, EventRow>();
  private readonly waker = new Waker();
  private mark: string | undefined;

  async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    this.assertOpen();
    const texts = toEventTexts(events);
    const ids = texts.map(({ id }) => id);
    const rows = this.streams.get(stream) ?? [];
    const plan = planAppend({
      stream,
      ids,
      expected,
      current: rows.at(-1)?.revision,
      found: ids.map((id) => this.byId.get(id)),
    });
    if (plan.kind === 'repeat') return plan.result;
    this.streams.set(stream, rows);
    texts.forEach((text, index) => {
      const revision = plan.first + BigInt(index);
      const row: EventRow = { ...text, stream, revision, position: BigInt(this.rows.length) };
      this.rows.push(row);
      rows.push(row);
      this.byId.set(row.id, row);
    });
    this.waker.wake();
    return { revision: BigInt(rows.length) - 1n, position: BigInt(this.rows.length) - 1n };
  }

  async *readStream(
    stream: string,
    { from, direction = 'forwards', limit = Infinity }: ReadOptions = {},
  ): AsyncIterable<StoredEvent> {
    this.assertOpen();
    const rows = this.streams.get(stream) ?? [];
    const chosen =
      direction === 'forwards'
        ? rows.filter(({ revision }) => revision >= (from ?? 0n))
        : rows.filter(({ revision }) => from === undefined || revision <= from).reverse();
    for (const row of chosen.slice(0, Math.max(0, limit))) yield toStoredEvent(row);
  }

  async readAll(
    after: Position,
    limit: number,
    without: readonly string[] = [],
  ): Promise<readonly StoredEvent[]> {
    this.assertOpen();
    const first = Number(after + 1n);
    const rows = this.rows.slice(first, without.length === 0 ? first + limit : undefined);
    return rows
      .filter(({ type }) => !without.includes(type))
      .slice(0, limit)
      .map(toStoredEvent);
  }

  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionItem> {
    return follow(
      {
        waker: this.waker,
        head: () => this.head(),
        page: async (after, _through, types) => {
          const events = await this.readAll(after, PAGE_ROWS);
          const wanted = events.filter(({ type }) => !types || types.includes(type));
          return { events: wanted, through: after + BigInt(events.length) };
        },
      },
      options,
    );
  }

  async eventAt(position: Position): Promise<StoredEvent | undefined> {
    this.assertOpen();
    const row = this.rows[Number(position)];
    return row && toStoredEvent(row);
  }

  async head(): Promise<Position> {
    this.assertOpen();
    return this.rows.at(-1)?.position ?? START;
  }

  async importMark(): Promise<string | undefined> {
    return this.mark;
  }

  async markImport(mark: string | undefined): Promise<void> {
    this.mark = mark;
  }

  async close(): Promise<void> {
    this.waker.close();
  }

  private assertOpen(): void {
    if (this.waker.closed) throw new CodedError('STORE_UNAVAILABLE', 'The event store was closed.');
  }
}
