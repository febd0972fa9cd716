import {
  CopyObjectCommand,
  UploadPartCopyCommand,
  type CompletedPart,
  type CreateMultipartUploadCommandInput,
} from '@aws-sdk/client-s3';
import { isCodedError } from '#libs/kernel';
import type { ObjectInfo } from '../../object-store.js';
import type { S3Connection } from './s3-connection.js';
import { statusOf } from './s3-errors.js';
import { inParts, partBytesFor, type PartSender } from './s3-upload.js';

/** Up to here one request copies an object; above, a request a part, so that none lasts for minutes. */
const COPY_AT_ONCE_BYTES_MAX = 64 << 20;
const COPIES_AT_ONCE = 4;

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
  await to.send(command, { permission: 's3:GetObject', key, isSlow: true }, signal);
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
      const answer = await to.send(command, { permission: 's3:GetObject', key, isSlow: true }, limit);
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
