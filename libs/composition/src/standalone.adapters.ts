import { join } from 'node:path';
import type { NodeControllerSpec } from '#libs/chain';
import { CommandNodeControllers } from '#libs/chain/adapters/command.node-controllers';
import { RpcChainNodes } from '#libs/chain/adapters/rpc.chain-nodes';
import type { CheckpointStore, DeadLetterSink } from '#libs/event-sourcing';
import type { StoreGuard, StoreMemory } from '#libs/event-store';
import { openLibsqlDatabase } from '#libs/event-store/adapters/libsql-database';
import { LibsqlCheckpointStore } from '#libs/event-store/adapters/libsql.checkpoint-store';
import { LibsqlDeadLetterSink } from '#libs/event-store/adapters/libsql.dead-letter-sink';
import { LibsqlEventStore } from '#libs/event-store/adapters/libsql.event-store';
import { LibsqlReadModelStore } from '#libs/event-store/adapters/libsql.read-model-store';
import { FileStoreMemory } from '#libs/event-store/adapters/file.store-memory';
import { LibsqlVault } from '#libs/event-store/adapters/libsql.vault';
import { loadSecretKey } from '#libs/event-store/adapters/secret-key';
import { OwnsAll } from '#libs/messaging';
import { readNetworkFile, type DesiredNetwork } from '#libs/network-file';
import { Providers, type LocalPlaces } from '#libs/object-store';
import { BUILT_IN_PROVIDERS, builtInProviders } from '#libs/object-store/adapters/built-in.providers';
import { ProviderObjectStores } from '#libs/object-store/adapters/provider.object-stores';
import { SystemClock, type Log } from '#libs/runtime';
import type { Adapters } from '#libs/services';
import type { ObjectStoreConfig } from './object-store.config.js';
import { identifyStore } from './store-identity.js';
import { describeStore } from './store-location.js';

export { Beginning } from './beginning.js';
export { serveHealth, type HealthServer } from './health-server.js';
export { JoinedAdapter } from './joined.adapter.js';

/** The adapters of the standalone mode and what only the bus needs. */
export type StandaloneAdapters = Adapters &
  Readonly<{
    checkpoints: CheckpointStore;
    deadLetters: DeadLetterSink;
    storeMemory: StoreMemory;
    /** Every service works behind it; the adapter itself is not watched. */
    guard: StoreGuard;
    /** Closes store and database; everything that uses them has stopped before. */
    close: () => Promise<void>;
  }>;

/** The data directory, the key of the vault when a variable holds it, and how buckets are reached. */
type DataDirectory = Readonly<{
  home: string;
  secretKey: string | undefined;
  objectStores: ObjectStoreConfig;
}>;

/** What of the network file holds for this server alone. */
export type LocalFile = Readonly<{
  controllers?: Readonly<Record<string, NodeControllerSpec>>;
  places?: LocalPlaces;
}>;

/** The network file, with the providers of this version. CONFIG_INVALID with every problem of it. */
export const readStandaloneNetwork = (
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): DesiredNetwork => readNetworkFile(file, env, new Providers(BUILT_IN_PROVIDERS).descriptions);

/** Composition root of the standalone mode: one database file, directories, real nodes. */
export const openStandaloneAdapters = async (
  { home, secretKey, objectStores }: DataDirectory,
  log: Log,
  { controllers = {}, places }: LocalFile = {},
): Promise<StandaloneAdapters> => {
  const clock = new SystemClock();
  const key = await loadSecretKey({ env: secretKey, file: join(home, 'secret.key') });
  const database = await openLibsqlDatabase(join(home, 'chainkeep.db'));
  const store = new LibsqlEventStore(database);
  const readModels = new LibsqlReadModelStore(database);
  const storeMemory = new FileStoreMemory(home);
  const where = describeStore({ home, eventStore: undefined, databaseUrl: undefined });
  const { installation, guard } = await identifyStore({
    ...{ store, readModels, where, clock },
    memory: storeMemory,
  }).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  const everything = new OwnsAll();
  return {
    clock,
    log,
    random: Math.random,
    home,
    staging: join(home, 'staging'),
    environmentOwnership: everything,
    targetOwnership: everything,
    installation,
    storeMemory,
    guard,
    store,
    vault: new LibsqlVault(database, key),
    readModels,
    checkpoints: new LibsqlCheckpointStore(database),
    deadLetters: new LibsqlDeadLetterSink(database),
    nodes: new RpcChainNodes({ clock }),
    controllers: new CommandNodeControllers(controllers),
    objects: new ProviderObjectStores(builtInProviders(objectStores)),
    ...(places === undefined ? {} : { local: places }),
    close: async () => {
      await store.close();
      await database.close();
    },
  };
};
