import { genesisKey, hasOwnDigest, manifestKey, parseManifest } from '#libs/archive';
import type { LiveEnvironment, SegmentRecord } from '#libs/domain';
import { hasCode, isCodedError, isOurs, sha256Hex } from '#libs/kernel';
import { bodyFromBytes, type ObjectStore } from '#libs/object-store';
import { readSmall } from './read-small.js';
import type { ServicePorts } from './service-ports.js';
import { openTarget } from './target-store.js';

/** A small object of which events say what its bytes must be. */
export type RecordedFile = Readonly<{
  key: string;
  /** Are these the bytes that were recorded? */
  fits: (bytes: Uint8Array) => boolean;
  /** The bytes themselves, where events hold them. */
  bytes?: Uint8Array;
  /** False when events say something newer by now: what does not fit may be right then, and is left alone. */
  isCurrent?: () => Promise<boolean>;
}>;

/** What was read, and the target whose copy replaced a damaged one, if any. */
export type RecordedRead = Readonly<{ bytes: Buffer; restoredFrom?: string }>;

export type CopyParts = Pick<
  ServicePorts,
  'catalogue' | 'log' | 'objects' | 'ownCredentials' | 'streams' | 'vault'
>;

type Place = Readonly<{ store: ObjectStore; environmentId: string }>;

/** The manifest of a file. Version 0.1 recorded no digest of it: then it has to state its own, and the file's. */
export const manifestFile = (
  environmentId: string,
  { file, sha256, manifestSha256 }: Pick<SegmentRecord, 'file' | 'sha256' | 'manifestSha256'>,
): RecordedFile => ({
  key: manifestKey(environmentId, file),
  fits: (bytes) =>
    manifestSha256 === undefined ? states(bytes, { file, sha256 }) : sha256Hex(bytes) === manifestSha256,
});

const states = (bytes: Uint8Array, { file, sha256 }: Readonly<{ file: string; sha256: string }>): boolean => {
  const text = Buffer.from(bytes).toString('utf8');
  if (!hasOwnDigest(text)) return false;
  try {
    const manifest = parseManifest(text);
    return manifest.file === file && manifest.sha256 === sha256;
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return false;
  }
};

/** The genesis document that was provided last; `undefined` when none was. */
export const genesisFile = (
  { environmentId, genesis }: Pick<LiveEnvironment, 'environmentId' | 'genesis'>,
  { streams }: Pick<ServicePorts, 'streams'>,
): RecordedFile | undefined =>
  genesis && {
    key: genesisKey(environmentId),
    fits: (bytes) => sha256Hex(bytes) === genesis.sha256,
    isCurrent: async () => {
      const { state } = await streams.environments.load(environmentId);
      return state.status === 'live' && state.genesis?.sha256 === genesis.sha256;
    },
  };

/** The object's bytes if they are those that were recorded. */
export const readFitting = async (store: ObjectStore, file: RecordedFile): Promise<Buffer | undefined> => {
  try {
    const bytes = await readSmall(store, file.key);
    return bytes !== undefined && file.fits(bytes) ? bytes : undefined;
  } catch (error) {
    // Larger than any file of ours.
    if (hasCode(error, 'TARGET_OBJECT_DIFFERS')) return undefined;
    throw error;
  }
};

/**
 * Reads a small file from the managed bucket. One that is missing or not as recorded is replaced there by a target's
 * copy that is, and that copy is what the caller gets. `undefined` when no copy fits: nothing was overwritten then.
 */
export const readRecorded = async (
  place: Place,
  file: RecordedFile,
  parts: CopyParts,
): Promise<RecordedRead | undefined> => {
  const bytes = await readFitting(place.store, file);
  if (bytes !== undefined) return { bytes };
  if ((await file.isCurrent?.()) === false) return undefined;
  const good = file.bytes ? { bytes: Buffer.from(file.bytes) } : await fromTargets(place, file, parts);
  if (good !== undefined) await putBack(place.store, file.key, good.bytes, parts);
  return good;
};

const fromTargets = async (
  { environmentId }: Place,
  file: RecordedFile,
  parts: CopyParts,
): Promise<RecordedRead | undefined> => {
  for (const { configurationId } of await parts.catalogue.targets(environmentId)) {
    const { state: target } = await parts.streams.targets.load(configurationId);
    if (target.status !== 'live') continue;
    try {
      const bytes = await readFitting(await openTarget(target, parts), file);
      if (bytes !== undefined) return { bytes, restoredFrom: configurationId };
    } catch (error) {
      if (isOurs(error)) throw error;
      parts.log.warn('A copy could not be read.', { target: configurationId, key: file.key, error });
    }
  }
  return undefined;
};

const putBack = async (
  store: ObjectStore,
  key: string,
  bytes: Uint8Array,
  { log }: Pick<ServicePorts, 'log'>,
): Promise<void> => {
  try {
    const head = await store.head(key);
    await store.put(key, bodyFromBytes(bytes), head === undefined ? 'if-absent' : { ifMatch: head.etag });
    log.warn('A damaged file of the managed bucket was replaced by a good copy.', { key });
  } catch (error) {
    // The caller has the right bytes all the same; the next look at the bucket tries again.
    if (isOurs(error)) throw error;
    log.warn('A damaged file of the managed bucket could not be replaced.', { key, error });
  }
};

/** Does the place hold a file that this installation recorded? Names of files hold the time of their agreement. */
export const holdsFileOf = async (
  { histories }: Pick<ServicePorts, 'histories'>,
  environmentId: string,
  store: ObjectStore,
): Promise<boolean> => {
  const [first] = (await histories.read(environmentId)).entries;
  return first !== undefined && (await store.head(first.key))?.bytes === first.bytes;
};
