import { EVENT_CONTRACTS, type EventType } from '#libs/contracts';
import type { EventStore, Position, StoredEvent } from '#libs/event-sourcing';
import type { ReadModelStore } from '#libs/event-store';
import { Batch } from './batch.js';
import type { Projection } from './projection.js';

/** Nobody waits for a row of a build, so its transactions are larger than those of a projector that follows. */
const PAGE_EVENTS = 1_000;

export type BuildPorts = Readonly<{ store: EventStore; readModels: ReadModelStore }>;

/**
 * Brings a physical projection from its checkpoint to exactly `through` and says how many events it took in. Reads
 * the store and writes the projection, nothing else. Throws REVISION_CONFLICT when another builds the same one,
 * EVENT_UNKNOWN or EVENT_INVALID at an event it can't read; what lies before it is kept.
 */
export const buildThrough = async (
  { store, readModels }: BuildPorts,
  projection: Projection,
  { physical, through, signal }: Readonly<{ physical: string; through: Position; signal?: AbortSignal }>,
): Promise<number> => {
  // Known types only: one of a newer release may concern the projection, so it is read and met.
  const known = Object.keys(EVENT_CONTRACTS) as EventType[];
  const without = known.filter((type) => !projection.types.has(type));
  let events = 0;
  let from = await readModels.checkpoint(physical);
  let next = readAhead(store, from, without);
  while (from < through) {
    signal?.throwIfAborted();
    const page = await next();
    const wanted = page.filter(({ position }) => position <= through);
    const last = wanted.at(-1);
    const isLast = !last || page.length < PAGE_EVENTS || wanted.length < page.length;
    // The store fetches the next page while this one is taken in.
    if (!isLast) next = readAhead(store, last.position, without);
    const batch = new Batch(projection, { readModels, physical, from });
    try {
      for (const event of wanted) await batch.add(event);
      if (isLast) batch.passed(through);
    } finally {
      await batch.commit();
    }
    events += wanted.length;
    from = batch.position;
  }
  return events;
};

/** Begins to read; its failure is kept for who asks, and nobody may ask. */
const readAhead = (
  store: EventStore,
  after: Position,
  without: readonly string[],
): (() => Promise<readonly StoredEvent[]>) => {
  const page = store.readAll(after, PAGE_EVENTS, without);
  page.catch(() => undefined);
  return async () => page;
};
