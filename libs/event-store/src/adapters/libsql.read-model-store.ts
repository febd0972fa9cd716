import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  BEFORE_ALL,
  checkpointFromJson,
  checkpointToJson,
  type Checkpoint,
  type Position,
} from '#libs/event-sourcing';
import {
  checkActivate,
  checkApply,
  checkExpected,
  fingerprintOf,
  toApplied,
  type DocumentText,
} from '../read-model-rules.js';
import {
  ReadModelStore,
  type ApplyCommand,
  type Fingerprint,
  type ListOptions,
  type ReadModelRow,
} from '../read-model-store.js';
import { createApplyThread, type LibsqlApplyThread } from './libsql-apply-thread.js';
import type { LibsqlDatabase, SqlValue } from './libsql-database.js';

type Row = readonly [string, string | null, string, string];

/** Rows of one statement: a call into the database costs about as much as a row. */
const PUT_ROWS = 32;
const putting = (rows: number): string =>
  `INSERT OR REPLACE INTO documents (projection, collection, id, parent, sort, document)
    VALUES ${Array.from({ length: rows }, () => '(?1, ?, ?, ?, ?, ?)').join(', ')}`;

const COLUMNS = 'id, parent, sort, document';
const SQL = {
  checkpoint: 'SELECT position, event FROM projections WHERE projection = ?',
  advance: 'INSERT OR REPLACE INTO projections (projection, position, event) VALUES (?, ?, ?)',
  put: putting(1),
  putMany: putting(PUT_ROWS),
  remove: 'DELETE FROM documents WHERE projection = ? AND collection = ? AND id = ?',
  get: `SELECT ${COLUMNS} FROM documents WHERE projection = ? AND collection = ? AND id = ?`,
  count: 'SELECT count(*) FROM documents WHERE projection = ? AND collection = ?',
  countOfParent: 'SELECT count(*) FROM documents WHERE projection = ? AND collection = ? AND parent = ?',
  dropRows: 'DELETE FROM documents WHERE projection = ?',
  dropCheckpoint: 'DELETE FROM projections WHERE projection = ?',
  activate: 'INSERT OR REPLACE INTO active_projections (name, projection) VALUES (?, ?)',
  active: 'SELECT projection FROM active_projections WHERE name = ?',
  scan: `SELECT collection, ${COLUMNS} FROM documents
    WHERE projection = ? AND (collection, id) > (?, ?) ORDER BY collection, id LIMIT ?`,
} as const;

const SCAN_ROWS = 256;

const toRow = ([id, parent, sort, document]: Row): ReadModelRow => ({
  id,
  parent: parent ?? undefined,
  sort,
  document: JSON.parse(document) as unknown,
});

/** The ReadModelStore port on a LibsqlDatabase. A separate thread writes what a rebuild applies. */
export class LibsqlReadModelStore extends ReadModelStore {
  private writing: Promise<void> | undefined;

  constructor(
    private readonly database: LibsqlDatabase,
    private readonly thread = createApplyThread(database.file),
  ) {
    super();
    if (thread) database.beforeClose(() => thread.close());
  }

  async apply(command: ApplyCommand): Promise<void> {
    return command.bulk && this.thread ? this.applyElsewhere(this.thread, command) : this.applyHere(command);
  }

  /** What comes until its turn has come is written with it. */
  private async applyElsewhere(thread: LibsqlApplyThread, command: ApplyCommand): Promise<void> {
    const state = { isSettled: false };
    const applied = thread.add(command).finally(() => {
      state.isSettled = true;
    });
    // Asked for below.
    applied.catch(() => undefined);
    while (!state.isSettled) await this.turn(thread);
    await applied;
  }

  /** The next one, shared by all who wait for one. */
  private turn(thread: LibsqlApplyThread): Promise<void> {
    this.writing ??= this.database
      .writeElsewhere(() => {
        this.writing = undefined;
        return thread.write();
      })
      .catch((error: unknown) => {
        this.writing = undefined;
        throw error;
      });
    return this.writing;
  }

  private async applyHere(command: ApplyCommand): Promise<void> {
    const { projection } = command;
    const { puts, deletes } = toApplied(command.changes);
    await this.database.write(() => {
      checkApply(command, this.checkpointRow(projection)?.position);
      for (const { collection, id } of deletes) this.run(SQL.remove, projection, collection, id);
      this.put(projection, puts);
      this.advance(projection, command);
    });
  }

