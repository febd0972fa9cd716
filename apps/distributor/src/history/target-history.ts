import type { History, LiveEnvironment, LiveTarget } from '#libs/domain';
import { isAhead, toInstant } from '#libs/kernel';
import type { ObjectStore } from '#libs/object-store';
import { historyDocumentOf, publishHistory } from './publish-history.js';
import type { DeliveryContext } from '../delivery-context.js';

/** The shortest time between two versions of the history during a run, so many files share one version. */
const WHILE_EXPORTING_MS = 10 * 60_000;

/** What a target lacks of history, genesis and the other small files is known without asking it. */
export const isPublished = (
  { published }: LiveTarget,
  history: History,
  { genesis }: LiveEnvironment,
): boolean =>
  published !== undefined && published.revision >= history.revision && published.genesis === genesis?.sha256;

/** Is a run in progress that will say more, and the version there fresh enough? */
export const canWait = async (
  { ports }: DeliveryContext,
  { environmentId, published }: LiveTarget,
): Promise<boolean> => {
  const { state } = await ports.streams.backups.load(environmentId);
  if (state.status !== 'exporting' || published?.at === undefined) return false;
  const nowMs = ports.clock.nowMs();
  return published.at > toInstant(nowMs - WHILE_EXPORTING_MS) && !isAhead(published.at, toInstant(nowMs));
};

/** Writes the small files and then, last of all, the history of the files that are there. */
export const publishToTarget = async (
  context: DeliveryContext,
  place: Readonly<{ target: LiveTarget; environment: LiveEnvironment; to: ObjectStore; signal: AbortSignal }>,
): Promise<void> => {
  const { target, environment, to, signal } = place;
  const { environmentId, provider, genesis } = environment;
  const history = await context.ports.histories.read(environmentId);
  await context.sides.copyTo(to, environment, signal);
  const document = historyDocumentOf(history, provider, target.deliveredThrough);
  const etag = await publishHistory(to, { environmentId, document, history }, signal);
  const complete = history.entries.every(({ ordinal }) => ordinal <= target.deliveredThrough);
  // Only a complete document counts as the history at this revision; a partial one is replaced by the next.
  const revision = complete ? history.revision : (target.published?.revision ?? -1n);
  await context.give(target.targetId, {
    type: 'RecordHistory',
    etag,
    revision,
    files: document.history.length,
    ...(genesis === undefined ? {} : { genesis: genesis.sha256 }),
    at: context.now(),
  });
};
