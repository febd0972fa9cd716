import { setImmediate as nextTurn } from 'node:timers/promises';
import { START, type Position } from '#libs/event-sourcing';
import { checkApply, fingerprintOf, toDocumentText, type DocumentText } from '../read-model-rules.js';
import {
  ReadModelStore,
  type ApplyCommand,
  type Fingerprint,
  type ListOptions,
  type ReadModelChange,
  type ReadModelRow,
} from '../read-model-store.js';
import type { LibsqlDatabase, SqlValue } from './libsql-database.js';

type Row = readonly [string, string | null, string, string];

const COLUMNS = 'id, parent, sort, document';
const SQL = {
  checkpoint: 'SELECT position FROM projections WHERE projection = ?',
  advance: 'INSERT OR REPLACE INTO projections (projection, position) VALUES (?, ?)',
  put: `INSERT OR REPLACE INTO documents (projection, collection, id, parent, sort, document)
    VALUES (?, ?, ?, ?, ?, ?)`,
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

/** The ReadModelStore port on a LibsqlDatabase. */
export class LibsqlReadModelStore extends ReadModelStore {
  constructor(private readonly database: LibsqlDatabase) {
    super();
  }

  async apply(command: ApplyCommand): Promise<void> {
    const texts = command.changes.map((change) =>
      change.kind === 'put' ? toDocumentText(change.document) : '',
    );
    await this.database.write(() => {
      const { projection, changes, position } = command;
      checkApply(command, this.#checkpoint(projection));
      changes.forEach((change, index) => {
        this.#change(projection, change, texts[index] ?? '');
      });
      this.#run(SQL.advance, projection, position);
    });
  }

  async checkpoint(projection: string): Promise<Position> {
    return (await this.database.read(() => this.#checkpoint(projection))) ?? START;
  }

  async get(projection: string, collection: string, id: string): Promise<ReadModelRow | undefined> {
    const [row] = await this.#rows(SQL.get, projection, collection, id);
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
    const rows = await this.#rows(sql, ...values, limit ?? -1);
    return rows.map((row) => toRow(row as Row));
  }

  async count(projection: string, collection: string, parent?: string): Promise<number> {
    const [row] =
      parent === undefined
        ? await this.#rows(SQL.count, projection, collection)
        : await this.#rows(SQL.countOfParent, projection, collection, parent);
    return Number(row?.[0]);
  }

  async drop(projection: string): Promise<void> {
    await this.database.write(() => {
      this.#run(SQL.dropRows, projection);
      this.#run(SQL.dropCheckpoint, projection);
    });
  }

  async activate(name: string, projection: string): Promise<void> {
    await this.database.write(() => {
      this.#run(SQL.activate, name, projection);
    });
  }

  async active(name: string): Promise<string | undefined> {
    const [row] = await this.#rows(SQL.active, name);
    return row?.[0] as string | undefined;
  }

  async fingerprint(projection: string): Promise<Fingerprint> {
    return fingerprintOf(
      projection,
      () => this.checkpoint(projection),
      () => this.#scan(projection),
    );
  }

  async *#scan(projection: string): AsyncGenerator<DocumentText> {
    let after: readonly [string, string] = ['', ''];
    for (;;) {
      const rows = await this.#rows(SQL.scan, projection, ...after, SCAN_ROWS);
      for (const row of rows) {
        const [collection, id, parent, sort, document] = row as readonly [string, ...Row];
        yield { collection, id, parent: parent ?? undefined, sort, document };
        after = [collection, id];
      }
      if (rows.length < SCAN_ROWS) return;
      await nextTurn();
    }
  }

  #change(projection: string, change: ReadModelChange, text: string): void {
    const { collection, id } = change;
    if (change.kind === 'delete') this.#run(SQL.remove, projection, collection, id);
    else this.#run(SQL.put, projection, collection, id, change.parent ?? null, change.sort ?? id, text);
  }

  #checkpoint(projection: string): Position | undefined {
    return this.database.statement(SQL.checkpoint).get(projection)?.[0] as Position | undefined;
  }

  #run(sql: string, ...values: readonly SqlValue[]): void {
    this.database.statement(sql).run(...values);
  }

  async #rows(sql: string, ...values: readonly SqlValue[]): Promise<readonly (readonly unknown[])[]> {
    return this.database.read(() => this.database.statement(sql).all(...values));
  }
}
