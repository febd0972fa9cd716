import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { CodedError, isCodedError } from '#libs/kernel';
import { persist } from '../persist.js';
import { MIGRATIONS } from './postgres-schema.js';

export type PostgresValue =
  string | bigint | number | Uint8Array | null | readonly (string | bigint | null)[];
export type PostgresRows = readonly (readonly unknown[])[];

/** One statement; rows are arrays of columns, bigints are bigints. Resolves to the rows it gave. */
export type PostgresQuery = (sql: string, ...values: readonly PostgresValue[]) => Promise<PostgresRows>;

export type PostgresOptions = Readonly<{
  /** `postgres://user:password@host:port/database?sslmode=verify-full&sslrootcert=...` */
  url: string;
  /** Connections at most, besides one that listens; default 4. */
  connectionsMax?: number;
  /** How long work is tried again while the server can't be reached, in ms; default 10 s. */
  unavailableMaxMs?: number;
}>;

const MIGRATION_LOCK = 7_208_031_401;
const RETRY_MS_FIRST = 20;
const RETRY_MS_MAX = 1_000;
const CONNECT_MS_MAX = 5_000;
const QUERY_MS_MAX = 60_000;
/** A writer that stops in mid-transaction holds the lock of all others: the server ends it. */
const IDLE_IN_TRANSACTION_MS_MAX = 10_000;

/** bigint columns as bigints: a number would lose digits above 2^53. */
const TYPES = new pg.TypeOverrides();
TYPES.setTypeParser(pg.types.builtins.INT8, BigInt);

/** SQLSTATE, a code of the system such as ECONNREFUSED, or nothing. */
const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';

/** Connection lost, server starting or ending, deadlock, time-out: the same statement may well succeed soon. */
const PASSING = /^(08...|57P0[1-3]|57014|53300|25P03|40001|40P01|55P03)$/;
const isPassing = (error: unknown): boolean => {
  const code = codeOf(error);
  // SQLSTATEs have five characters, and none begins like EPIPE.
  return PASSING.test(code) || !/^[^E][0-9A-Z]{4}$/.test(code);
};

