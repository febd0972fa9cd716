import { historyKey } from '#libs/archive';
import { decodeEvent } from '#libs/contracts';
import type { FaultKind, History, HistoryEntry, LiveTarget, TargetFault } from '#libs/domain';
import type { EventStore } from '#libs/event-sourcing';
import type { ObjectInfo, ObjectStore } from '#libs/object-store';
import { manifestFile, readFitting } from '#libs/services';
import { sha256Of } from './deliver-file.js';
import { listedObjects } from './listed-objects.js';

export type Audit = Readonly<{
  checked: number;
  faults: readonly TargetFault[];
  /** The history document is there as it was written, and so are the small files beside the segments. */
  historyFound: boolean;
}>;

export type AuditJob = Readonly<{
  target: LiveTarget;
  history: History;
  store: ObjectStore;
  /** The etag of each file as the ledger has it, by ordinal. */
  ledger: ReadonlyMap<number, string>;
  /** Does the place hold the small files beside the segments as they were recorded? */
  areSidesGood: () => Promise<boolean>;
  /** When it is, in milliseconds: which manifests are read today follows from it. */
  nowMs: number;
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
 * recorded; files that differ are read back, or all of them if requested. Small files are read: history, genesis and
 * proofs always, manifests in turn.
 */
export const auditTarget = async (job: AuditJob): Promise<Audit> => {
  const { target, history, store, signal } = job;
  const { environmentId } = target;
  const files = history.entries.flatMap((entry) => [entry.key, manifestFile(environmentId, entry).key]);
  const wanted = new Set([...files, historyKey(environmentId)]);
  const { found: listed, probes } = await listedObjects(store, `${environmentId}/`, wanted, signal);
  // A probe that was killed before it could take its object away; one that runs just now is merely repeated.
  for (const key of probes) await store.remove(key);
  const faults: TargetFault[] = [];
  const isDue = manifestsDue(history.entries.length, job.nowMs);
  for (const entry of history.entries) {
    signal.throwIfAborted();
    const kind = await faultOf(job, entry, { listed, isManifestDue: isDue(entry.ordinal) });
    if (kind !== undefined) faults.push({ ordinal: entry.ordinal, kind });
  }
  return {
    checked: history.entries.filter(({ ordinal }) => ordinal <= target.deliveredThrough).length,
    faults,
    historyFound: target.published === undefined || (await isPublishedWell(job, listed)),
  };
};

const faultOf = async (
  job: AuditJob,
  entry: HistoryEntry,
  { listed, isManifestDue }: Readonly<{ listed: ReadonlyMap<string, ObjectInfo>; isManifestDue: boolean }>,
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
  const isRead = isManifestDue || target.healAsked?.readBack === true;
  return manifestFaultOf(job, entry, { listed, isRead });
};

const manifestFaultOf = async (
  { target, store }: AuditJob,
  entry: HistoryEntry,
  { listed, isRead }: Readonly<{ listed: ReadonlyMap<string, ObjectInfo>; isRead: boolean }>,
): Promise<FaultKind | undefined> => {
  const manifest = manifestFile(target.environmentId, entry);
  if (!listed.has(manifest.key)) return 'missing';
  if (!isRead || (await readFitting(store, manifest)) !== undefined) return undefined;
  return 'altered';
};

/** Whether what `publish` writes is still there; read back it is written again, which leaves alone what is right. */
const isPublishedWell = async (
  { target, areSidesGood }: AuditJob,
  listed: ReadonlyMap<string, ObjectInfo>,
): Promise<boolean> => {
  if (target.healAsked?.readBack === true) return false;
  const there = listed.get(historyKey(target.environmentId));
  return there?.etag === target.published?.etag && (await areSidesGood());
};

const DAY_MS = 24 * 60 * 60_000;
/** Manifests that an audit reads at least: all of them, in most places. */
const MANIFESTS_A_DAY_MIN = 1_000;
const DAYS_FOR_ALL = 30;

/** Which manifests are read today, by ordinal, so that each is within a month. */
export const manifestsDue = (files: number, nowMs: number): ((ordinal: number) => boolean) => {
  const each = Math.max(MANIFESTS_A_DAY_MIN, Math.ceil(files / DAYS_FOR_ALL));
  if (files <= each) return () => true;
  const turns = Math.ceil(files / each);
  const turn = Math.floor(nowMs / DAY_MS) % turns;
  return (ordinal) => Math.floor(ordinal / each) === turn;
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
