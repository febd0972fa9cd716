import {
  CopyObjectCommand,
  UploadPartCopyCommand,
  type CompletedPart,
  type CreateMultipartUploadCommandInput,
} from '@aws-sdk/client-s3';
import { isCodedError } from '#libs/kernel';
import { digestOf } from '../../body.js';
import type { CopySource, ObjectInfo, ObjectStore } from '../../object-store.js';
import type { S3Connection } from './s3-connection.js';
import { statusOf } from './s3-errors.js';
import { inParts, partBytesFor, type PartSender } from './s3-upload.js';

/** Up to here one request copies an object; above, a request a part, so that none lasts for minutes. */
const COPY_AT_ONCE_BYTES_MAX = 64 << 20;
const COPIES_AT_ONCE = 4;
const MD5_ETAG = /^[0-9a-f]{32}(-\d+)?$/;

/** Digests of versions of sources that were read to be sure of them. */
const digests = new WeakMap<ObjectStore, Map<string, string>>();
const DIGESTS_MAX = 1_000;

export type Copy = Readonly<{
  /** Key at the source, without its prefix. */
  sourceKey: string;
  source: ObjectInfo;
  key: string;
  properties: Partial<CreateMultipartUploadCommandInput>;
  condition: Readonly<{ IfNoneMatch?: string; IfMatch?: string }>;
  signal?: AbortSignal | undefined;
}>;

type Pair = Readonly<{ from: S3Connection; to: S3Connection }>;

/** Do both lie in the same store, so that it could copy by itself? */
export const isSameStore = ({ from, to }: Pair): boolean => from.settings.endpoint === to.settings.endpoint;

/** Does the copy's own checksum or ETag say that it equals its source? Parts have equal sizes, so ETags compare. */
const equalsSource = (copy: ObjectInfo, source: ObjectInfo): boolean =>
  (copy.checksum !== undefined && copy.checksum === source.checksum) ||
  (copy.etag === source.etag && MD5_ETAG.test(copy.etag));

/**
 * Does the store's word prove that a copy has the announced digest? A digest of its own does; being equal to a source
 * does when the source, read once for all its copies, has it.
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

/**
 * Copies inside one store. Returns `false`, with nothing written, when the store does not let the target's identity
 * read the source or does not copy at all.
 */
export const copyWithin = async (pair: Pair, copy: Copy): Promise<boolean> => {
  try {
    if (copy.source.bytes <= Math.max(COPY_AT_ONCE_BYTES_MAX, pair.to.limits.partBytes))
      await copyAtOnce(pair, copy);
    else await copyInParts(pair, copy);
    return true;
  } catch (error) {
    if (isUnsupported(error)) return false;
    throw error;
  }
};

const isUnsupported = (error: unknown): boolean =>
  isCodedError(error) &&
  (error.code === 'TARGET_DENIED' ||
    error.code === 'TARGET_UNFIT' ||
    (statusOf(error) === 404 && error.context['permission'] === 's3:GetObject'));

const copySource = (from: S3Connection, key: string): string =>
  `${from.settings.bucket}/${from.fullKey(key).split('/').map(encodeURIComponent).join('/')}`;

const copyAtOnce = async (
  { from, to }: Pair,
  { sourceKey, source, key, properties, condition, signal }: Copy,
): Promise<void> => {
  const { tags, checksum } = to.settings;
  const command = new CopyObjectCommand({
    ...to.at(key),
    ...properties,
    ...condition,
    CopySource: copySource(from, sourceKey),
    CopySourceIfMatch: `"${source.etag}"`,
    // The store digests what it wrote, and says so: compared with the manifest's digest.
    ...(checksum === 'none' ? {} : { ChecksumAlgorithm: 'SHA256' as const }),
    ...(tags === undefined ? {} : { TaggingDirective: 'REPLACE' as const }),
  });
  await to.send(command, { permission: 's3:GetObject', key }, signal);
};

const copyInParts = async ({ from, to }: Pair, copy: Copy): Promise<void> => {
  const { key, source, signal } = copy;
  const size = partBytesFor(source.bytes, to.limits.partBytes);
  const count = Math.ceil(source.bytes / size);
  const fill = async (sender: PartSender): Promise<undefined> => {
    const stop = new AbortController();
    const limit = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
    let next = 0;
    const copyPart = async (index: number): Promise<CompletedPart> => {
      const first = index * size;
      const last = Math.min(first + size, source.bytes) - 1;
      const command = new UploadPartCopyCommand({
        ...to.at(key),
        UploadId: sender.uploadId,
        PartNumber: index + 1,
        CopySource: copySource(from, copy.sourceKey),
        CopySourceIfMatch: `"${source.etag}"`,
        CopySourceRange: `bytes=${first}-${last}`,
      });
      const answer = await to.send(command, { permission: 's3:GetObject', key }, limit);
      return { PartNumber: index + 1, ETag: answer.CopyPartResult?.ETag };
    };
    const work = async (): Promise<void> => {
      while (next < count) {
        const index = next;
        next += 1;
        sender.parts[index] = await copyPart(index);
      }
    };
    const workers = Array.from({ length: COPIES_AT_ONCE }, () =>
      work().catch((error: unknown) => {
        stop.abort(error);
        throw error;
      }),
    );
    const ends = await Promise.allSettled(workers);
    // The first failure aborted the others with itself as the reason.
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return undefined;
  };
  await inParts(to, { ...copy, bytes: source.bytes }, fill);
};
