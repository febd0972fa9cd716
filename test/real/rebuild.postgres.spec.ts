/** @proves On PostgreSQL, readers see every run at every moment of a rebuild and its change-over. */
import { afterAll, beforeAll } from '@jest/globals';
import { openPostgresDatabase } from '#libs/event-store/adapters/postgres-database';
import { PostgresEventStore } from '#libs/event-store/adapters/postgres.event-store';
import { PostgresReadModelStore } from '#libs/event-store/adapters/postgres.read-model-store';
import { describeRebuildContract } from '#libs/projections/rebuild.contract';
import { PostgresServer } from '../support/servers/postgres-server.js';
import { describeWith } from '../support/servers/real-servers.js';

describeWith('postgres')('The history in PostgreSQL', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  }, 90_000);
  afterAll(async () => {
    await server.stop();
  });

  describeRebuildContract('PostgreSQL', async () => {
    const database = await openPostgresDatabase({ url: await server.createDatabase() });
    const store = new PostgresEventStore(database);
    return {
      store,
      readModels: new PostgresReadModelStore(database),
      close: async () => {
        await store.close();
        await database.close();
      },
    };
  });
});
