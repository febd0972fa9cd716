import {
  BEFORE_ALL,
  checkpointFromJson,
  checkpointToJson,
  START,
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
import { toTextArray } from './postgres-text-array.js';
import type { PostgresDatabase, PostgresQuery, PostgresValue } from './postgres-database.js';

type Row = readonly [string, string | null, string, string];

/** `puts` and `deletes`: a text[] for each column, none when there is no such row. */
type Rows = Readonly<{ command: ApplyCommand; puts: readonly Buffer[]; deletes: readonly Buffer[] }>;
type Waiting = Readonly<{ rows: Rows; resolve: () => void; reject: (error: unknown) => void }>;

const COLUMNS = 'id, parent, sort, document';
const SQL = {
  checkpoint: 'SELECT position, event FROM projections WHERE projection = $1',
  // A row to lock also for a projection that is new; undone with the rest when the apply is refused.
  claim: 'INSERT INTO projections (projection, position) VALUES ($1, $2) ON CONFLICT (projection) DO NOTHING',
  lock: 'SELECT position FROM projections WHERE projection = $1 FOR UPDATE',
  advance: 'UPDATE projections SET position = $2, event = $3 WHERE projection = $1',
  put: `INSERT INTO documents (projection, collection, id, parent, sort, document)
    SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    ON CONFLICT (projection, collection, id)
    DO UPDATE SET parent = excluded.parent, sort = excluded.sort, document = excluded.document`,
  remove: `DELETE FROM documents USING unnest($2::text[], $3::text[]) AS gone (collection, id)
    WHERE documents.projection = $1 AND documents.collection = gone.collection COLLATE "C"
      AND documents.id = gone.id COLLATE "C"`,
  get: `SELECT ${COLUMNS} FROM documents WHERE projection = $1 AND collection = $2 AND id = $3`,
  count: 'SELECT count(*) FROM documents WHERE projection = $1 AND collection = $2',
  countOfParent: 'SELECT count(*) FROM documents WHERE projection = $1 AND collection = $2 AND parent = $3',
  dropRows: 'DELETE FROM documents WHERE projection = $1',
  dropCheckpoint: 'DELETE FROM projections WHERE projection = $1',
  activate: `INSERT INTO active_projections (name, projection) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET projection = excluded.projection`,
  lockActive: 'SELECT projection FROM active_projections WHERE name = $1 FOR UPDATE',
  active: 'SELECT projection FROM active_projections WHERE name = $1',
  scan: `SELECT collection, ${COLUMNS} FROM documents
    WHERE projection = $1 AND (collection, id) > ($2, $3) ORDER BY collection, id LIMIT $4`,
} as const;

const SCAN_ROWS = 512;
/** Batches of one transaction: while it is written as many others come, so that neither side waits for the other. */
const GROUP_MAX = 16;

const toRow = ([id, parent, sort, document]: Row): ReadModelRow => ({
  id,
  parent: parent ?? undefined,
  sort,
  document: JSON.parse(document) as unknown,
});

/** The ReadModelStore port on a PostgresDatabase. */
export class PostgresReadModelStore extends ReadModelStore {
  private readonly queue: Waiting[] = [];
  private flushing: Promise<void> | undefined;

  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  async apply(command: ApplyCommand): Promise<void> {
    const rows = encoded(command);
    if (!command.bulk) return this.database.transaction((query) => write(query, command.projection, [rows]));
    return new Promise((resolve, reject) => {
      this.queue.push({ rows, resolve, reject });
      this.flushing ??= this.flush();
    });
  }

  async checkpoint(projection: string): Promise<Checkpoint> {
    const [row] = await this.database.query(SQL.checkpoint, projection);
    return row ? checkpointFromJson(row[0] as Position, row[1] as string | null) : BEFORE_ALL;
  }

  async moveCheckpoint(projection: string, expected: Position, checkpoint: Checkpoint): Promise<void> {
    await this.database.transaction(async (query) => {
      const [row] = await query(SQL.lock, projection);
      checkExpected(projection, expected, row?.[0] as Position | undefined);
      await query(SQL.advance, projection, checkpoint.position, checkpointToJson(checkpoint));
    });
  }

  async get(projection: string, collection: string, id: string): Promise<ReadModelRow | undefined> {
    const [row] = await this.database.query(SQL.get, projection, collection, id);
    return row && toRow(row as unknown as Row);
  }

  async list(
    projection: string,
    collection: string,
    { parent, afterSort, limit, descending = false }: ListOptions = {},
  ): Promise<readonly ReadModelRow[]> {
    const order = descending ? 'DESC' : 'ASC';
    const where = ['projection = $1', 'collection = $2'];
    const values: PostgresValue[] = [projection, collection];
    if (parent !== undefined) where.push(`parent = $${values.push(parent)}`);
    if (afterSort !== undefined) where.push(`sort ${descending ? '<' : '>'} $${values.push(afterSort)}`);
    const sql = `SELECT ${COLUMNS} FROM documents WHERE ${where.join(' AND ')}
      ORDER BY sort ${order}, id ${order} LIMIT $${values.push(limit ?? null)}`;
    const rows = await this.database.query(sql, ...values);
    return rows.map((row) => toRow(row as unknown as Row));
  }

  async count(projection: string, collection: string, parent?: string): Promise<number> {
    const [row] =
      parent === undefined
        ? await this.database.query(SQL.count, projection, collection)
        : await this.database.query(SQL.countOfParent, projection, collection, parent);
    return Number(row?.[0]);
  }

  async drop(projection: string): Promise<void> {
    await this.database.transaction(async (query) => {
      await query(SQL.dropCheckpoint, projection);
      await query(SQL.dropRows, projection);
    });
  }

  async activate(name: string, projection: string, instead?: string): Promise<void> {
    await this.database.transaction(async (query) => {
      const [row] = await query(SQL.lockActive, name);
      checkActivate(name, instead, row?.[0] as string | undefined);
      await query(SQL.activate, name, projection);
    });
  }

  async active(name: string): Promise<string | undefined> {
    const [row] = await this.database.query(SQL.active, name);
    return row?.[0] as string | undefined;
  }

  async fingerprint(projection: string): Promise<Fingerprint> {
    return fingerprintOf(
      projection,
      async () => (await this.checkpoint(projection)).position,
      () => this.scan(projection),
    );
  }

  private async flush(): Promise<void> {
    for (let next = this.queue[0]; next; next = this.queue[0])
      await this.writeTogether(next.rows.command.projection);
    this.flushing = undefined;
  }

  /** Those of one projection that wait: one that is refused undoes the others, as they build on each other. */
  private async writeTogether(projection: string): Promise<void> {
    const end = this.queue.findIndex(({ rows }) => rows.command.projection !== projection);
    const group = this.queue.splice(0, end < 0 ? GROUP_MAX : Math.min(end, GROUP_MAX));
    const each = group.map(({ rows }) => rows);
    try {
      await this.database.transaction((query) => write(query, projection, each));
      for (const { resolve } of group) resolve();
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  private async *scan(projection: string): AsyncGenerator<DocumentText> {
    let after: readonly [string, string] = ['', ''];
    for (;;) {
      const rows = await this.database.query(SQL.scan, projection, ...after, SCAN_ROWS);
      for (const row of rows) {
        const [collection, id, parent, sort, document] = row as unknown as readonly [string, ...Row];
        yield { collection, id, parent: parent ?? undefined, sort, document };
        after = [collection, id];
      }
      if (rows.length < SCAN_ROWS) return;
    }
  }
}

/** Rows in the form they are sent in, made at once: what waits then lies outside the heap that is collected. */
const encoded = ({ changes, ...command }: ApplyCommand): Rows => {
  const { puts, deletes } = toApplied(changes);
  return {
    command: { ...command, changes: [] },
    puts: columnsOf(puts, [
      ({ collection }) => collection,
      ({ id }) => id,
      ({ parent }) => parent ?? null,
      ({ sort }) => sort,
      ({ document }) => document,
    ]),
    deletes: columnsOf(deletes, [({ collection }) => collection, ({ id }) => id]),
  };
};

const columnsOf = <Row>(
  rows: readonly Row[],
  columns: readonly ((row: Row) => string | null)[],
): readonly Buffer[] => (rows.length === 0 ? [] : columns.map((column) => toTextArray(rows.map(column))));

/** Of one projection, inside a transaction. Throws REVISION_CONFLICT, see `checkApply`. */
const write = async (query: PostgresQuery, projection: string, group: readonly Rows[]): Promise<void> => {
  await query(SQL.claim, projection, START);
  const [row] = await query(SQL.lock, projection);
  let position = row?.[0] as Position | undefined;
  let event: string | null = null;
  for (const { command, puts, deletes } of group) {
    checkApply(command, position);
    if (deletes.length > 0) await query(SQL.remove, projection, ...deletes);
    if (puts.length > 0) await query(SQL.put, projection, ...puts);
    position = command.position;
    event = checkpointToJson(command);
  }
  await query(SQL.advance, projection, position ?? START, event);
};
