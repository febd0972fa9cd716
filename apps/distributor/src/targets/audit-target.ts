import { historyKey, manifestKey } from '#libs/archive';
import { decodeEvent } from '#libs/contracts';
import type { FaultKind, History, HistoryEntry, LiveTarget, TargetFault } from '#libs/domain';
import type { EventStore } from '#libs/event-sourcing';
import type { ObjectInfo, ObjectStore } from '#libs/object-store';
import { sha256Of } from './deliver-file.js';
import { listedObjects } from './listed-objects.js';

export type Audit = Readonly<{
  checked: number;
  faults: readonly TargetFault[];
  /** The history document is there. */
  historyFound: boolean;
}>;

export type AuditJob = Readonly<{
  target: LiveTarget;
  history: History;
  store: ObjectStore;
  /** The etag of each file as the ledger has it, by ordinal. */
  ledger: ReadonlyMap<number, string>;
  signal: AbortSignal;
}>;

/** What was written to the target's present destination, from its own events: the etag of each file by ordinal. */
export const ledgerOf = async (
  store: EventStore,
  target: LiveTarget,
): Promise<ReadonlyMap<number, string>> => {
  const etags = new Map<number, string>();
  for await (const stored of store.readStream(`target-${target.targetId}`)) {
    if (stored.type !== 'SegmentDelivered' && stored.type !== 'SegmentHealed') continue;
    const event = decodeEvent(stored.type, stored.data, stored.metadata.schemaVersion);
    if (event.type !== 'SegmentDelivered' && event.type !== 'SegmentHealed') continue;
    const { destination, ordinal, etag } = event.data;
    if (destination === target.destination) etags.set(ordinal, etag);
  }
  return etags;
};

/**
 * Compares the listing of a place with the ledger. One listing is enough where etag and size are as they were
 * recorded; files that differ are read back, or all of them if requested.
 */
export const auditTarget = async (job: AuditJob): Promise<Audit> => {
  const { target, history, store, signal } = job;
  const { environmentId } = target;
  const files = history.entries.flatMap(({ key, file }) => [key, manifestKey(environmentId, file)]);
  const wanted = new Set([...files, historyKey(environmentId)]);
  const { found: listed, probes } = await listedObjects(store, `${environmentId}/`, wanted, signal);
  // A probe that was killed before it could take its object away; one that runs just now is merely repeated.
  for (const key of probes) await store.remove(key);
  const faults: TargetFault[] = [];
  for (const entry of history.entries) {
    signal.throwIfAborted();
    const kind = await faultOf(job, entry, listed);
    if (kind !== undefined) faults.push({ ordinal: entry.ordinal, kind });
  }
  return {
    checked: history.entries.filter(({ ordinal }) => ordinal <= target.deliveredThrough).length,
    faults,
    historyFound: target.published === undefined || listed.has(historyKey(target.environmentId)),
  };
};

const faultOf = async (
  job: AuditJob,
  entry: HistoryEntry,
  listed: ReadonlyMap<string, ObjectInfo>,
): Promise<FaultKind | undefined> => {
  const { target } = job;
  const object = listed.get(entry.key);
  if (entry.ordinal > target.deliveredThrough) {
    // A file that is not due yet may exist already; only a requested heal looks at it.
    const looked = object !== undefined && target.healAsked !== undefined;
    return looked && !(await isIntact(job, entry, object)) ? 'altered' : undefined;
  }
  if (object === undefined) return 'missing';
  if (!(await isIntact(job, entry, object))) return 'altered';
  return listed.has(manifestKey(target.environmentId, entry.file)) ? undefined : 'missing';
};

const isIntact = async (
  { target, store, ledger, signal }: AuditJob,
  { ordinal, bytes, sha256 }: HistoryEntry,
  object: ObjectInfo,
): Promise<boolean> => {
  if (object.bytes !== bytes) return false;
  // Reading back means the bytes, not what the store once noted about them.
  if (target.healAsked?.readBack) return (await sha256Of(store, object, signal)) === sha256;
  if (ledger.get(ordinal) === object.etag) return true;
  const head = await store.head(object.key);
  return (await sha256Of(store, head ?? object, signal)) === sha256;
};
