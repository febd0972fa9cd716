import { digestOf } from '../body.js';
import type { CopySource, ObjectInfo, ObjectStore } from '../object-store.js';

const MD5_ETAG = /^[0-9a-f]{32}(-\d+)?$/;
/** Digests of versions of sources that were read to be sure of them. */
const digests = new WeakMap<ObjectStore, Map<string, string>>();
const DIGESTS_MAX = 1_000;

/** Does the copy's own checksum or ETag say that it equals its source? Parts have equal sizes, so ETags compare. */
const equalsSource = (copy: ObjectInfo, source: ObjectInfo): boolean =>
  (copy.checksum !== undefined && copy.checksum === source.checksum) ||
  (copy.etag === source.etag && MD5_ETAG.test(copy.etag));

/**
 * Does the store's answer prove that a copy has the announced digest? A digest of the store does. Being equal to a source
 * does if the source, read once for all its copies, has it.
 */
export const isProven = async (
  copy: ObjectInfo,
  {
    source,
    found,
    signal,
  }: Readonly<{ source: CopySource; found: ObjectInfo; signal: AbortSignal | undefined }>,
): Promise<boolean> => {
  if (copy.checksum?.startsWith('sha256:') === true) return copy.checksum === `sha256:${source.sha256}`;
  if (!equalsSource(copy, found)) return false;
  const digest = await digestOfVersion(source, found.etag, signal);
  return digest === source.sha256;
};

const digestOfVersion = async (
  { store, key }: CopySource,
  etag: string,
  signal: AbortSignal | undefined,
): Promise<string> => {
  const known = digests.get(store) ?? new Map<string, string>();
  digests.set(store, known);
  const version = `${etag} ${key}`;
  const digest = known.get(version) ?? (await digestOf(store, key, signal)).sha256;
  known.set(version, digest);
  const [oldest] = known.keys();
  if (known.size > DIGESTS_MAX && oldest !== undefined) known.delete(oldest);
  return digest;
};
