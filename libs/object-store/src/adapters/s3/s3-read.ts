import { setTimeout as wait } from 'node:timers/promises';
import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { CodedError, hasCode } from '#libs/kernel';
import { segmentsOf } from '../../key.js';
import type { S3Connection } from './s3-connection.js';
import { statusOf } from './s3-errors.js';

const BREAKS_MAX = 5;
const PAUSE_MS = 200;

/**
 * The bytes of an object. A connection that breaks is replaced by one that reads on from there, of the same version;
 * it gives up after five breaks in a row without a byte in between.
 */
export async function* readS3Object(
  connection: S3Connection,
  key: string,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  segmentsOf(key);
  let etag: string | undefined;
  let offset = 0;
  for (let breaks = 0; breaks <= BREAKS_MAX; breaks += 1) {
    const answer = await openAt(connection, key, { offset, etag, signal });
    etag ??= answer.ETag;
    const end = offset + (answer.ContentLength ?? 0);
    try {
      for await (const chunk of chunksOf(answer, signal)) {
        offset += chunk.byteLength;
        breaks = 0;
        yield chunk;
      }
    } catch {
      signal?.throwIfAborted();
    }
    if (offset >= end) return;
    await pause(PAUSE_MS * (breaks + 1), signal);
  }
  throw new CodedError('TARGET_UNAVAILABLE', `${key} could not be read to its end.`, {
    context: { key, offset },
  });
}

const pause = async (ms: number, signal?: AbortSignal): Promise<void> => {
  await wait(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  signal?.throwIfAborted();
};

const openAt = async (
  connection: S3Connection,
  key: string,
  at: Readonly<{ offset: number; etag: string | undefined; signal: AbortSignal | undefined }>,
): Promise<GetObjectCommandOutput> => {
  const resumed = at.offset === 0 ? {} : { Range: `bytes=${at.offset}-`, IfMatch: at.etag };
  try {
    const command = new GetObjectCommand({ ...connection.at(key), ...resumed });
    return await connection.send(command, { permission: 's3:GetObject', key }, at.signal);
  } catch (error) {
    if (statusOf(error) !== 404 || hasCode(error, 'TARGET_PLACE_MISSING')) throw error;
    throw new CodedError('TARGET_OBJECT_MISSING', `There is no object ${key}.`, { context: { key } });
  }
};

async function* chunksOf(answer: GetObjectCommandOutput, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const stream = answer.Body as (AsyncIterable<Uint8Array> & { destroy: () => void }) | undefined;
  if (stream === undefined) return;
  const onAbort = (): void => {
    stream.destroy();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const chunk of stream) {
      signal?.throwIfAborted();
      yield chunk;
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    stream.destroy();
  }
}
