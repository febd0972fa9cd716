import { join } from 'node:path';
import { openLibsqlDatabase } from '#libs/event-store/adapters/libsql-database';
import { LibsqlEventStore } from '#libs/event-store/adapters/libsql.event-store';
import { openPostgresDatabase } from '#libs/event-store/adapters/postgres-database';
import { PostgresEventStore } from '#libs/event-store/adapters/postgres.event-store';
import { HomeLock } from '#libs/runtime';
import { openEventStoreDb, type OpenedStore } from './eventstoredb.adapters.js';
import type { EventStoreDbLocation } from './eventstoredb.config.js';

export type { OpenedStore };

/** Where the store of events is: the first that is set, else the data directory. */
export type StoreLocation = Readonly<{
  eventStore: EventStoreDbLocation | undefined;
  databaseUrl: string | undefined;
  home: string;
}>;

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

/** Composition root of the commands that work on a store itself. */
export const openStore = async (
  { eventStore, databaseUrl, home }: StoreLocation,
  writes: boolean,
): Promise<OpenedStore> => {
  if (eventStore !== undefined) return openEventStoreDb(eventStore);
  if (databaseUrl !== undefined) return openPostgres(databaseUrl);
  return openHome(home, writes);
};
