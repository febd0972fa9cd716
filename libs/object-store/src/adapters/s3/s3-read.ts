import { GetObjectCommand } from '@aws-sdk/client-s3';
import { CodedError, hasCode } from '#libs/kernel';
import { segmentsOf } from '../../key.js';
import { readOnward, type Opened } from '../resumed-read.js';
import type { S3Connection } from './s3-connection.js';
import { statusOf } from './s3-errors.js';

/** The bytes of an object; goes on where a connection broke off. */
export async function* readS3Object(
  connection: S3Connection,
  key: string,
  signal?: AbortSignal,
  into?: Buffer,
): AsyncGenerator<Uint8Array> {
  segmentsOf(key);
  const openAt = async (offset: number, etag: string | undefined): Promise<Opened> => {
    const direct =
      offset === 0 ? await connection.direct?.get(connection.fullKey(key), signal, into) : undefined;
    if (direct !== undefined) return direct;
    const resumed = offset === 0 ? {} : { Range: `bytes=${offset}-`, IfMatch: etag };
    try {
      const command = new GetObjectCommand({ ...connection.at(key), ...resumed });
      const answer = await connection.send(command, { permission: 's3:GetObject', key }, signal);
      return { etag: answer.ETag, bytes: answer.ContentLength ?? 0, stream: answer.Body as Opened['stream'] };
    } catch (error) {
      if (statusOf(error) !== 404 || hasCode(error, 'TARGET_PLACE_MISSING')) throw error;
      throw new CodedError('TARGET_OBJECT_MISSING', `There is no object ${key}.`, { context: { key } });
    }
  };
  yield* readOnward(key, openAt, signal);
}
