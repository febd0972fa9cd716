import { setImmediate as nextTurn } from 'node:timers/promises';
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
import { planAppend, type EventPlace } from '../append-plan.js';
import { follow, Waker, type Tail } from '../follow.js';
import { createPageSize } from '../page-size.js';
import { toEventTexts, toStoredEvent, type EventText } from '../stored-json.js';
import type { LibsqlDatabase, SqlValue } from './libsql-database.js';

type Row = readonly [bigint, string, bigint, string, string, string, string];

const COLUMNS = 'position, stream, revision, id, type, data, metadata';
const SQL = {
  insert: 'INSERT INTO events (stream, revision, id, type, data, metadata) VALUES (?, ?, ?, ?, ?, ?)',
  place: 'SELECT stream, revision, position FROM events WHERE id = ?',
  current: 'SELECT max(revision) FROM events WHERE stream = ?',
  head: 'SELECT max(position) FROM events',
  mark: 'SELECT mark FROM import_under_way',
  setMark: 'INSERT OR REPLACE INTO import_under_way (only, mark) VALUES (1, ?)',
  clearMark: 'DELETE FROM import_under_way',
  forwards: `SELECT ${COLUMNS} FROM events WHERE stream = ? AND revision >= ? ORDER BY revision LIMIT ?`,
  backwards: `SELECT ${COLUMNS} FROM events WHERE stream = ? AND revision <= ? ORDER BY revision DESC LIMIT ?`,
  at: `SELECT ${COLUMNS} FROM events WHERE position = ?`,
  all: `SELECT ${COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?`,
  window: `SELECT ${COLUMNS} FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?`,
  typed: `SELECT ${COLUMNS} FROM events WHERE position > ? AND position <= ?
    AND type IN (SELECT value FROM json_each(?)) ORDER BY position LIMIT ?`,
  without: `SELECT ${COLUMNS} FROM events WHERE position > ? AND position <= ?
    AND type NOT IN (SELECT value FROM json_each(?)) ORDER BY position LIMIT ?`,
} as const;

/** How many positions one look may pass over when most events are of other types. */
const WINDOW_MAX = 4_096n;
const WALK = { forwards: { first: 0n, step: 1n }, backwards: { first: 2n ** 63n - 1n, step: -1n } } as const;
const POLL_MS = 200;
/** Less than a group of the database takes. */
const APPENDS_TOGETHER = 64;

const bytesOfRow = (row: Row): number => row[5].length + row[6].length;

const toEvent = ([position, stream, revision, id, type, data, metadata]: Row): StoredEvent =>
  toStoredEvent({ position, stream, revision, id, type, data, metadata });

/** The EventStore port on a LibsqlDatabase. `close` ends its subscriptions; the database is its opener's to close. */
export class LibsqlEventStore extends EventStore {
  private readonly waker = new Waker(POLL_MS);

  constructor(private readonly database: LibsqlDatabase) {
    super();
  }

  override get appendsTogether(): number {
    return APPENDS_TOGETHER;
  }

  async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    this.assertOpen();
    const texts = toEventTexts(events);
    const { result, added } = await this.database.write(() =>
      this.appendInTransaction(stream, texts, expected),
    );
    if (added) this.waker.wake();
    return result;
  }

  async *readStream(stream: string, options: ReadOptions = {}): AsyncIterable<StoredEvent> {
    const { direction = 'forwards', limit = Infinity } = options;
    const { first, step } = WALK[direction];
    let from = options.from ?? first;
    let left = limit;
    const page = createPageSize(bytesOfRow);
    while (left > 0) {
      const asked = Math.min(page.rows, left);
      const rows = await this.rows(SQL[direction], stream, from, asked);
      for (const row of rows) yield toEvent(row);
      const last = rows.at(-1);
      if (!last || rows.length < asked) return;
      from = last[2] + step;
      left -= rows.length;
      page.learn(rows);
      await nextTurn();
    }
  }

  async readAll(
    after: Position,
    limit: number,
    without: readonly string[] = [],
  ): Promise<readonly StoredEvent[]> {
    if (without.length === 0) return (await this.rows(SQL.all, after, limit)).map(toEvent);
    const types = JSON.stringify(without);
    const head = await this.head();
    const found: Row[] = [];
    // In windows: a store may hold a million events of other types, and reading blocks.
    for (let from = after; from < head && found.length < limit; from += WINDOW_MAX) {
      const through = from + WINDOW_MAX;
      found.push(...(await this.rows(SQL.without, from, through, types, limit - found.length)));
      await nextTurn();
    }
    return found.map(toEvent);
  }

  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionItem> {
    return follow(this.tail(), options);
  }

  async eventAt(position: Position): Promise<StoredEvent | undefined> {
    const [row] = await this.rows(SQL.at, position);
    return row && toEvent(row);
  }

  async head(): Promise<Position> {
    this.assertOpen();
    const row = await this.database.read(() => this.database.statement(SQL.head).get());
    return (row as readonly [bigint | null])[0] ?? START;
  }

  async importMark(): Promise<string | undefined> {
    const row = await this.database.read(() => this.database.statement(SQL.mark).get());
    return row?.[0] as string | undefined;
  }

  async markImport(mark: string | undefined): Promise<void> {
    await this.database.write(() =>
      mark === undefined
        ? this.database.statement(SQL.clearMark).run()
        : this.database.statement(SQL.setMark).run(mark),
    );
  }

  async close(): Promise<void> {
    this.waker.close();
  }

  private assertOpen(): void {
    if (this.waker.closed) throw new CodedError('STORE_UNAVAILABLE', 'The event store was closed.');
  }

  private async rows(sql: string, ...values: readonly SqlValue[]): Promise<readonly Row[]> {
    this.assertOpen();
    return (await this.database.read(() => this.database.statement(sql).all(...values))) as readonly Row[];
  }

  /** Runs inside a group's transaction. */
  private appendInTransaction(stream: string, texts: readonly EventText[], expected: ExpectedRevision) {
    const ids = texts.map(({ id }) => id);
    const current = this.database.statement(SQL.current).get(stream) as readonly [bigint | null];
    const found = ids.map((id) => this.placeOf(id));
    const plan = planAppend({ stream, ids, expected, current: current[0] ?? undefined, found });
    if (plan.kind === 'repeat') return { result: plan.result, added: false };
    const insert = this.database.statement(SQL.insert);
    let revision = plan.first - 1n;
    let position = START;
    for (const { id, type, data, metadata } of texts) {
      revision += 1n;
      position = insert.run(stream, revision, id, type, data, metadata).lastInsertRowid;
    }
    return { result: { revision, position }, added: true };
  }

  private placeOf(id: string): EventPlace | undefined {
    const row = this.database.statement(SQL.place).get(id) as readonly [string, bigint, bigint] | undefined;
    return row && { stream: row[0], revision: row[1], position: row[2] };
  }

  private tail(): Tail {
    const size = createPageSize(bytesOfRow);
    return {
      waker: this.waker,
      head: () => this.head(),
      page: async (after, head, types) => {
        const through = after + WINDOW_MAX < head ? after + WINDOW_MAX : head;
        const asked = size.rows;
        const rows = types
          ? await this.rows(SQL.typed, after, through, JSON.stringify(types), asked)
          : await this.rows(SQL.window, after, through, asked);
        const last = rows.at(-1);
        size.learn(rows);
        return { events: rows.map(toEvent), through: last && rows.length === asked ? last[0] : through };
      },
    };
  }
}
