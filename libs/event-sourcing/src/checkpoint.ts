import { CodedError } from '#libs/kernel';
import { START, type Position, type StoredEvent } from './event.js';
import type { EventStore } from './event-store.js';

/** An event by its stream, revision and id: the same in every store that holds it. Its position is not. */
export type EventRef = Readonly<{ stream: string; revision: bigint; id: string }>;

/**
 * Where a reader of the store has got to: the last event of ours that it read, and the position at which it read it.
 * `event` is missing before the first event, and in what version 0.1 saved.
 */
export type Checkpoint = Readonly<{ position: Position; event?: EventRef }>;

/** Before every event. */
export const BEFORE_ALL: Checkpoint = { position: START };

/** The checkpoint of a reader whose last event this is. */
export const checkpointOf = ({ position, stream, revision, id }: StoredEvent): Checkpoint => ({
  position,
  event: { stream, revision, id },
});

/** Is it the same place, told by the event where both know it? */
export const isSameCheckpoint = (a: Checkpoint, b: Checkpoint): boolean =>
  a.position === b.position && (a.event?.id ?? b.event?.id) === (b.event?.id ?? a.event?.id);

/**
 * What the store says of a checkpoint. `proved`: it has the event, at the position given. `gone`: it has no such event,
 * or another one there. `unknown`: a checkpoint of version 0.1, and none of our events is at its position.
 */
export type Proof =
  | Readonly<{ kind: 'proved'; checkpoint: Checkpoint }>
  | Readonly<{ kind: 'gone'; event: EventRef }>
  | Readonly<{ kind: 'unknown' }>;

/** The event that the store has at this place, if its id is the same. One read. */
export const findEvent = async (
  store: EventStore,
  { stream, revision, id }: EventRef,
): Promise<StoredEvent | undefined> => {
  for await (const found of store.readStream(stream, { from: revision, limit: 1 }))
    return found.revision === revision && found.id === id ? found : undefined;
  return undefined;
};

/**
 * Proves a checkpoint by one read: that of its event, or for a checkpoint of version 0.1 of what is at its position.
 * Rejects with STORE_UNAVAILABLE.
 */
export const proveCheckpoint = async (store: EventStore, checkpoint: Checkpoint): Promise<Proof> => {
  const { event, position } = checkpoint;
  if (event !== undefined) {
    const found = await findEvent(store, event);
    return found ? { kind: 'proved', checkpoint: checkpointOf(found) } : { kind: 'gone', event };
  }
  if (position === START) return { kind: 'proved', checkpoint: BEFORE_ALL };
  const found = await store.eventAt(position);
  return found ? { kind: 'proved', checkpoint: checkpointOf(found) } : { kind: 'unknown' };
};

/** STORE_REWOUND: the store no longer has `event`, which is `what`. */
export const storeRewound = (what: string, { stream, revision, id }: EventRef): CodedError =>
  new CodedError('STORE_REWOUND', `The store no longer has ${what} (${stream}, revision ${revision}).`, {
    context: { stream, revision, id },
  });

/** The checkpoint at a position that the store gave a moment ago, such as its head. */
export const checkpointAt = async (store: EventStore, position: Position): Promise<Checkpoint> => {
  const proof = await proveCheckpoint(store, { position });
  return proof.kind === 'proved' ? proof.checkpoint : { position };
};

/** As text, with the position it belongs to: beside another position, which version 0.1 wrote, it says nothing. */
export const checkpointToJson = ({
  position,
  event,
}: Readonly<{ position: Position; event?: EventRef | undefined }>): string | null =>
  event === undefined
    ? null
    : JSON.stringify({ position: String(position), ...event, revision: String(event.revision) });

/** A stored position with what `checkpointToJson` made of its event. */
export const checkpointFromJson = (position: Position, json: string | null | undefined): Checkpoint => {
  if (json === null || json === undefined) return { position };
  const kept = JSON.parse(json) as Readonly<Record<keyof EventRef | 'position', string>>;
  if (kept.position !== String(position)) return { position };
  return { position, event: { stream: kept.stream, revision: BigInt(kept.revision), id: kept.id } };
};
