import { emptyHistory, evolveHistory, type BackupEvent, type History } from '#libs/domain';
import type { EventStore } from '#libs/event-sourcing';
import { decodeEvent } from '#libs/contracts';

const CACHED_HISTORIES_MAX = 200;

/** Reads the history of an environment from its stream, up to this moment. */
export interface HistoryReader {
  /** The history as of now; what was read before is kept and only newer events are read. */
  read(environmentId: string): Promise<History>;
}

export const createHistoryReader = (store: EventStore): HistoryReader => {
  const cache = new Map<string, { history: History; next: bigint }>();
  const running = new Map<string, Promise<History>>();

  const readOn = async (environmentId: string): Promise<History> => {
    const known = cache.get(environmentId) ?? { history: emptyHistory(), next: 0n };
    let { history, next } = known;
    for await (const stored of store.readStream(`backup-${environmentId}`, { from: next })) {
      const event = decodeEvent(stored.type, stored.data, stored.metadata.schemaVersion) as BackupEvent;
      history = evolveHistory(history, event, stored.revision);
      next = stored.revision + 1n;
    }
    cache.delete(environmentId);
    cache.set(environmentId, { history, next });
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