  async checkpoint(projection: string): Promise<Checkpoint> {
    return (await this.database.read(() => this.checkpointRow(projection))) ?? BEFORE_ALL;
  }

  async moveCheckpoint(projection: string, expected: Position, checkpoint: Checkpoint): Promise<void> {
    await this.database.write(() => {
      checkExpected(projection, expected, this.checkpointRow(projection)?.position);
      this.advance(projection, checkpoint);
    });
  }

  async get(projection: string, collection: string, id: string): Promise<ReadModelRow | undefined> {
    const [row] = await this.rows(SQL.get, projection, collection, id);
    return row && toRow(row as Row);
  }

  async list(
    projection: string,
    collection: string,
    { parent, afterSort, limit, descending = false }: ListOptions = {},
  ): Promise<readonly ReadModelRow[]> {
    const order = descending ? 'DESC' : 'ASC';
    const where = ['projection = ?', 'collection = ?'];
    const values: SqlValue[] = [projection, collection];
    if (parent !== undefined) {
      where.push('parent = ?');
      values.push(parent);
    }
    if (afterSort !== undefined) {
      where.push(`sort ${descending ? '<' : '>'} ?`);
      values.push(afterSort);
    }
    const sql = `SELECT ${COLUMNS} FROM documents WHERE ${where.join(' AND ')} ORDER BY sort ${order}, id ${order} LIMIT ?`;
    const rows = await this.rows(sql, ...values, limit ?? -1);
    return rows.map((row) => toRow(row as Row));
  }

  async count(projection: string, collection: string, parent?: string): Promise<number> {
    const [row] =
      parent === undefined
        ? await this.rows(SQL.count, projection, collection)
        : await this.rows(SQL.countOfParent, projection, collection, parent);
    return Number(row?.[0]);
  }

  async drop(projection: string): Promise<void> {
    await this.database.write(() => {
      this.run(SQL.dropRows, projection);
      this.run(SQL.dropCheckpoint, projection);
    });
  }

  async activate(name: string, projection: string, instead?: string): Promise<void> {
    await this.database.write(() => {
      checkActivate(name, instead, this.activeRow(name));
      this.run(SQL.activate, name, projection);
    });
  }

  async active(name: string): Promise<string | undefined> {
    return this.database.read(() => this.activeRow(name));
  }

  async fingerprint(projection: string): Promise<Fingerprint> {
    return fingerprintOf(
      projection,
      async () => (await this.checkpoint(projection)).position,
      () => this.scan(projection),
    );
  }

  private async *scan(projection: string): AsyncGenerator<DocumentText> {
    let after: readonly [string, string] = ['', ''];
    for (;;) {
      const rows = await this.rows(SQL.scan, projection, ...after, SCAN_ROWS);
      for (const row of rows) {
        const [collection, id, parent, sort, document] = row as readonly [string, ...Row];
        yield { collection, id, parent: parent ?? undefined, sort, document };
        after = [collection, id];
      }
      if (rows.length < SCAN_ROWS) return;
      await nextTurn();
    }
  }

  private put(projection: string, rows: readonly DocumentText[]): void {
    const valuesOf = ({ collection, id, parent, sort, document }: DocumentText): readonly SqlValue[] => [
      collection,
      id,
      parent ?? null,
      sort,
      document,
    ];
    const whole = rows.length - (rows.length % PUT_ROWS);
    for (let from = 0; from < whole; from += PUT_ROWS)
      this.run(SQL.putMany, projection, ...rows.slice(from, from + PUT_ROWS).flatMap(valuesOf));
    for (const row of rows.slice(whole)) this.run(SQL.put, projection, ...valuesOf(row));
  }

  private checkpointRow(projection: string): Checkpoint | undefined {
    const row = this.database.statement(SQL.checkpoint).get(projection);
    return row && checkpointFromJson(row[0] as Position, row[1] as string | null);
  }

  private advance(projection: string, { position, event }: Pick<ApplyCommand, 'position' | 'event'>): void {
    const json = event === undefined ? null : checkpointToJson({ position, event });
    this.run(SQL.advance, projection, position, json);
  }

  private activeRow(name: string): string | undefined {
    return this.database.statement(SQL.active).get(name)?.[0] as string | undefined;
  }

  private run(sql: string, ...values: readonly SqlValue[]): void {
    this.database.statement(sql).run(...values);
  }

  private async rows(sql: string, ...values: readonly SqlValue[]): Promise<readonly (readonly unknown[])[]> {
    return this.database.read(() => this.database.statement(sql).all(...values));
  }
}
