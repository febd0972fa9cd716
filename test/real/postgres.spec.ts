/** @proves The PostgreSQL adapters pass every contract of the store on a real server. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { START, type NewEvent } from '#libs/event-sourcing';
import { openPostgresDatabase, type PostgresDatabase } from '#libs/event-store/adapters/postgres-database';
import { PostgresDeadLetterSink } from '#libs/event-store/adapters/postgres.dead-letter-sink';
import { PostgresEventStore } from '#libs/event-store/adapters/postgres.event-store';
import { PostgresReadModelStore } from '#libs/event-store/adapters/postgres.read-model-store';
import { PostgresStoreMemory } from '#libs/event-store/adapters/postgres.store-memory';
import { PostgresVault } from '#libs/event-store/adapters/postgres.vault';
import { describeDeadLetterSinkContract } from '#libs/event-store/dead-letter-sink.contract';
import { describeEventStoreContract } from '#libs/event-store/event-store.contract';
import { describeReadModelStoreContract } from '#libs/event-store/read-model-store.contract';
import { describeStoreMemoryContract } from '#libs/event-store/store-memory.contract';
import { anEvent, some } from '#libs/event-store/testing';
import { describeUniqueIdsContract } from '#libs/event-store/unique-ids.contract';
import { describeVaultContract } from '#libs/event-store/vault.contract';
import { PostgresServer } from '../support/servers/postgres-server.js';
import { describeWith } from '../support/servers/real-servers.js';

describeWith('postgres')('PostgreSQL', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(async () => {
    await server.stop();
  });

  /** A separate database, which can be closed and opened again. */
  const aDatabase = async () => {
    const url = await server.createDatabase();
    let database = await openPostgresDatabase({ url });
    return {
      url,
      current: (): PostgresDatabase => database,
      reopen: async (): Promise<PostgresDatabase> => {
        await database.close();
        database = await openPostgresDatabase({ url });
        return database;
      },
      close: async (): Promise<void> => {
        await database.close();
      },
    };
  };

  const aStore = async () => {
    const database = await aDatabase();
    let store = new PostgresEventStore(database.current());
    return {
      store,
      reopen: async () => {
        await store.close();
        store = new PostgresEventStore(await database.reopen());
        return store;
      },
      close: async () => {
        await store.close();
        await database.close();
      },
    };
  };

  describeEventStoreContract('PostgreSQL', aStore);
  describeUniqueIdsContract('PostgreSQL', aStore);

  describeVaultContract('PostgreSQL', async () => {
    const database = await aDatabase();
    return { open: async (key) => new PostgresVault(database.current(), key), close: database.close };
  });

  describeReadModelStoreContract('PostgreSQL', async () => {
    const database = await aDatabase();
    return { store: new PostgresReadModelStore(database.current()), close: database.close };
  });

  describeStoreMemoryContract('PostgreSQL', async () => {
    const database = await aDatabase();
    return {
      memory: new PostgresStoreMemory(database.current()),
      reopen: async () => new PostgresStoreMemory(database.current()),
      close: database.close,
    };
  });

  describeDeadLetterSinkContract('PostgreSQL', async () => {
    const database = await aDatabase();
    return { sink: new PostgresDeadLetterSink(database.current()), close: database.close };
  });

  describe('the database', () => {
    it('is made once when several processes open it at the same moment', async () => {
      const url = await server.createDatabase();
      const databases = await Promise.all([1, 2, 3, 4].map(() => openPostgresDatabase({ url })));
      const stores = databases.map((database) => new PostgresEventStore(database));
      await Promise.all(stores.map((store, index) => store.append(`s-${index}`, some(1), 'no_stream')));
      expect((await stores[0]!.readAll(START, 10)).map(({ position }) => position)).toStrictEqual([
        0n,
        1n,
        2n,
        3n,
      ]);
      for (const store of stores) await store.close();
      for (const database of databases) await database.close();
    });

    it('of a newer version is refused and left as it is', async () => {
      const database = await aDatabase();
      await database.current().query('UPDATE store_version SET version = $1', 99);
      await expect(openPostgresDatabase({ url: database.url })).rejects.toMatchObject({
        code: 'STORE_NEWER',
        retryable: false,
      });
      const [row] = await database.current().query('SELECT version FROM store_version');
      expect(row).toStrictEqual([99]);
      await database.close();
    });

    it('that can not be reached is STORE_UNAVAILABLE, after the time given', async () => {
      const url = 'postgres://nobody@127.0.0.1:1/none';
      await expect(openPostgresDatabase({ url, unavailableMaxMs: 100 })).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        retryable: true,
      });
    });

    it('holds secrets as ciphertext only', async () => {
      const database = await aDatabase();
      const vault = new PostgresVault(database.current(), Buffer.alloc(32, 1));
      const ref = await vault.put('member:bank-a', { password: 'hunter2-hunter2' });
      const rows = await database.current().query('SELECT ref, scope, sealed FROM secrets');
      expect(rows[0]?.slice(0, 2)).toStrictEqual([ref, 'member:bank-a']);
      expect(Buffer.from(rows[0]?.[2] as Uint8Array).includes('hunter2')).toBe(false);
      await database.close();
    });

    it('refuses names it can not hold, and goes on', async () => {
      const database = await aDatabase();
      const store = new PostgresEventStore(database.current());
      const bad: NewEvent = anEvent({ type: 'a\u0000b' });
      const outcomes = await Promise.allSettled([
        store.append('s-1', [bad], 'any'),
        store.append('s-1', some(1), 'any'),
      ]);
      expect(outcomes).toMatchObject([
        { status: 'rejected', reason: { code: 'INPUT_INVALID' } },
        { status: 'fulfilled' },
      ]);
      await store.close();
      await database.close();
    });
  });
});
