import { openIdentity, StoreGuard, type ReadModelStore, type StoreMemory } from '#libs/event-store';
import { START, type EventStore } from '#libs/event-sourcing';
import { toInstant, type Clock } from '#libs/kernel';

export type IdentifiedStore = Readonly<{ installation: string; guard: StoreGuard }>;

/** Read models that were brought up to an event of a store. */
const holdReadModels = async (readModels: ReadModelStore): Promise<boolean> => {
  for (const name of ['catalogue', 'history']) {
    const active = await readModels.active(name);
    if (active !== undefined && (await readModels.checkpoint(active)).position > START) return true;
  }
  return false;
};

/** Opens the store's identity, founding it when it is new, and watches it from then on. Rejects as `openIdentity`. */
export const identifyStore = async (
  parts: Readonly<{
    store: EventStore;
    memory: StoreMemory;
    readModels: ReadModelStore;
    where: string;
    clock: Clock;
  }>,
): Promise<IdentifiedStore> => {
  const { readModels, clock } = parts;
  const installation = await openIdentity({
    ...parts,
    isInUse: () => holdReadModels(readModels),
    at: toInstant(clock.nowMs()),
  });
  return { installation, guard: new StoreGuard({ ...parts, installation }) };
};
