import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type CompletedPart,
  type CompleteMultipartUploadCommandOutput,
  type CreateMultipartUploadCommandInput,
} from '@aws-sdk/client-s3';
import { CodedError } from '#libs/kernel';
import type { ChecksumFields } from './s3-checksum.js';
import type { S3Connection } from './s3-connection.js';

const MB = 1 << 20;
/** S3 takes 10,000. */
const PARTS_MAX = 9_000;
/** versitygw keeps the list of parts beside the object, where ext4 has room for about 700. */
const PARTS_WANTED = 500;
/** More of them rather than larger ones: three are in memory for each transfer. */
const PART_BYTES_WANTED = 16 * MB;
const ABORT_TRIES = 3;

/** Size of a part for this number of parts, in whole megabytes. */
const shareOf = (bytes: number, parts: number): number => Math.ceil(bytes / parts / MB) * MB;

/** Bytes of the parts of an object: the same for the same size, so that copies get the same ETag. */
export const partBytesFor = (bytes: number, partBytes: number): number =>
  Math.max(partBytes, Math.min(PART_BYTES_WANTED, shareOf(bytes, PARTS_WANTED)), shareOf(bytes, PARTS_MAX));

export type Upload = Readonly<{
  key: string;
  bytes: number;
  /** Storage class, encryption, tags, retention. */
  properties: Partial<CreateMultipartUploadCommandInput>;
  /** IfNoneMatch or IfMatch, decided when the parts are put together. */
  condition: Readonly<{ IfNoneMatch?: string; IfMatch?: string }>;
  signal?: AbortSignal | undefined;
}>;

export type Uploaded = Readonly<{
  answer: CompleteMultipartUploadCommandOutput;
  expected: ChecksumFields | undefined;
}>;

/** Sends parts one after another and keeps what their completion needs. */
export type PartSender = Readonly<{ uploadId: string; parts: CompletedPart[] }>;

/**
 * One object in parts: begins the upload, lets `fill` send the parts, puts them together under the condition. Whatever
 * fails, nothing unfinished is left behind as far as the store can still be reached; what could not be removed then is
 * removed after the next successful upload of the same key, or by a probe.
 */
export const inParts = async (
  connection: S3Connection,
  upload: Upload,
  fill: (sender: PartSender) => Promise<ChecksumFields | undefined>,
): Promise<Uploaded> => {
  const { key, signal, properties, condition } = upload;
  const at = connection.at(key);
  const permission = 's3:PutObject';
  const created = await connection.send(
    new CreateMultipartUploadCommand({ ...at, ...properties }),
    { permission, key },
    signal,
  );
  const uploadId = created.UploadId ?? '';
  const sender: PartSender = { uploadId, parts: [] };
  try {
    const expected = await fill(sender);
    signal?.throwIfAborted();
    const whole =
      properties.ChecksumType === 'FULL_OBJECT' ? { ...expected, ChecksumType: properties.ChecksumType } : {};
    const complete = new CompleteMultipartUploadCommand({
      ...at,
      ...condition,
      ...whole,
      UploadId: uploadId,
      MultipartUpload: { Parts: sender.parts },
    });
    const answer = await connection.send(complete, { permission, key, isSlow: true }, signal);
    return { answer, expected };
  } catch (error) {
    await abandon(connection, key, uploadId);
    throw error;
  }
};

/** Removes an unfinished upload. What fails here must not hide why the upload was given up. */
const abandon = async (connection: S3Connection, key: string, uploadId: string): Promise<void> => {
  const command = new AbortMultipartUploadCommand({ ...connection.at(key), UploadId: uploadId });
  for (let tried = 0; tried < ABORT_TRIES; tried += 1) {
    try {
      await connection.send(command, { permission: 's3:AbortMultipartUpload', key });
      return;
    } catch (error) {
      // 404: it is gone.
      if (error instanceof CodedError && error.context['status'] === 404) return;
    }
  }
};

type Unfinished = Readonly<{ fullKey: string; uploadId: string; begunMs: number }>;

/** Removes those unfinished uploads below a prefix that `isOurs` names. Returns how many there were. */
export const removeUnfinished = async (
  connection: S3Connection,
  { prefix, isOurs }: Readonly<{ prefix: string; isOurs: (upload: Unfinished) => boolean }>,
  signal?: AbortSignal,
): Promise<number> => {
  let removed = 0;
  for await (const upload of unfinishedBelow(connection, prefix, signal)) {
    if (!isOurs(upload)) continue;
    const at = { Bucket: connection.settings.bucket, Key: upload.fullKey, UploadId: upload.uploadId };
    const command = new AbortMultipartUploadCommand(at);
    await connection.send(command, { permission: 's3:AbortMultipartUpload' }, signal);
    removed += 1;
  }
  return removed;
};

async function* unfinishedBelow(
  connection: S3Connection,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<Unfinished> {
  const at = { Bucket: connection.settings.bucket, Prefix: connection.fullKey(prefix) };
  const action = { permission: 's3:ListBucketMultipartUploads' };
  let markers = {};
  for (;;) {
    const page = await connection.send(
      new ListMultipartUploadsCommand({ ...at, ...markers }),
      action,
      signal,
    );
    for (const { Key: fullKey, UploadId: uploadId, Initiated } of page.Uploads ?? []) {
      if (fullKey === undefined || uploadId === undefined) continue;
      yield { fullKey, uploadId, begunMs: Initiated?.getTime() ?? 0 };
    }
    if (page.IsTruncated !== true || page.NextKeyMarker === undefined) return;
    markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
  }
}
