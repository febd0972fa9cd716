/** @proves The embedded store passes every contract, also when a thread writes what a rebuild applies. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { START, type NewEvent } from '#libs/event-sourcing';
import { BUILT } from '../../../../test/support/programs/run-ts.js';
import { describeCheckpointStoreContract } from '../checkpoint-store.contract.js';
import { describeDeadLetterSinkContract } from '../dead-letter-sink.contract.js';
import { describeEventStoreContract } from '../event-store.contract.js';
import { describeReadModelStoreContract } from '../read-model-store.contract.js';
import { describeUniqueIdsContract } from '../unique-ids.contract.js';
import { describeVaultContract } from '../vault.contract.js';
import { LibsqlCheckpointStore } from './libsql.checkpoint-store.js';
import { LibsqlApplyThread } from './libsql-apply-thread.js';
import { openLibsqlDatabase, type LibsqlDatabase } from './libsql-database.js';
import { LibsqlDeadLetterSink } from './libsql.dead-letter-sink.js';
import { LibsqlEventStore } from './libsql.event-store.js';
import { LibsqlReadModelStore } from './libsql.read-model-store.js';
import { LibsqlVault } from './libsql.vault.js';

/** A database in its own directory, which can be closed and opened again. */
const aDatabase = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'chainkeep-libsql-'));
  const file = join(directory, 'chainkeep.db');
  let database = await openLibsqlDatabase(file);
  return {
    directory,
    file,
    current: (): LibsqlDatabase => database,
    reopen: async (): Promise<LibsqlDatabase> => {
      await database.close();
      database = await openLibsqlDatabase(file);
      return database;
    },
    close: async (): Promise<void> => {
      await database.close();
      await rm(directory, { recursive: true });
    },
  };
};

const anEvent = (id: string): NewEvent => ({
  id,
  type: 'ThingHappened',
  data: {},
  metadata: { schemaVersion: 1, correlationId: 'c', actor: 'system', at: '2026-01-31T12:00:00.000Z' },
});

const aStore = async () => {
  const database = await aDatabase();
  let store = new LibsqlEventStore(database.current());
  return {
    store,
    reopen: async () => {
      await store.close();
      store = new LibsqlEventStore(await database.reopen());
      return store;
    },
    close: async () => {
      await store.close();
      await database.close();
    },
  };
};

describeEventStoreContract('libsql', aStore);
describeUniqueIdsContract('libsql', aStore);

describeCheckpointStoreContract('libsql', async () => {
  const database = await aDatabase();
  return {
    store: new LibsqlCheckpointStore(database.current()),
    reopen: async () => new LibsqlCheckpointStore(await database.reopen()),
    close: database.close,
  };
});

describeVaultContract('libsql', async () => {
  const database = await aDatabase();
  return {
    open: async (key) => new LibsqlVault(database.current(), key),
    close: database.close,
  };
});

describeReadModelStoreContract('libsql', async () => {
  const database = await aDatabase();
  return { store: new LibsqlReadModelStore(database.current()), close: database.close };
});

/** Compiled, because a thread runs no TypeScript. */
const APPLY_SCRIPT = pathToFileURL(join(BUILT, 'libs/event-store/src/adapters/libsql-apply-worker.js'));

const aStoreWithThread = async (script: URL) => {
  const database = await aDatabase();
  const thread = new LibsqlApplyThread(database.file, script);
  return {
    database: database.current(),
    thread,
    store: new LibsqlReadModelStore(database.current(), thread),
    close: database.close,
  };
};

describeReadModelStoreContract('libsql, builds on a thread', async () => aStoreWithThread(APPLY_SCRIPT));

describe('the thread that builds are written on', () => {
  const change = (id: string) => ({ kind: 'put', collection: 'files', id, document: { id } }) as const;
  const bulk = (expected: bigint, id: string) => ({
    projection: 'history@1',
    expected,
    position: expected + 1n,
    changes: [change(id)],
    bulk: true,
  });

  it('shares the file with other writes, and is started again after it was closed', async () => {
    const { store, thread, database, close } = await aStoreWithThread(APPLY_SCRIPT);
    const events = new LibsqlEventStore(database);
    const writes = Array.from({ length: 20 }, (_, n) => [
      store.apply(bulk(BigInt(n) - 1n, `${n}`)),
      events.append('thing-1', [anEvent(`${n}`)], 'any'),
    ]);
    await Promise.all(writes.flat());
    await thread.close();
    await store.apply(bulk(19n, '20'));
    expect(await store.count('history@1', 'files')).toBe(21);
    expect(await events.readAll(START, 100)).toHaveLength(20);
    await events.close();
    await close();
  });

  it('that ends fails what waits for it, and nothing else', async () => {
    const { store, close } = await aStoreWithThread(new URL('data:text/javascript,process.exit(3)'));
    const lost = await Promise.allSettled([store.apply(bulk(START, 'a')), store.apply(bulk(0n, 'b'))]);
    for (const outcome of lost)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } });
    await store.apply({ ...bulk(START, 'c'), bulk: false });
    expect(await store.count('history@1', 'files')).toBe(1);
    await close();
  });
});

describeDeadLetterSinkContract('libsql', async () => {
  const database = await aDatabase();
  return { sink: new LibsqlDeadLetterSink(database.current()), close: database.close };
});

