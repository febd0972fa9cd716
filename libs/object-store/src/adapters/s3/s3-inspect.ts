import { randomUUID } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { ProbeFinding } from '#libs/domain';
import { isCodedError, toCodedError } from '#libs/kernel';
import { checksumFields } from './s3-checksum.js';
import { findingsOf, ok, warn, type Found } from '../findings.js';
import type { S3Connection } from './s3-connection.js';
import { statusOf } from './s3-errors.js';
import { removeUnfinished } from './s3-upload.js';

/** An upload that began this long ago belongs to no process any more. */
const UNFINISHED_AFTER_MS = 24 * 60 * 60 * 1000;

type Inspection = Readonly<{
  connection: S3Connection;
  key: string;
  prefix: string;
  signal: AbortSignal | undefined;
}>;

/** What only S3 can be asked: whether conditions, checksums and encryption are the store's own, Object Lock, uploads. */
export const inspectS3 = async (
  connection: S3Connection,
  prefix: string,
  signal?: AbortSignal,
): Promise<readonly ProbeFinding[]> => {
  const inspection = { connection, prefix, key: `${prefix}probe-${randomUUID()}`, signal };
  const checks: readonly (readonly [string, (inspection: Inspection) => Promise<Found>])[] = [
    ['If-None-Match', conditionIsHonoured],
    ['checksum', checksumIsChecked],
    ...(connection.settings.sse === undefined ? [] : [['encryption', encryptionIsKept] as const]),
    ['Object Lock', lockIsPresent],
    ['unfinished uploads', uploadsAreListed],
  ];
  return findingsOf(
    checks.map(([name, run]) => [name, () => run(inspection)] as const),
    signal,
  );
};

const putRaw = async (
  { connection, key, signal }: Inspection,
  text: string,
  fields: Readonly<Record<string, string>>,
): Promise<void> => {
  const Body = Buffer.from(text);
  const command = new PutObjectCommand({ ...connection.at(key), ...fields, Body });
  await connection.send(command, { permission: 's3:PutObject', key }, signal);
};

const removeRaw = async ({ connection, key }: Inspection): Promise<void> => {
  await connection.send(new DeleteObjectCommand(connection.at(key)), { permission: 's3:DeleteObject', key });
};

/** Asked of the store itself, without looking first as `put` does. */
const conditionIsHonoured = async (inspection: Inspection): Promise<Found> => {
  await putRaw(inspection, 'first', {});
  try {
    await putRaw(inspection, 'second', { IfNoneMatch: '*' });
  } catch (error) {
    if (statusOf(error) !== 412) throw error;
    return ok('The store itself refuses to replace an object under If-None-Match.');
  } finally {
    await removeRaw(inspection);
  }
  return warn(
    'The store ignores If-None-Match: Chainkeep asks before it writes, but another writer at the same moment would win.',
    'Make sure that only this installation writes below the prefix, or choose a store that honours If-None-Match.',
  );
};

/** Sends bytes with the checksum of others: a store that takes them does not look. */
const checksumIsChecked = async (inspection: Inspection): Promise<Found> => {
  const { checksum } = inspection.connection.settings;
  if (checksum === 'none') return ok('Checksum mode "none": every object is read back after it was written.');
  const wrong = checksumFields(checksum, Buffer.from('other bytes'));
  try {
    await putRaw(inspection, 'bytes', wrong);
  } catch (error) {
    if (isCodedError(error) && error.code === 'TARGET_DIGEST_MISMATCH')
      return ok('The store checks what it receives.');
    throw error;
  }
  await removeRaw(inspection);
  return warn(
    'The store does not check checksums, so every object is read back after it was written.',
    'Expect twice the traffic, or choose a store that checks them.',
  );
};

/** Stores that know no encryption take the wish for it and keep the object in the clear. */
const encryptionIsKept = async (inspection: Inspection): Promise<Found> => {
  const { connection, key, signal } = inspection;
  const { sse = '', kms_key_id: SSEKMSKeyId } = connection.settings;
  const wish = { ServerSideEncryption: sse, ...(SSEKMSKeyId === undefined ? {} : { SSEKMSKeyId }) };
  await putRaw(inspection, 'sealed', wish);
  const action = { permission: 's3:GetObject', key };
  const kept = await connection
    .send(new HeadObjectCommand(connection.at(key)), action, signal)
    .finally(() => removeRaw(inspection));
  if (kept.ServerSideEncryption === sse) return ok(`The store encrypts objects (${sse}).`);
  return warn(
    `Encryption (${sse}) is required, but the store does not say that it encrypts.`,
    'Encrypt the disks of the store, or choose one that encrypts.',
  );
};

const lockIsPresent = async ({ connection, signal }: Inspection): Promise<Found> => {
  const { bucket, object_lock } = connection.settings;
  const at = { Bucket: bucket };
  const lock = await connection
    .send(
      new GetObjectLockConfigurationCommand(at),
      { permission: 's3:GetBucketObjectLockConfiguration' },
      signal,
    )
    .then(({ ObjectLockConfiguration: found }) => found?.ObjectLockEnabled === 'Enabled')
    .catch((error: unknown) => {
      // 404: none; the others: a store that does not know what Object Lock is.
      if ([400, 404, 405, 501].includes(statusOf(error) ?? 0)) return false;
      if (object_lock !== undefined) throw error;
      return undefined;
    });
  if (object_lock !== undefined) {
    if (lock === true) return ok(`Files are locked for ${object_lock.days} days (${object_lock.mode}).`);
    return {
      result: 'fail',
      message: 'Retention is set, but the bucket has no Object Lock.',
      cure: 'Create a bucket with Object Lock (most stores cannot turn it on later), or leave out object_lock.',
    };
  }
  if (lock === undefined) return ok('There is no permission to ask for Object Lock; no retention is set.');
  const versioning = await connection
    .send(new GetBucketVersioningCommand(at), { permission: 's3:GetBucketVersioning' }, signal)
    .then(({ Status }) => Status === 'Enabled')
    .catch(() => false);
  return lock
    ? ok('The bucket has Object Lock; no retention is set.')
    : warn(
        `The bucket has no Object Lock${versioning ? '' : ' and no versioning'}: anyone who can delete there can delete the backup.`,
        'Use a bucket with Object Lock and set object_lock {mode, days}.',
      );
};

const uploadsAreListed = async ({ connection, prefix, signal }: Inspection): Promise<Found> => {
  const before = Date.now() - UNFINISHED_AFTER_MS;
  try {
    const isOurs = ({ begunMs }: Readonly<{ begunMs: number }>): boolean => begunMs < before;
    const removed = await removeUnfinished(connection, { prefix, isOurs }, signal);
    return ok(
      removed === 0 ? 'No unfinished upload is left behind.' : `${removed} unfinished uploads were removed.`,
    );
  } catch (error) {
    signal?.throwIfAborted();
    return warn(
      toCodedError(error).message,
      'Allow s3:ListBucketMultipartUploads and s3:AbortMultipartUpload, or let a lifecycle rule of the bucket remove unfinished uploads.',
    );
  }
};
