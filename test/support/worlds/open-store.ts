import type { EventStore } from '#libs/event-sourcing';
import type { ReadModelStore } from '#libs/event-store';
import { openLibsqlDatabase } from '#libs/event-store/adapters/libsql-database';
import { LibsqlEventStore } from '#libs/event-store/adapters/libsql.event-store';
import { LibsqlReadModelStore } from '#libs/event-store/adapters/libsql.read-model-store';
import { openPostgresDatabase } from '#libs/event-store/adapters/postgres-database';
import { PostgresEventStore } from '#libs/event-store/adapters/postgres.event-store';
import { PostgresReadModelStore } from '#libs/event-store/adapters/postgres.read-model-store';

export type OpenedStore = Readonly<{
  store: EventStore;
  models: ReadModelStore;
  close: () => Promise<void>;
}>;

/** Servers are killed and started again beside a loaded machine. */
const PATIENCE_MS = 240_000;

/** The stores at a place: `postgres://...`, else the file of an embedded database. */
export const openStore = async (place: string): Promise<OpenedStore> => {
  const isPostgres = place.startsWith('postgres:');
  const { store, models, database } = isPostgres ? await openPostgres(place) : await openLibsql(place);
  return {
    store,
    models,
    close: async () => {
      await store.close();
      await database.close();
    },
  };
};

const openPostgres = async (url: string) => {
  const database = await openPostgresDatabase({ url, connectionsMax: 2, unavailableMaxMs: PATIENCE_MS });
  return {
    database,
    store: new PostgresEventStore(database),
    models: new PostgresReadModelStore(database),
  };
};

const openLibsql = async (file: string) => {
  const database = await openLibsqlDatabase(file);
  return { database, store: new LibsqlEventStore(database), models: new LibsqlReadModelStore(database) };
};
