import { CommandNodeControllers } from '#libs/chain/adapters/command.node-controllers';
import { RpcChainNodes } from '#libs/chain/adapters/rpc.chain-nodes';
import type { DeadLetterSink } from '#libs/event-sourcing';
import type { StoreGuard, StoreMemory } from '#libs/event-store';
import { openPostgresDatabase, type PostgresDatabase } from '#libs/event-store/adapters/postgres-database';
import { PostgresDeadLetterSink } from '#libs/event-store/adapters/postgres.dead-letter-sink';
import { PostgresEventStore } from '#libs/event-store/adapters/postgres.event-store';
import { PostgresStoreMemory } from '#libs/event-store/adapters/postgres.store-memory';
import { PostgresReadModelStore } from '#libs/event-store/adapters/postgres.read-model-store';
import { PostgresVault } from '#libs/event-store/adapters/postgres.vault';
import { loadSecretKey } from '#libs/event-store/adapters/secret-key';
import { OwnsAll } from '#libs/messaging';
import { KafkaBusServer, type KafkaBusOptions } from '#libs/messaging/adapters/kafka-bus.server';
import { readNetworkFile } from '#libs/network-file';
import { builtInProviders } from '#libs/object-store/adapters/built-in.providers';
import { ProviderObjectStores } from '#libs/object-store/adapters/provider.object-stores';
import { SystemClock, type Log } from '#libs/runtime';
import type { Adapters, StoreHosts } from '#libs/services';
import type { DistributedConfig } from './distributed.config.js';
import { openEventStoreDb, type OpenedStore } from './eventstoredb.adapters.js';
import type { EventStoreDbLocation } from './eventstoredb.config.js';
import { identifyStore } from './store-identity.js';
import { describeStore, hostsAndPath } from './store-location.js';

/** The adapters of the distributed mode and what only the bus needs. */
export type DistributedAdapters = Readonly<{
  adapters: Omit<Adapters, 'staging' | 'environmentOwnership' | 'targetOwnership'>;
  deadLetters: DeadLetterSink;
  storeMemory: StoreMemory;
  /** Every service works behind it; the adapter itself is not watched. */
  guard: StoreGuard;
  /** Closes store and database; everything that uses them has stopped before. */
  close: () => Promise<void>;
}>;

const openStore = (database: PostgresDatabase, eventStore: EventStoreDbLocation | undefined): OpenedStore => {
  if (eventStore !== undefined) return openEventStoreDb(eventStore);
  const store = new PostgresEventStore(database);
  return { store, close: () => store.close() };
};

/** The hosts of the stores, for the messages of an outage. */
export const hostsOf = ({ databaseUrl, eventStore }: DistributedConfig): StoreHosts => ({
  events: hostsAndPath(eventStore?.url ?? databaseUrl).hosts,
  readModels: hostsAndPath(databaseUrl).hosts,
});

/**
 * Composition root of the distributed mode: PostgreSQL, EventStoreDB when named, Kafka, real nodes and buckets. `env`
 * holds the variables that the network file names.
 */
export const openDistributedAdapters = async (
  config: DistributedConfig,
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
): Promise<DistributedAdapters> => {
  const { home, databaseUrl, secretKey } = config;
  const clock = new SystemClock();
  const file = config.networkFile;
  const objects = new ProviderObjectStores(builtInProviders(config.objectStores));
  const desired = file === undefined ? undefined : readNetworkFile(file, env, objects.providers.descriptions);
  const key = await loadSecretKey({ env: secretKey, file: '' });
  const database = await openPostgresDatabase({ url: databaseUrl });
  const { store, close } = openStore(database, config.eventStore);
  const closeBoth = async (): Promise<void> => {
    await close();
    await database.close();
  };
  const readModels = new PostgresReadModelStore(database);
  const storeMemory = new PostgresStoreMemory(database);
  const where = describeStore(config);
  // Opening is tried again while a store is away: nothing of this try stays open then.
  const { installation, guard } = await identifyStore({
    ...{ store, readModels, where, clock },
    memory: storeMemory,
  }).catch(async (error: unknown) => {
    await closeBoth();
    throw error;
  });
  return {
    adapters: {
      clock,
      log,
      random: Math.random,
      hosts: hostsOf(config),
      home,
      installation,
      store,
      vault: new PostgresVault(database, key),
      readModels,
      controllers: new CommandNodeControllers(desired?.controllers ?? {}),
      nodes: new RpcChainNodes({ clock }),
      objects,
      ...(desired === undefined ? {} : { local: desired.places }),
    },
    deadLetters: new PostgresDeadLetterSink(database),
    storeMemory,
    guard,
    close: closeBoth,
  };
};

/** The process's member of the consumer group of its service; it joins when the application listens. */
export const openKafkaBus = (options: KafkaBusOptions): KafkaBusServer => new KafkaBusServer(options);

/** Of services that work for no key. */
export const everything = new OwnsAll();
