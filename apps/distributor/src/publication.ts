import type { History, LiveEnvironment, LiveTarget } from '#libs/domain';
import type { ObjectStore } from '#libs/object-store';
import { historyDocumentOf, publishHistory } from './history-publisher.js';
import type { Work } from './work.js';

/** What a target lacks of history, genesis and the other small files is known without asking it. */
export const isPublished = (
  { published }: LiveTarget,
  history: History,
  { genesis }: LiveEnvironment,
): boolean =>
  published !== undefined && published.revision >= history.revision && published.genesis === genesis?.sha256;

/** Writes the small files and then, last of all, the history of the files that are there. */
export const publish = async (
  work: Work,
  place: Readonly<{ target: LiveTarget; environment: LiveEnvironment; to: ObjectStore; signal: AbortSignal }>,
): Promise<void> => {
  const { target, environment, to, signal } = place;
  const { environmentId, provider, genesis } = environment;
  const history = await work.ports.histories.read(environmentId);
  await work.sides.copyTo(to, environment, history.revision, signal);
  const document = historyDocumentOf(history, provider, target.deliveredThrough);
  const etag = await publishHistory(to, { environmentId, document, history }, signal);
  const complete = history.entries.every(({ ordinal }) => ordinal <= target.deliveredThrough);
  // Only a complete document counts as the history at this revision; a partial one is replaced by the next.
  const revision = complete ? history.revision : (target.published?.revision ?? -1n);
  await work.give(target.targetId, {
    type: 'RecordHistory',
    etag,
    revision,
    files: document.history.length,
    ...(genesis === undefined ? {} : { genesis: genesis.sha256 }),
    at: work.now(),
  });
};
