import { setImmediate as nextTurn } from 'node:timers/promises';
import { EVENT_CONTRACTS, type EventType } from '#libs/contracts';
import type { Checkpoint, EventStore, Position, StoredEvent } from '#libs/event-sourcing';
import type { ReadModelStore } from '#libs/event-store';
import { Batch } from './batch.js';
import { DocumentMemory } from './document-memory.js';
import type { Projection } from './projection.js';

/** Read at once and taken in at once; then others have their turn: requests to this process, answers of the stores. */
const PAGE_EVENTS = 250;
/** Few: what a batch holds is given away before the collector has moved it. */
const BATCH_EVENTS = 500;
/** Written or on their way to the store: it takes all that wait in one transaction. */
const BATCHES_MAX = 32;

export type BuildPorts = Readonly<{ store: EventStore; readModels: ReadModelStore }>;
export type BuildOptions = Readonly<{ physical: string; through: Checkpoint; signal?: AbortSignal }>;

/**
 * Brings a physical projection from its checkpoint, proved, to exactly `through` and says how many events it took in. Reads
 * the store and writes the projection, nothing else. Throws REVISION_CONFLICT when another builds the same one,
 * EVENT_UNKNOWN or EVENT_INVALID at an event it can't read; what lies before it is kept.
 */
export const buildThrough = async (
  { store, readModels }: BuildPorts,
  projection: Projection,
  { physical, through, signal }: BuildOptions,
): Promise<number> => {
  const memory = new DocumentMemory();
  const writer = new Writer();
  const without = typesWithout(projection);
  let events = 0;
  const fresh = (from: Checkpoint): Batch =>
    new Batch(projection, {
      readModels,
      physical,
      from,
      memory,
      bulk: true,
      eventsMax: BATCH_EVENTS,
      before: writer.written,
    });
  let batch = fresh(await readModels.checkpoint(physical));
  let next = readAhead(store, batch.position, without);
  try {
    while (batch.position < through.position) {
      signal?.throwIfAborted();
      const page = await next();
      const wanted = page.filter(({ position }) => position <= through.position);
      const last = wanted.at(-1);
      const isLast = !last || page.length < PAGE_EVENTS || wanted.length < page.length;
      // The store fetches the next page while this one is taken in.
      if (!isLast) next = readAhead(store, last.position, without);
      try {
        await takeIn(batch, wanted);
        if (isLast) batch.passed(through);
      } catch (error) {
        await writer.write(batch);
        throw error;
      }
      events += wanted.length;
      if (!isLast && !batch.isFull) continue;
      await writer.write(batch);
      batch = fresh(batch.checkpoint);
    }
  } finally {
    await writer.written;
  }
  return events;
};

/** Known types only: one of a newer release may concern the projection, so it is read and met. */
const typesWithout = ({ types }: Projection): readonly string[] =>
  (Object.keys(EVENT_CONTRACTS) as EventType[]).filter((type) => !types.has(type));

const takeIn = async (batch: Batch, events: readonly StoredEvent[]): Promise<void> => {
  await nextTurn();
  for (const event of events) await batch.add(event);
};

/** Batches are written while the next ones are taken in. */
class Writer {
  /** All that were begun. */
  written: Promise<void> = Promise.resolve();
  private readonly underWay: Promise<void>[] = [];

  /** Begins; before, when too many are in progress, waits for the oldest. Rejects when that could not be written. */
  async write(batch: Batch): Promise<void> {
    if (!batch.isWhole) return;
    if (this.underWay.length >= BATCHES_MAX) await this.underWay.shift();
    const committed = batch.commit();
    this.underWay.push(committed);
    this.written = this.written.then(() => committed);
    // Asked for later, or at the end.
    this.written.catch(() => undefined);
    committed.catch(() => undefined);
  }
}

/** Begins to read. A failure is kept for the caller, which may never look at it. */
const readAhead = (
  store: EventStore,
  after: Position,
  without: readonly string[],
): (() => Promise<readonly StoredEvent[]>) => {
  const page = store.readAll(after, PAGE_EVENTS, without);
  page.catch(() => undefined);
  return async () => page;
};
