import {
  createHistoryDocument,
  historyKey,
  historyToJson,
  parseHistoryDocument,
  type HistoryDocument,
} from '#libs/archive';
import { historyThrough, type History, type LiveEnvironment } from '#libs/domain';
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
  if (there !== undefined) refuseStranger(there, history, key);
  const condition = head === undefined ? 'if-absent' : { ifMatch: head.etag };
  const put = await store.put(key, bodyFromBytes(text), condition, signal);
  if (put.outcome === 'stored') return put.object.etag;
  throw new CodedError('TARGET_UNAVAILABLE', `${key} changed while Chainkeep was writing it.`);
};

/** Never overwrites an object that is not a history, or one that names files we do not know (foreign or newer). */
const refuseStranger = (there: Uint8Array, { entries }: History, key: string): void => {
  const known = new Set(entries.map(({ file }) => file));
  let strange: string | undefined;
  try {
    strange = parseHistoryDocument(there).history.find(({ file }) => !known.has(file))?.file;
    if (strange === undefined) return;
  } catch (error) {
    if (!hasCode(error, 'HISTORY_INVALID')) throw error;
  }
  const what =
    strange === undefined
      ? 'is not a history of this environment'
      : `names ${strange}, which this installation did not write`;
  throw new CodedError('TARGET_OBJECT_DIFFERS', `${key} ${what}.`, { context: { key } });
};
