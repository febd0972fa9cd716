import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import type { ObjectInfo } from '../../object-store.js';
import { infoOf } from './s3-answers.js';
import type { S3Connection } from './s3-connection.js';
import { statusOf } from './s3-errors.js';

/** What is under a key; `undefined` when nothing is. */
export const headS3Object = async (
  connection: S3Connection,
  key: string,
  signal?: AbortSignal,
): Promise<ObjectInfo | undefined> => {
  const direct = await connection.direct?.head(connection.fullKey(key), signal);
  if (direct === 'absent') return undefined;
  if (direct !== undefined) return infoOf(key, direct.ContentLength, direct);
  try {
    return await head(connection, key, signal);
  } catch (error) {
    const status = statusOf(error);
    if (status === 404) return undefined;
    if (status !== 400 && status !== 403) throw error;
    await giveReason(connection, key, signal);
    return head(connection, key, signal);
  }
};

const head = async (connection: S3Connection, key: string, signal?: AbortSignal): Promise<ObjectInfo> => {
  const command = new HeadObjectCommand({ ...connection.at(key), ChecksumMode: 'ENABLED' });
  const answer = await connection.send(command, { permission: 's3:GetObject', key }, signal);
  return infoOf(key, answer.ContentLength ?? 0, answer);
};

/**
 * A refused HEAD has no body to say why: the same question as a GET of one byte rejects with the reason, which may be
 * an ended session (renewed by then) or wrong keys.
 */
const giveReason = async (connection: S3Connection, key: string, signal?: AbortSignal): Promise<void> => {
  const command = new GetObjectCommand({ ...connection.at(key), Range: 'bytes=0-0' });
  try {
    const { Body } = await connection.send(command, { permission: 's3:GetObject', key }, signal);
    (Body as { destroy?: () => void } | undefined)?.destroy?.();
  } catch (error) {
    // 404: nothing is there; 416: something empty is.
    if (statusOf(error) !== 404 && statusOf(error) !== 416) throw error;
  }
};
