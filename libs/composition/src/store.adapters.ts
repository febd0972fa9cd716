import { join } from 'node:path';
import type { StoreMemory } from '#libs/event-store';
import { FileStoreMemory } from '#libs/event-store/adapters/file.store-memory';
import { openLibsqlDatabase } from '#libs/event-store/adapters/libsql-database';
import { LibsqlEventStore } from '#libs/event-store/adapters/libsql.event-store';
import { openPostgresDatabase } from '#libs/event-store/adapters/postgres-database';
import { PostgresStoreMemory } from '#libs/event-store/adapters/postgres.store-memory';
import { PostgresEventStore } from '#libs/event-store/adapters/postgres.event-store';
import { CodedError } from '#libs/kernel';
import { HomeLock } from '#libs/runtime';
import { openEventStoreDb, type OpenedStore } from './eventstoredb.adapters.js';
import { describeStore, type StoreLocation } from './store-location.js';

export type { OpenedStore, StoreLocation };

const openPostgres = async (url: string): Promise<OpenedStore> => {
  const database = await openPostgresDatabase({ url });
  const store = new PostgresEventStore(database);
  return {
    store,
    close: async () => {
      await store.close();
      await database.close();
    },
  };
};

/** Reading works beside the running service; writing needs the data directory for itself. */
const openHome = async (home: string, writes: boolean): Promise<OpenedStore> => {
  const lock = writes ? await HomeLock.acquire(home) : undefined;
  try {
    const database = await openLibsqlDatabase(join(home, 'chainkeep.db'));
    const store = new LibsqlEventStore(database);
    return {
      store,
      close: async () => {
        await store.close();
        await database.close();
        await lock?.release();
      },
    };
  } catch (error) {
    await lock?.release();
    throw error;
  }
};

/** A store and what its installation remembers of it. */
export type RememberedStore = OpenedStore & Readonly<{ memory: StoreMemory; where: string }>;

/**
 * The store with its memory, which is in PostgreSQL wherever the services use it, else in the data directory. Also
 * while services run. CONFIG_INVALID when EVENTSTORE_URL is set without DATABASE_URL.
 */
export const openRememberedStore = async (location: StoreLocation): Promise<RememberedStore> => {
  const { eventStore, databaseUrl, home } = location;
  if (eventStore !== undefined && databaseUrl === undefined)
    throw new CodedError('CONFIG_INVALID', 'DATABASE_URL: what is remembered of the store is there.');
  const opened = await openStore(location, false);
  const where = describeStore(location);
  if (databaseUrl === undefined) return { ...opened, where, memory: new FileStoreMemory(home) };
  const database = await openPostgresDatabase({ url: databaseUrl });
  const close = async (): Promise<void> => {
    await opened.close();
    await database.close();
  };
  return { ...opened, where, memory: new PostgresStoreMemory(database), close };
};

/** Composition root of the commands that work on a store itself. */
export const openStore = async (
  { eventStore, databaseUrl, home }: StoreLocation,
  writes: boolean,
): Promise<OpenedStore> => {
  if (eventStore !== undefined) return openEventStoreDb(eventStore);
  if (databaseUrl !== undefined) return openPostgres(databaseUrl);
  return openHome(home, writes);
};
