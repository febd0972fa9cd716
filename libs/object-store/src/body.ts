import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { CodedError, sha256Hex } from '#libs/kernel';
import type { ObjectBody, ObjectStore } from './object-store.js';

/** What a store holds under a key, as read back. */
export type ObjectDigest = Readonly<{ bytes: number; sha256: string }>;

/** A body of bytes that are in memory already. */
export const bodyFromBytes = (bytes: Uint8Array): ObjectBody => ({
  bytes: bytes.byteLength,
  sha256: sha256Hex(bytes),
  open: async function* () {
    yield bytes;
  },
});

/** A body read from a file each time it is opened. `sha256` is the digest the file is known to have. */
export const bodyFromFile = async (path: string, sha256: string): Promise<ObjectBody> => ({
  bytes: (await stat(path)).size,
  sha256,
  open: () => createReadStream(path, { highWaterMark: 1 << 18 }),
});

/** Reads an object to its end and digests it. Rejects with TARGET_OBJECT_MISSING when there is none. */
export const digestOf = async (
  store: ObjectStore,
  key: string,
  signal?: AbortSignal,
): Promise<ObjectDigest> => {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of store.get(key, signal)) {
    hash.update(chunk);
    bytes += chunk.byteLength;
  }
  return { bytes, sha256: hash.digest('hex') };
};

/**
 * The body's chunks, digested on the way. Rejects with TARGET_DIGEST_MISMATCH at the end (or as soon as there are too
 * many bytes) when they are not what the body states, and with the signal's reason as soon as it aborts, even while
 * the source hangs.
 */
export async function* checkedChunks(body: ObjectBody, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of untilAborted(body.open(), signal)) {
    bytes += chunk.byteLength;
    if (bytes > body.bytes) break;
    hash.update(chunk);
    yield chunk;
  }
  const sha256 = hash.digest('hex');
  if (bytes === body.bytes && sha256 === body.sha256) return;
  throw new CodedError('TARGET_DIGEST_MISMATCH', 'The bytes of a body are not what was announced.', {
    context: { bytes, expectedBytes: body.bytes, sha256, expectedSha256: body.sha256 },
  });
}

const ignore = (): void => undefined;

/** Ends the iteration with the signal's reason at once; the source is told to finish, but not waited for. */
async function* untilAborted<T>(source: AsyncIterable<T>, signal?: AbortSignal): AsyncGenerator<T> {
  if (!signal) {
    yield* source;
    return;
  }
  signal.throwIfAborted();
  const iterator = source[Symbol.asyncIterator]();
  let onAbort = ignore;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  aborted.catch(ignore);
  let finished = false;
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted]);
      if (next.done) {
        finished = true;
        return;
      }
      yield next.value;
      signal.throwIfAborted();
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    if (!finished) iterator.return?.().then(ignore, ignore);
  }
}
