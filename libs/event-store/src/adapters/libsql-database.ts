import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import Database from 'libsql';
import { CodedError, isCodedError } from '#libs/kernel';
import { MIGRATIONS } from './libsql-schema.js';

/** What the stores use of a prepared statement; rows are arrays of columns, integers are bigints. */
export type Statement = Readonly<{
  run: (...values: readonly SqlValue[]) => Readonly<{ changes: number; lastInsertRowid: bigint }>;
  get: (...values: readonly SqlValue[]) => readonly unknown[] | undefined;
  all: (...values: readonly SqlValue[]) => readonly (readonly unknown[])[];
}>;
export type SqlValue = string | bigint | number | Uint8Array | null;

type Work = Readonly<{
  run: () => unknown;
  /** Nothing else is written while it runs. */
  alone: boolean;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}>;
type Settle = () => void;

/** How long one blocking wait for the write lock may be: it stops the event loop. */
const BUSY_BLOCK_MS = 5;
const BUSY_SLEEP_MS_MAX = 20;
const GROUP_MAX = 256;
const QUEUE_MAX = 50_000;

const sqliteCode = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
const isBusy = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(sqliteCode(error));

const unavailable = (error: unknown): CodedError => {
  if (isCodedError(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new CodedError('STORE_UNAVAILABLE', `The database did not answer: ${reason}.`, {
    cause: error,
    context: { sqlite: sqliteCode(error) },
  });
};

/**
 * One open database file, shared by all stores of a process.
 *
 * - `write` works are grouped: those waiting at the same moment share one transaction and one fsync, each in its own
 *   savepoint, so that a refused one undoes only itself. A work is synchronous and may run twice (after a failed group
 *   it is rejected, never repeated by itself). It resolves, or rejects, after the commit.
 * - Other processes may have the file open: the write lock is waited for with short blocks and jittered sleeps, at
 *   most `busyMaxMs`, then STORE_UNAVAILABLE.
 */
export class LibsqlDatabase {
  private readonly queue: Work[] = [];
  private readonly statements = new Map<string, Statement>();
  private readonly closers: (() => Promise<void>)[] = [];
  private flushing: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly db: Database.Database,
    readonly file: string,
    private readonly busyMaxMs: number,
  ) {}

  /** The prepared form of `sql`, made once. */
  statement(sql: string): Statement {
    const known = this.statements.get(sql);
    if (known) return known;
    const prepared = this.db.prepare(sql);
    // Raw rows: as an object, libsql's `.get()` would carry a `_metadata` key.
    if (sql.startsWith('SELECT')) prepared.raw();
    const statement: Statement = {
      run: (...values) => {
        const { changes, lastInsertRowid } = prepared.run(values);
        return { changes, lastInsertRowid: BigInt(lastInsertRowid) };
      },
      get: (...values) => prepared.get(values) as readonly unknown[] | undefined,
      all: (...values) => prepared.all(values) as readonly (readonly unknown[])[],
    };
    this.statements.set(sql, statement);
    return statement;
  }

  /** Runs synchronous reads outside any transaction. Rejects with STORE_UNAVAILABLE. */
  async read<T>(work: () => T): Promise<T> {
    return this.whenFree(() => {
      this.assertOpen();
      return work();
    });
  }

  /** Runs a synchronous work in the next group; what it throws, coded, undoes and rejects it alone. */
  async write<T>(run: () => T): Promise<T> {
    return this.enqueue(run, false);
  }

  /**
   * Runs work that writes over a separate connection (of another thread) when its turn has come. Meanwhile writes of this
   * process wait for it, not for the lock of the file: that would stop the event loop again and again.
   */
  async writeElsewhere<T>(run: () => Promise<T>): Promise<T> {
    return this.enqueue(run, true);
  }

  /** `end` is awaited before the file is closed: what else has it open. */
  beforeClose(end: () => Promise<void>): void {
    this.closers.push(end);
  }

  /** Overwrites what was deleted also in the write-ahead log, as far as other readers let it. */
  async truncateLog(): Promise<void> {
    await this.read(() => this.db.pragma('wal_checkpoint(TRUNCATE)'));
  }

  /** Finishes the writes that wait, then closes. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.flushing;
    await Promise.all(this.closers.map((end) => end()));
    this.statements.clear();
    try {
      this.db.pragma('wal_checkpoint(TRUNCATE)');
    } catch {
      // Another connection reads: the log stays beside the file and is taken in at the next start.
    }
    this.db.close();
  }

  private assertOpen(): void {
    if (this.closed) throw new CodedError('STORE_UNAVAILABLE', 'The database was closed.');
  }

  private async enqueue<T>(run: () => T | Promise<T>, alone: boolean): Promise<T> {
    this.assertOpen();
    if (this.queue.length >= QUEUE_MAX)
      throw new CodedError('STORE_UNAVAILABLE', `${QUEUE_MAX} writes are already waiting.`);
    return new Promise<T>((resolve, reject) => {
      this.queue.push({ run, alone, resolve: resolve as (value: unknown) => void, reject });
      this.flushing ??= this.flush();
    });
  }

  private async flush(): Promise<void> {
    // One turn of the event loop: everything that arrives until then joins the group.
    await nextTurn();
    while (this.queue.length > 0) {
      if (this.queue[0]?.alone) await this.runAlone(this.queue.splice(0, 1));
      else await this.commitGroup();
      await nextTurn();
    }
    this.flushing = undefined;
  }

  private async runAlone([work]: readonly Work[]): Promise<void> {
    await Promise.resolve(work?.run()).then(work?.resolve, work?.reject);
  }

  private takeGroup(): readonly Work[] {
    const alone = this.queue.slice(0, GROUP_MAX).findIndex((work) => work.alone);
    return this.queue.splice(0, alone < 0 ? GROUP_MAX : alone);
  }

  private async commitGroup(): Promise<void> {
    let group: readonly Work[] = [];
    try {
      await this.whenFree(() => this.db.exec('BEGIN IMMEDIATE'));
      group = this.takeGroup();
      const [only] = group;
      const settles =
        only && group.length === 1 ? [this.runOnly(only)] : group.map((work) => this.runOne(work));
      this.db.exec('COMMIT');
      for (const settle of settles) settle();
    } catch (error) {
      this.rollback();
      if (group.length === 0) group = this.takeGroup();
      for (const { reject } of group) reject(unavailable(error));
    }
  }

  private rollback(): void {
    try {
      if (this.db.inTransaction) this.db.exec('ROLLBACK');
    } catch {
      // The next BEGIN tells; the works of this group are rejected in any case.
    }
  }

  /** Without a savepoint, which would keep every page it touches a second time; what it throws undoes the group. */
  private runOnly({ run, resolve }: Work): Settle {
    const value = run();
    return () => {
      resolve(value);
    };
  }

  /** What a work says counts only once the group is committed: it may have seen the works before it. */
  private runOne({ run, resolve, reject }: Work): Settle {
    this.db.exec('SAVEPOINT work');
    try {
      const value = run();
      this.db.exec('RELEASE work');
      return () => {
        resolve(value);
      };
    } catch (error) {
      // A full disk ends the whole transaction by itself: then no work of the group counts.
      if (!this.db.inTransaction) throw error;
      this.db.exec('ROLLBACK TO work; RELEASE work');
      return () => {
        reject(unavailable(error));
      };
    }
  }

  private async whenFree<T>(work: () => T): Promise<T> {
    const until = performance.now() + this.busyMaxMs;
    for (;;) {
      try {
        return work();
      } catch (error) {
        if (!isBusy(error) || performance.now() >= until) throw unavailable(error);
        await sleep(1 + Math.random() * BUSY_SLEEP_MS_MAX);
      }
    }
  }
}

const versionOf = (db: Database.Database): number => {
  db.exec(
    'CREATE TABLE IF NOT EXISTS store_version (only INTEGER PRIMARY KEY CHECK (only = 1), version INTEGER NOT NULL)',
  );
  const row = db.prepare('SELECT version FROM store_version').raw().get() as readonly [bigint] | undefined;
  return Number(row?.[0] ?? 0n);
};

/** Brings the file to the newest schema in one transaction; refuses one from the future untouched. */
const migrate = (db: Database.Database, file: string): void => {
  db.exec('BEGIN IMMEDIATE');
  try {
    const version = versionOf(db);
    if (version > MIGRATIONS.length) {
      throw new CodedError(
        'STORE_NEWER',
        `${file} has version ${version}; this Chainkeep reads up to ${MIGRATIONS.length}.`,
        {
          context: { file, version, known: MIGRATIONS.length },
        },
      );
    }
    for (const migration of MIGRATIONS.slice(version)) db.exec(migration);
    if (version < MIGRATIONS.length)
      db.exec(`INSERT OR REPLACE INTO store_version VALUES (1, ${MIGRATIONS.length})`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
};

const openFile = (file: string): Database.Database => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // Created here, so that the file and its log are readable by their owner only.
  closeSync(openSync(file, 'a', 0o600));
  const db = new Database(file, { timeout: BUSY_BLOCK_MS });
  db.defaultSafeIntegers(true);
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('secure_delete = ON');
    db.pragma('journal_size_limit = 67108864');
    // 32 MB: ids of events come in no order, so with the default of 2 MB each is another page read and written.
    db.pragma('cache_size = -32768');
    migrate(db, file);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
};

/**
 * Opens (or creates) the database file of a data directory. Rejects with STORE_NEWER when a newer version wrote it,
 * STORE_UNAVAILABLE when it can't be opened or stays locked for `busyMaxMs` (default 10 s).
 */
export const openLibsqlDatabase = async (
  file: string,
  { busyMaxMs = 10_000 }: { busyMaxMs?: number } = {},
): Promise<LibsqlDatabase> => {
  const until = performance.now() + busyMaxMs;
  for (;;) {
    try {
      return new LibsqlDatabase(openFile(file), file, busyMaxMs);
    } catch (error) {
      if (!isBusy(error) || performance.now() >= until) throw unavailable(error);
      await sleep(1 + Math.random() * BUSY_SLEEP_MS_MAX);
    }
  }
};
