import type { EventStore, Position } from '#libs/event-sourcing';
import type { ReadModelStore } from '#libs/event-store';
import { Batch, BATCH_EVENTS_MAX } from './batch.js';
import type { Projection } from './projection.js';

export type BuildPorts = Readonly<{ store: EventStore; readModels: ReadModelStore }>;

/**
 * Brings a physical projection from its checkpoint to exactly `through` and says how many events that took. Reads
 * the store and writes the projection, nothing else. Throws REVISION_CONFLICT when another builds the same one,
 * EVENT_UNKNOWN or EVENT_INVALID at an event it can't read; what lies before it is kept.
 */
export const buildThrough = async (
  { store, readModels }: BuildPorts,
  projection: Projection,
  { physical, through, signal }: Readonly<{ physical: string; through: Position; signal?: AbortSignal }>,
): Promise<number> => {
  let events = 0;
  let from = await readModels.checkpoint(physical);
  while (from < through) {
    signal?.throwIfAborted();
    const page = await store.readAll(from, BATCH_EVENTS_MAX);
    const wanted = page.filter(({ position }) => position <= through);
    if (wanted.length === 0) break;
    const batch = new Batch(projection, { readModels, physical, from });
    try {
      for (const event of wanted) await batch.add(event);
    } finally {
      await batch.commit();
    }
    events += wanted.length;
    from = batch.position;
  }
  return events;
};
