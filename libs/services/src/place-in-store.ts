import { proveCheckpoint, START, type EventStore, type Position } from '#libs/event-sourcing';
import { CodedError } from '#libs/kernel';
import type { EventMessage } from '#libs/messaging';

/**
 * Where this store has the event that a message names by stream, revision and id. The position in a message is never
 * believed: it may come from another copy of the store, be far beyond the end, or belong to another event.
 * EVENT_NOT_HERE when the store does not have it: then the message is set aside and its key goes on.
 */
export const placeInStore = async (store: EventStore, { ce }: EventMessage): Promise<Position> => {
  const event = { stream: ce.subject, revision: BigInt(ce.revision), id: ce.id };
  const proof = await proveCheckpoint(store, { position: START, event });
  if (proof.kind === 'proved') return proof.checkpoint.position;
  throw new CodedError(
    'EVENT_NOT_HERE',
    `The event store has no event ${ce.id} (${ce.type}) at revision ${ce.revision} of ${ce.subject}.`,
    { context: event },
  );
};
