import type { SegmentRecord } from '#libs/domain';
import { CodedError, hasCode } from '#libs/kernel';
import { bodyFromBytes, digestOf, type ObjectInfo, type ObjectStore } from '#libs/object-store';
import { manifestFile, readFitting, type RecordedFile } from '#libs/services';
import { ManagedFile } from '../managed-bucket/managed-file.js';
import type { ManagedManifests } from '../managed-bucket/managed-manifests.js';
import type { SharedReads } from '../managed-bucket/shared-reads.js';
import type { TransferPace } from './transfer-pace.js';

export type Copy = Readonly<{
  from: ObjectStore;
  to: ObjectStore;
  environmentId: string;
  segment: SegmentRecord;
  /** Healing alone may overwrite. */
  heal: boolean;
  /** Where the file is fetched to when several targets want it. */
  shared: SharedReads | undefined;
  manifests: ManagedManifests;
  /** Of the file, while it has a slot. */
  pace?: TransferPace;
  signal: AbortSignal;
}>;

/** Copies one file. An existing object counts when it has the right digest. The manifest follows. */
export const deliverSegment = (copy: Copy): Promise<ObjectInfo> => send(copy, 'if-absent');

/** Copies the manifest of a file that is there. One there that is as recorded is left alone, whatever the source has. */
export const deliverManifest = async (copy: Copy): Promise<void> => {
  const { from, to, environmentId, segment, heal, manifests, signal } = copy;
  const file = manifestFile(environmentId, segment);
  if (heal && (await readFitting(to, file)) !== undefined) return;
  const manifest = await manifests.read({ store: from, environmentId }, file);
  await putSmallOnce(to, file, manifest, { heal, signal });
};

/** An object exists under the key. It counts when it is the file; otherwise only healing may replace it. */
const settle = async (copy: Copy, there: ObjectInfo): Promise<ObjectInfo> => {
  const { to, segment, heal, signal } = copy;
  const { key, sha256: expected } = segment;
  copy.pace?.add(there.bytes);
  const actual = await sha256Of(to, there, signal);
  if (actual === expected) return there;
  if (heal) return send(copy, { ifMatch: there.etag });
  throw new CodedError('TARGET_OBJECT_DIFFERS', `${key} already exists with different content.`, {
    context: { key, expected, actual },
  });
};

/** What the store itself says the object has, else what is read back. */
export const sha256Of = async (
  store: ObjectStore,
  object: ObjectInfo,
  signal: AbortSignal,
): Promise<string> => {
  const { checksum } = object;
  if (checksum?.startsWith('sha256:')) return checksum.slice('sha256:'.length);
  return (await digestOf(store, object.key, signal, object.bytes)).sha256;
};

type SendCondition = 'if-absent' | Readonly<{ ifMatch: string }>;

const send = async (copy: Copy, condition: SendCondition): Promise<ObjectInfo> => {
  const { from, to, segment, pace, signal } = copy;
  const { key, bytes, sha256 } = segment;
  const source = new ManagedFile(from, segment);
  pace?.add(bytes);
  const copied = await to
    .copyFrom({ store: from, key, bytes, sha256, retain: true }, key, condition, signal)
    .catch((error: unknown) => {
      // Bytes that are not the recorded ones may be either side's fault: streaming tells whose.
      if (hasCode(error, 'TARGET_DIGEST_MISMATCH') || hasCode(error, 'TARGET_OBJECT_MISSING'))
        return undefined;
      throw error;
    });
  const put = copied ?? (await stream(copy, source, condition));
  if (put.outcome === 'stored') return put.object;
  // It is there: most often a process of ours died before it could record what it did.
  if (put.object !== undefined && condition === 'if-absent') return settle(copy, put.object);
  throw new CodedError('TARGET_UNAVAILABLE', `${key} kept changing while Chainkeep wrote it.`);
};

const stream = async (copy: Copy, source: ManagedFile, condition: SendCondition) => {
  const { to, segment, shared, pace, signal } = copy;
  const kept = shared?.body(source, segment, signal);
  const body = kept?.body ?? source.body(signal);
  try {
    return await to.put(segment.key, pace?.counted(body) ?? body, condition, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw source.failure ?? error;
  } finally {
    kept?.release();
  }
};

/** Writes a small file unless it is there; another content is replaced by healing only. */
const putSmallOnce = async (
  to: ObjectStore,
  file: RecordedFile,
  bytes: Uint8Array,
  { heal, signal }: Readonly<{ heal: boolean; signal: AbortSignal }>,
): Promise<void> => {
  const { key } = file;
  const body = bodyFromBytes(bytes);
  const put = await to.put(key, body, 'if-absent', signal);
  if (put.outcome === 'stored') return;
  if ((await readFitting(to, file)) !== undefined) return;
  if (!heal)
    throw new CodedError('TARGET_OBJECT_DIFFERS', `${key} already exists with different content.`, {
      context: { key },
    });
  const condition = put.object === undefined ? 'if-absent' : { ifMatch: put.object.etag };
  if ((await to.put(key, body, condition, signal)).outcome === 'stored') return;
  throw new CodedError('TARGET_UNAVAILABLE', `${key} changed while Chainkeep was healing it.`);
};
