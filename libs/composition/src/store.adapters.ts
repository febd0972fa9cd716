import { join } from 'node:path';
import type { EventStore } from '#libs/event-sourcing';
import { EventStoreDbClient } from '#libs/event-store/adapters/eventstoredb-client';
import { EventStoreDbEventStore } from '#libs/event-store/adapters/eventstoredb.event-store';
import { openLibsqlDatabase } from '#libs/event-store/adapters/libsql-database';
import { LibsqlEventStore } from '#libs/event-store/adapters/libsql.event-store';
import { openPostgresDatabase } from '#libs/event-store/adapters/postgres-database';
import { PostgresEventStore } from '#libs/event-store/adapters/postgres.event-store';
import { HomeLock } from '#libs/runtime';

/** Where the store of events is: the first that is set, else the data directory. */
export type StoreLocation = Readonly<{
  eventStoreUrl: string | undefined;
  databaseUrl: string | undefined;
  home: string;
}>;

/** A store by itself, without the service. `close` gives free what was taken. */
export type OpenedStore = Readonly<{ store: EventStore; close: () => Promise<void> }>;

const openEventStoreDb = (url: string): OpenedStore => {
  const client = EventStoreDbClient.open({ url });
  const store = new EventStoreDbEventStore(client);
  return {
    store,
    close: async () => {
      await store.close();
      await client.close();
    },
  };
};

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
  { eventStoreUrl, databaseUrl, home }: StoreLocation,
  writes: boolean,
): Promise<OpenedStore> => {
  if (eventStoreUrl !== undefined) return openEventStoreDb(eventStoreUrl);
  if (databaseUrl !== undefined) return openPostgres(databaseUrl);
  return openHome(home, writes);
};