const unavailable = (error: unknown): CodedError => {
  if (isCodedError(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new CodedError('STORE_UNAVAILABLE', `PostgreSQL did not answer: ${reason}.`, {
    cause: error,
    context: { postgres: codeOf(error) },
  });
};

/** Prepared once a connection: short names, because PostgreSQL cuts them at 63 bytes. */
const names = new Map<string, string>();
const nameOf = (sql: string): string => {
  const known = names.get(sql) ?? `ck_${createHash('sha256').update(sql).digest('hex').slice(0, 24)}`;
  names.set(sql, known);
  return known;
};

/** Of a few statements, the last one's rows. */
const ask = async (
  client: pg.ClientBase | pg.Pool,
  text: string,
  values: readonly PostgresValue[],
): Promise<PostgresRows> => {
  // Without values it may be several statements, which can't be prepared.
  const name = values.length > 0 ? { name: nameOf(text), values: [...values] } : {};
  const result = await client.query<unknown[]>({ text, rowMode: 'array', ...name });
  return Array.isArray(result) ? [] : result.rows;
};

const ignore = (): void => undefined;

const isBroken = async (answer: Promise<unknown>): Promise<boolean> =>
  answer.then(
    () => false,
    () => true,
  );

/**
 * One database, shared by all stores of a process.
 *
 * - `query` is for statements that may run twice: while the server can't be reached they are tried again, at most
 *   `unavailableMaxMs`, then STORE_UNAVAILABLE.
 * - `transaction` is tried again only until it has begun: a commit that was not answered may have happened. Who can
 *   tell (event ids can) wraps it in `persist`.
 */
export class PostgresDatabase {
  private readonly closing = new AbortController();
  private readonly listeners = new Set<Promise<void>>();
  private connections = 0;

  constructor(
    private readonly pool: pg.Pool,
    private readonly config: pg.ClientConfig,
    private readonly unavailableMaxMs: number,
  ) {
    // Idle connections that break are replaced by the pool; without a listener they would end the process.
    pool.on('error', ignore);
    pool.on('connect', () => {
      this.connections += 1;
    });
  }

  /** Connections made so far. */
  get links(): number {
    return this.connections;
  }

  async query(sql: string, ...values: readonly PostgresValue[]): Promise<PostgresRows> {
    return this.persist(() => ask(this.pool, sql, values));
  }

  /** Runs `work` between BEGIN and COMMIT; what it throws, coded, undoes all. */
  async transaction<T>(work: (query: PostgresQuery) => Promise<T>): Promise<T> {
    const client = await this.persist(() => this.begin());
    let broken = false;
    try {
      const value = await work((sql, ...values) => ask(client, sql, values));
      await client.query('COMMIT');
      return value;
    } catch (error) {
      // After an error of the database the connection is given up, which undoes all; asking it could take a minute more.
      broken = !isCodedError(error) || (await isBroken(client.query('ROLLBACK')));
      throw unavailable(error);
    } finally {
      client.off('error', ignore);
      client.release(broken);
    }
  }

  /** Tries `attempt` again while its failure looks passing. Rejects with what it threw, coded. */
  async persist<T>(attempt: () => Promise<T>): Promise<T> {
    const { unavailableMaxMs } = this;
    const closing = this.closing.signal;
    if (closing.aborted) throw new CodedError('STORE_UNAVAILABLE', 'The database was closed.');
    return persist({ unavailableMaxMs, isPassing, toCoded: unavailable, closing }, attempt);
  }

  /**
   * Calls `notified` for every NOTIFY on `channel`, and once after each (re)connection, because what came in between
   * was missed. Ends when the signal aborts or the database is closed. Never rejects.
   */
  async listen(channel: string, notified: () => void, signal: AbortSignal): Promise<void> {
    const ended = this.listenOnce(channel, notified, AbortSignal.any([signal, this.closing.signal]));
    this.listeners.add(ended);
    await ended.finally(() => this.listeners.delete(ended));
  }

  /** Waits for running transactions, then closes all connections. */
  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    await Promise.all(this.listeners);
    await this.pool.end();
  }

  private async begin(): Promise<pg.PoolClient> {
    const client = await this.pool.connect();
    client.on('error', ignore);
    try {
      await client.query('BEGIN');
      return client;
    } catch (error) {
      client.off('error', ignore);
      client.release(true);
      throw error;
    }
  }

  private async listenOnce(channel: string, notified: () => void, signal: AbortSignal): Promise<void> {
    for (let delayMs = RETRY_MS_FIRST; !signal.aborted; delayMs = Math.min(RETRY_MS_MAX, delayMs * 2)) {
      const client = new pg.Client(this.config);
      const round = new AbortController();
      const lost = new Promise<void>((resolve) => {
        const over = (): void => {
          resolve();
        };
        client.once('end', over).on('error', over);
        signal.addEventListener('abort', over, { once: true, signal: round.signal });
      });
      try {
        await client.connect();
        client.on('notification', notified);
        await client.query(`LISTEN ${channel}`);
        delayMs = RETRY_MS_FIRST;
        notified();
        await lost;
      } catch {
        // Readers poll meanwhile; the next round tries again.
      }
      round.abort();
      await client.end().catch(ignore);
      await sleep(delayMs, undefined, { signal }).catch(ignore);
    }
  }
}

const newer = (version: number): CodedError =>
  new CodedError(
    'STORE_NEWER',
    `The database has version ${version}; this Chainkeep reads up to ${MIGRATIONS.length}.`,
    {
      context: { version, known: MIGRATIONS.length },
    },
  );

/** Brings the database to the newest schema in one transaction; refuses one from the future untouched. */
const migrate = async (query: PostgresQuery): Promise<void> => {
  await query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
  await query(
    'CREATE TABLE IF NOT EXISTS store_version (single boolean PRIMARY KEY CHECK (single), version integer NOT NULL)',
  );
  const [row] = await query('SELECT version FROM store_version');
  const version = Number(row?.[0] ?? 0);
  if (version > MIGRATIONS.length) throw newer(version);
  for (const migration of MIGRATIONS.slice(version)) await query(migration);
  if (version < MIGRATIONS.length)
    await query(
      'INSERT INTO store_version VALUES (true, $1) ON CONFLICT (single) DO UPDATE SET version = excluded.version',
      MIGRATIONS.length,
    );
};

/**
 * Connects to PostgreSQL (15 or newer, a database in UTF-8) and makes its tables when they are missing. Rejects with
 * STORE_NEWER when a newer version made them, STORE_UNAVAILABLE when the server can't be reached for `unavailableMaxMs`.
 */
export const openPostgresDatabase = async ({
  url,
  connectionsMax = 4,
  unavailableMaxMs = 10_000,
}: PostgresOptions): Promise<PostgresDatabase> => {
  const config: pg.ClientConfig = {
    connectionString: url,
    application_name: 'chainkeep',
    types: TYPES,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    statement_timeout: QUERY_MS_MAX,
    query_timeout: QUERY_MS_MAX + CONNECT_MS_MAX,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS_MAX,
    options: '-c synchronous_commit=on',
  };
  const pool = new pg.Pool({ ...config, max: connectionsMax });
  const database = new PostgresDatabase(pool, config, unavailableMaxMs);
  try {
    // Tried again until it has begun, like any transaction: not twice as long.
    await database.transaction(migrate);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
};
