import type { EventStore } from '#libs/event-sourcing';
import { EventStoreDbClient } from '#libs/event-store/adapters/eventstoredb-client';
import { EventStoreDbEventStore } from '#libs/event-store/adapters/eventstoredb.event-store';
import type { EventStoreDbLocation } from './eventstoredb.config.js';

/** A store by itself, without the service. `close` gives free what was taken. */
export type OpenedStore = Readonly<{ store: EventStore; close: () => Promise<void> }>;

/** Connects with the first call. Throws CONFIG_INVALID. */
export const openEventStoreDb = ({ url, prefix }: EventStoreDbLocation): OpenedStore => {
  const client = EventStoreDbClient.open({ url });
  const store = new EventStoreDbEventStore(client, { prefix });
  return {
    store,
    close: async () => {
      await store.close();
      await client.close();
    },
  };
};
