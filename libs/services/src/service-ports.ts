import type { ChainNodes, NodeControllers } from '#libs/chain';
import { createChainkeepStreams, type ChainkeepStreams } from '#libs/contracts';
import type { ReadModelStore, Vault } from '#libs/event-store';
import type { CommandContext, EventStore } from '#libs/event-sourcing';
import { toInstant, type Clock } from '#libs/kernel';
import type { Ownership } from '#libs/messaging';
import { NO_LOCAL_PLACES, OwnCredentials, type LocalPlaces, type ObjectStores } from '#libs/object-store';
import { Catalogue, createHistoryReader, ReadModelReader, type HistoryReader } from '#libs/projections';
import { OutageGate, type Log, type Outage } from '#libs/runtime';
import { storeOutage, type StoreHosts } from './store-outage.js';

/** What a process brings to the services it runs: adapters behind ports, chosen by its composition root. */
export type Adapters = Readonly<{
  clock: Clock;
  log: Log;
  /** In [0, 1). */
  random: () => number;
  store: EventStore;
  vault: Vault;
  readModels: ReadModelStore;
  nodes: ChainNodes;
  /** Node controllers of the local file of this server; nothing over the API can add to them. */
  controllers: NodeControllers;
  objects: ObjectStores;
  /** What the local file of this server says of places; without one, nothing is allowed. */
  local?: LocalPlaces;
  /** The data directory; the default managed bucket lies in it. */
  home: string;
  /** Where this process alone keeps files in flight; what is there at its start is continued. */
  staging: string;
  /** Which environments and which targets this process works for, by id. */
  environmentOwnership: Ownership;
  targetOwnership: Ownership;
  /** Marks the places this installation writes to as its own. */
  installation: string;
  /** For the messages of an outage. */
  hosts?: StoreHosts | undefined;
  /** What keeps work from being done on a store that can be read, such as an older copy of it. */
  storeProblem?: () => Promise<Outage | undefined>;
  /** Where all work of the process waits while its stores do not answer; made here when left out. */
  gate?: OutageGate;
}>;

/** The adapters and what is built on them alone. */
export type ServicePorts = Adapters &
  Readonly<{
    streams: ChainkeepStreams;
    histories: HistoryReader;
    reads: ReadModelReader;
    catalogue: Catalogue;
    gate: OutageGate;
    /** Decides which targets are opened with what belongs to this server. */
    ownCredentials: OwnCredentials;
  }>;

/** The gate of a process over these stores. */
export const gateOf = (
  adapters: Pick<Adapters, 'clock' | 'hosts' | 'log' | 'random' | 'readModels' | 'store'>,
): OutageGate => new OutageGate({ ...adapters, look: () => storeOutage(adapters) });

export const createServicePorts = (adapters: Adapters): ServicePorts => {
  const reads = new ReadModelReader(adapters.readModels, adapters.clock);
  return {
    ...adapters,
    streams: createChainkeepStreams(adapters.store, (what) => {
      adapters.log.debug('A command added no event.', what);
    }),
    histories: createHistoryReader(adapters.store),
    reads,
    catalogue: new Catalogue(reads),
    gate: adapters.gate ?? gateOf(adapters),
    ownCredentials: new OwnCredentials(adapters.objects.providers, adapters.local ?? NO_LOCAL_PLACES),
  };
};

/** The context of a command that a service gives on its own account. */
export const systemContext = (
  clock: Clock,
  cause: Readonly<{ correlationId: string; causationId?: string }>,
): CommandContext => ({ actor: 'system', at: toInstant(clock.nowMs()), ...cause });
