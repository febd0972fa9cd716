import { setImmediate as nextTurn } from 'node:timers/promises';
import { CodedError, isCodedError } from '#libs/kernel';
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
import { follow, Waker, type Tail } from '../follow.js';
import { createPageSize } from '../page-size.js';
import { toEventTexts, toStoredEvent, type EventText } from '../stored-json.js';
import { APPENDED_CHANNEL, appendGroup, type Append } from './postgres.append-group.js';
import type { PostgresDatabase, PostgresValue } from './postgres-database.js';

type Row = readonly [bigint, string, bigint, string, string, string, string];
type Waiting = Append &
  Readonly<{ resolve: (result: AppendResult) => void; reject: (error: unknown) => void }>;

const COLUMNS = 'position, stream, revision, id, type, data, metadata';
const SQL = {
  head: 'SELECT max(position) FROM events',
  mark: 'SELECT mark FROM import_under_way',
  setMark: `INSERT INTO import_under_way VALUES (true, $1)
    ON CONFLICT (single) DO UPDATE SET mark = excluded.mark`,
  clearMark: 'DELETE FROM import_under_way',
  forwards: `SELECT ${COLUMNS} FROM events WHERE stream = $1 AND revision >= $2 ORDER BY revision LIMIT $3`,
  backwards: `SELECT ${COLUMNS} FROM events WHERE stream = $1 AND revision <= $2 ORDER BY revision DESC LIMIT $3`,
  at: `SELECT ${COLUMNS} FROM events WHERE position = $1`,
  all: `SELECT ${COLUMNS} FROM events WHERE position > $1 ORDER BY position LIMIT $2`,
  without: `SELECT ${COLUMNS} FROM events WHERE position > $1 AND type <> ALL($3) ORDER BY position LIMIT $2`,
  window: `SELECT ${COLUMNS} FROM events WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3`,
  typed: `SELECT ${COLUMNS} FROM events WHERE position > $1 AND position <= $2 AND type = ANY($3)
    ORDER BY position LIMIT $4`,
} as const;

/** How many positions one look may pass over when most events are of other types. */
const WINDOW_MAX = 4_096n;
const WALK = { forwards: { first: 0n, step: 1n }, backwards: { first: 2n ** 63n - 1n, step: -1n } } as const;
/** Notifications make it quick; looking by itself makes it certain. */
const POLL_MS = 500;
/** Within the bounds of one group below. */
const APPENDS_TOGETHER = 64;
const GROUP_APPENDS_MAX = 256;
const GROUP_BYTES_MAX = 8 * 1024 * 1024;
const QUEUE_MAX = 50_000;

const toEvent = ([position, stream, revision, id, type, data, metadata]: Row): StoredEvent =>
  toStoredEvent({ position, stream, revision, id, type, data, metadata });
const bytesOfRow = (row: Row): number => row[5].length + row[6].length;
const bytesOfTexts = (texts: readonly EventText[]): number =>
  texts.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0);

/** PostgreSQL's text holds every character but this one. */
const assertStorable = (stream: string, texts: readonly EventText[]): void => {
  if ([stream, ...texts.flatMap(({ id, type }) => [id, type])].some((text) => text.includes('\u0000')))
    throw new CodedError('INPUT_INVALID', 'Stream names, types and IDs must not contain a NUL character.');
};

/**
 * The EventStore port on a PostgresDatabase. Appends of one moment share a transaction; all writers of the database
 * take one advisory lock in it, so positions are dense and commit in order, and a reader never has to look back.
 * `close` ends its subscriptions; the database is its opener's to close.
 */
export class PostgresEventStore extends EventStore {
  private readonly waker = new Waker(POLL_MS);
  private readonly closing = new AbortController();
  private readonly queue: Waiting[] = [];
  private flushing: Promise<void> | undefined;
  private listening: Promise<void> | undefined;

  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  override get appendsTogether(): number {
    return APPENDS_TOGETHER;
  }

  override get links(): number {
    return this.database.links;
  }