describe('LibsqlDatabase', () => {
  let under: Awaited<ReturnType<typeof aDatabase>>;
  beforeEach(async () => {
    under = await aDatabase();
  });
  afterEach(async () => {
    await under.close();
  });

  it('refuses a store of a newer version and leaves it as it is', async () => {
    const version = 'UPDATE store_version SET version = ? WHERE only = 1';
    await under.current().write(() => under.current().statement(version).run(99));
    await expect(under.reopen()).rejects.toMatchObject({ code: 'STORE_NEWER', retryable: false });
  });

  it('refuses a file that is no database', async () => {
    const file = join(under.directory, 'junk.db');
    await writeFile(file, 'no database at all'.repeat(500));
    await expect(openLibsqlDatabase(file)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('keeps its files readable by their owner only', async () => {
    for (const name of await readdir(under.directory))
      expect([name, (await stat(join(under.directory, name))).mode & 0o077]).toStrictEqual([name, 0]);
  });

  it('puts writes of one moment into one transaction, in which a failing one undoes only itself', async () => {
    const database = under.current();
    const save = database.statement('INSERT INTO checkpoints (consumer, position) VALUES (?, ?)');
    const works = [
      database.write(() => save.run('a', 1n)),
      database.write(() => {
        save.run('b', 1n);
        save.run('a', 2n);
      }),
      database.write(() => save.run('c', 1n)),
    ];
    const outcomes = await Promise.allSettled(works);
    expect(outcomes.map(({ status }) => status)).toStrictEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'STORE_UNAVAILABLE' } });
    const rows = await database.read(() =>
      database.statement('SELECT consumer, position FROM checkpoints ORDER BY consumer').all(),
    );
    expect(rows).toStrictEqual([
      ['a', 1n],
      ['c', 1n],
    ]);
  });

  it('flushes every commit to disk', async () => {
    const setting = (name: string) =>
      Object.values(under.current().statement(`PRAGMA ${name}`).get() as object)[0] as unknown;
    // 2 is FULL: with less, a power loss takes commits that were acknowledged.
    expect([setting('journal_mode'), setting('synchronous')]).toStrictEqual(['wal', 2n]);
  });

  it('finishes waiting writes on close and refuses later ones', async () => {
    const database = under.current();
    const checkpoints = new LibsqlCheckpointStore(database);
    const saved = checkpoints.save('a', { position: 7n });
    await database.close();
    await saved;
    await expect(checkpoints.save('a', { position: 8n })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    await expect(checkpoints.load('a')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await new LibsqlCheckpointStore(await under.reopen()).load('a')).toStrictEqual({ position: 7n });
  });

  it('waits for another connection that holds the write lock, then gives up with STORE_UNAVAILABLE', async () => {
    const other = await openLibsqlDatabase(under.file, { busyMaxMs: 60 });
    const patient = await openLibsqlDatabase(under.file, { busyMaxMs: 240_000 });
    const lock = under.current().statement('BEGIN IMMEDIATE');
    const unlock = under.current().statement('ROLLBACK');
    const checkpoints = new LibsqlCheckpointStore(other);
    lock.run();
    await expect(checkpoints.save('a', { position: 1n })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      retryable: true,
    });
    const saved = new LibsqlCheckpointStore(patient).save('a', { position: 2n });
    setTimeout(() => unlock.run(), 20);
    await saved;
    expect(await new LibsqlCheckpointStore(under.current()).load('a')).toStrictEqual({ position: 2n });
    await Promise.all([other.close(), patient.close()]);
  });

  it('delivers what another connection appended, in order, also while both append', async () => {
    const other = await openLibsqlDatabase(under.file);
    const [here, there] = [new LibsqlEventStore(under.current()), new LibsqlEventStore(other)];
    const append = async (store: LibsqlEventStore, name: string): Promise<void> => {
      for (let n = 0; n < 50; n += 1)
        await store.append(`s-${name}`, [anEvent(`${name}-${n}`)], n === 0 ? 'no_stream' : BigInt(n - 1));
    };
    const controller = new AbortController();
    const seen: string[] = [];
    const writing = Promise.all([append(here, 'here'), append(there, 'there')]);
    for await (const item of here.subscribe({ after: START, signal: controller.signal })) {
      if (item.kind === 'event') seen.push(item.event.id);
      if (seen.length === 100) controller.abort();
    }
    await writing;
    expect(seen).toStrictEqual((await there.readAll(START, 200)).map(({ id }) => id));
    await other.close();
  });

  it('holds no secret in any of its files, before and after erasing', async () => {
    const vault = new LibsqlVault(under.current(), Buffer.alloc(32, 1));
    const ref = await vault.put('member:bank-a', { password: 'hunter2-hunter2' });
    const sealed = await under
      .current()
      .read(() => under.current().statement('SELECT sealed FROM secrets').get());
    const has = async (bytes: Buffer): Promise<boolean> => {
      const names = await readdir(under.directory);
      const contents = await Promise.all(names.map((name) => readFile(join(under.directory, name))));
      return contents.some((content) => content.includes(bytes));
    };
    expect(await has(Buffer.from('hunter2'))).toBe(false);
    expect(await has(sealed![0] as Buffer)).toBe(true);
    await vault.erase(ref);
    expect(await has(sealed![0] as Buffer)).toBe(false);
  });
});
