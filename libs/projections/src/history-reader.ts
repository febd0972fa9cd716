import { emptyHistory, evolveHistory, type BackupEvent, type History } from '#libs/domain';
import type { EventRef, EventStore } from '#libs/event-sourcing';
import { keepNewest } from '#libs/kernel';
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

  /** Folds on from what is known; `undefined` when the stream no longer has the event it was folded to. */
  const foldOn = async (stream: string, known: Known): Promise<Known | undefined> => {
    let { history, last } = known;
    let isProved = last === undefined;
    for await (const stored of store.readStream(stream, { from: last?.revision ?? 0n })) {
      if (!isProved) {
        isProved = stored.revision === last?.revision && stored.id === last.id;
        if (isProved) continue;
        return undefined;
      }
      const event = decodeEvent(stored.type, stored.data, stored.metadata.schemaVersion) as BackupEvent;
      history = evolveHistory(history, event, stored.revision);
      last = { stream, revision: stored.revision, id: stored.id };
    }
    return isProved ? { history, last } : undefined;
  };

  const readOn = async (environmentId: string): Promise<History> => {
    const stream = `backup-${environmentId}`;
    const nothing = { history: emptyHistory(), last: undefined };
    const known =
      (await foldOn(stream, cache.get(environmentId) ?? nothing)) ?? (await foldOn(stream, nothing));
    const { history } = known ?? nothing;
    keepNewest(cache, environmentId, known ?? nothing, CACHED_HISTORIES_MAX);
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
