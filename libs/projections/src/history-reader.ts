import { emptyHistory, evolveHistory, type BackupEvent, type History } from '#libs/domain';
import { findEvent, type EventRef, type EventStore } from '#libs/event-sourcing';
import { decodeEvent } from '#libs/contracts';

const CACHED_HISTORIES_MAX = 200;

/** A history, and the last event it was folded to: proved before more is read. */
type Known = Readonly<{ history: History; last: EventRef | undefined }>;

/** Reads the history of an environment from its stream, up to this moment. */
export interface HistoryReader {
  /** The history as of now; what was read before is kept and only newer events are read. */
  read(environmentId: string): Promise<History>;
}

export const createHistoryReader = (store: EventStore): HistoryReader => {
  const cache = new Map<string, Known>();
  const running = new Map<string, Promise<History>>();

  const readOn = async (environmentId: string): Promise<History> => {
    const stream = `backup-${environmentId}`;
    const known = cache.get(environmentId);
    const isStillThere = known?.last === undefined || (await findEvent(store, known.last)) !== undefined;
    let { history, last } = (isStillThere ? known : undefined) ?? {
      history: emptyHistory(),
      last: undefined,
    };
    const from = last === undefined ? 0n : last.revision + 1n;
    for await (const stored of store.readStream(stream, { from })) {
      const event = decodeEvent(stored.type, stored.data, stored.metadata.schemaVersion) as BackupEvent;
      history = evolveHistory(history, event, stored.revision);
      last = { stream, revision: stored.revision, id: stored.id };
    }
    cache.delete(environmentId);
    cache.set(environmentId, { history, last });
    const oldest = cache.size > CACHED_HISTORIES_MAX ? cache.keys().next() : undefined;
    if (oldest?.done === false) cache.delete(oldest.value);
    return { ...history, entries: [...history.entries] };
  };

  return {
    read: (environmentId) => {
      const before = running.get(environmentId) ?? Promise.resolve();
      // One reader at a time per environment: the fold appends to its own array.
      const mine = before.then(
        () => readOn(environmentId),
        () => readOn(environmentId),
      );
      running.set(environmentId, mine);
      const done = () => {
        if (running.get(environmentId) === mine) running.delete(environmentId);
      };
      mine.then(done, done);
      return mine;
    },
  };
};
