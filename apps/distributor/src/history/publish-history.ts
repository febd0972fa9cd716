import {
  createHistoryDocument,
  historyKey,
  historyToJson,
  parseHistoryDocument,
  segmentKey,
  type HistoryDocument,
} from '#libs/archive';
import { historyThrough, readSegmentFileName, type History, type LiveEnvironment } from '#libs/domain';
import { CodedError, hasCode } from '#libs/kernel';
import { bodyFromBytes, type ObjectStore } from '#libs/object-store';
import { readSmall } from '#libs/services';

/** The history of the files up to an ordinal, as it is written beside them. */
export const historyDocumentOf = (
  history: History,
  provider: LiveEnvironment['provider'],
  throughOrdinal: number,
): HistoryDocument => {
  const entries = historyThrough(history, throughOrdinal);
  const newest = entries.at(-1)?.date;
  const { latestBackup } = history;
  const latest =
    latestBackup !== undefined && newest !== undefined && newest < latestBackup ? newest : latestBackup;
  return createHistoryDocument(entries, provider, latest ?? null);
};

/**
 * Writes the history document, always over the one that was read: never two writers, never an older one over a newer
 * one, no stranger's. Returns the etag of what is there now.
 */
export const publishHistory = async (
  store: ObjectStore,
  {
    environmentId,
    document,
    history,
  }: Readonly<{ environmentId: string; document: HistoryDocument; history: History }>,
  signal: AbortSignal,
): Promise<string> => {
  const key = historyKey(environmentId);
  const text = Buffer.from(historyToJson(document));
  const head = await store.head(key);
  const there = head === undefined ? undefined : await readSmall(store, key);
  if (head !== undefined && there?.equals(text)) return head.etag;
  if (there !== undefined) await refuseStranger(there, { history, store, environmentId });
  const condition = head === undefined ? 'if-absent' : { ifMatch: head.etag };
  const put = await store.put(key, bodyFromBytes(text), condition, signal);
  if (put.outcome === 'stored') return put.object.etag;
  throw new CodedError('TARGET_UNAVAILABLE', `${key} changed while Chainkeep was writing it.`);
};

/**
 * Never overwrites a history that names a file which lies there and that we do not know (of a foreign installation, or
 * newer than our store). Anything else under this key in a place of ours is a damaged history.
 */
const refuseStranger = async (
  there: Uint8Array,
  {
    history,
    store,
    environmentId,
  }: Readonly<{ history: History; store: ObjectStore; environmentId: string }>,
): Promise<void> => {
  const known = new Set(history.entries.map(({ file }) => file));
  for (const file of namedIn(there)) {
    if (known.has(file) || readSegmentFileName(file) === undefined) continue;
    if ((await store.head(segmentKey(environmentId, file))) === undefined) continue;
    const key = historyKey(environmentId);
    throw new CodedError(
      'TARGET_OBJECT_DIFFERS',
      `${key} names ${file}, which this installation did not write.`,
      { context: { key } },
    );
  }
};

/** The files that a history names; none when it can't be read any more. */
const namedIn = (document: Uint8Array): readonly string[] => {
  try {
    return parseHistoryDocument(document).history.map(({ file }) => file);
  } catch (error) {
    if (!hasCode(error, 'HISTORY_INVALID')) throw error;
    return [];
  }
};