  async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    this.assertOpen();
    const texts = toEventTexts(events);
    assertStorable(stream, texts);
    if (this.queue.length >= QUEUE_MAX)
      throw new CodedError('STORE_UNAVAILABLE', `${QUEUE_MAX} appends are already waiting.`);
    return new Promise((resolve, reject) => {
      this.queue.push({ stream, texts, expected, resolve, reject });
      this.flushing ??= this.flush();
    });
  }

  async *readStream(stream: string, options: ReadOptions = {}): AsyncIterable<StoredEvent> {
    const { direction = 'forwards', limit = Infinity } = options;
    const { first, step } = WALK[direction];
    const page = createPageSize(bytesOfRow);
    let from = options.from ?? first;
    let left = limit;
    while (left > 0) {
      const asked = Math.min(page.rows, left);
      const rows = await this.rows(SQL[direction], stream, from, asked);
      for (const row of rows) yield toEvent(row);
      const last = rows.at(-1);
      if (!last || rows.length < asked) return;
      from = last[2] + step;
      left -= rows.length;
      page.learn(rows);
    }
  }

  async readAll(
    after: Position,
    limit: number,
    without: readonly string[] = [],
  ): Promise<readonly StoredEvent[]> {
    const rows =
      without.length === 0
        ? await this.rows(SQL.all, after, limit)
        : await this.rows(SQL.without, after, limit, without);
    return rows.map(toEvent);
  }

  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionItem> {
    const wake = (): void => {
      this.waker.wake();
    };
    this.listening ??= this.database.listen(APPENDED_CHANNEL, wake, this.closing.signal);
    return follow(this.tail(), options);
  }

  async eventAt(position: Position): Promise<StoredEvent | undefined> {
    const [row] = await this.rows(SQL.at, position);
    return row && toEvent(row);
  }

  async head(): Promise<Position> {
    const [row] = await this.rows(SQL.head);
    return (row as readonly (bigint | null)[] | undefined)?.[0] ?? START;
  }

  async importMark(): Promise<string | undefined> {
    const [row] = await this.database.query(SQL.mark);
    return row?.[0] as string | undefined;
  }

  async markImport(mark: string | undefined): Promise<void> {
    if (mark === undefined) await this.database.query(SQL.clearMark);
    else await this.database.query(SQL.setMark, mark);
  }

  async close(): Promise<void> {
    this.waker.close();
    this.closing.abort();
    await this.flushing;
    await this.listening;
  }

  private assertOpen(): void {
    if (this.waker.closed) throw new CodedError('STORE_UNAVAILABLE', 'The event store was closed.');
  }

  private async rows(sql: string, ...values: readonly PostgresValue[]): Promise<readonly Row[]> {
    this.assertOpen();
    return (await this.database.query(sql, ...values)) as unknown as readonly Row[];
  }

  private async flush(): Promise<void> {
    // One turn of the event loop: everything that arrives until then joins the group.
    await nextTurn();
    while (this.queue.length > 0) await this.commit(this.takeGroup());
    this.flushing = undefined;
  }

  private takeGroup(): readonly Waiting[] {
    let bytes = 0;
    const end = this.queue.findIndex(({ texts }, index) => {
      bytes += bytesOfTexts(texts);
      return index >= GROUP_APPENDS_MAX || (index > 0 && bytes > GROUP_BYTES_MAX);
    });
    return this.queue.splice(0, end < 0 ? this.queue.length : end);
  }

  /** Safe to try again after a commit without an answer: the ids are found then, and the append is a repetition. */
  private async commit(group: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.database.persist(() =>
        this.database.transaction((query) => appendGroup(query, group)),
      );
      group.forEach(({ resolve, reject }, index) => {
        const outcome = outcomes[index];
        if (outcome === undefined || isCodedError(outcome)) reject(outcome);
        else resolve(outcome);
      });
      this.waker.wake();
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
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
          ? await this.rows(SQL.typed, after, through, types, asked)
          : await this.rows(SQL.window, after, through, asked);
        const last = rows.at(-1);
        size.learn(rows);
        return { events: rows.map(toEvent), through: last && rows.length === asked ? last[0] : through };
      },
    };
  }
}
