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

/**
 * Reads an object to its end and digests it; of one that turns out to be longer than `bytesMax`, no more than that and
 * what arrived with it. Rejects with TARGET_OBJECT_MISSING when there is none.
 */
export const digestOf = async (
  store: Pick<ObjectStore, 'get'>,
  key: string,
  signal?: AbortSignal,
  bytesMax = Infinity,
): Promise<ObjectDigest> => {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of store.get(key, signal)) {
    hash.update(chunk);
    bytes += chunk.byteLength;
    if (bytes > bytesMax) break;
  }
  return { bytes, sha256: hash.digest('hex') };
};

/**
 * The body's chunks, digested on the way. Rejects with TARGET_DIGEST_MISMATCH, or what the body says instead, at the
 * end (or as soon as there are too many bytes) when they are not what the body states, and with the signal's reason as
 * soon as it aborts, even while the source hangs.
 */
export async function* checkedChunks(
  body: ObjectBody,
  signal?: AbortSignal,
  into?: Buffer,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of untilAborted(body.open(into), signal)) {
    bytes += chunk.byteLength;
    if (bytes > body.bytes) break;
    hash.update(chunk);
    yield chunk;
  }
  assertAnnounced(body, bytes, hash.digest('hex'));
}

/** The same for a body that fits into a buffer of at least its size; returns its bytes there. */
export const readWhole = async (
  body: ObjectBody,
  buffer: Buffer<ArrayBuffer>,
  signal?: AbortSignal,
): Promise<Buffer<ArrayBuffer>> => {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of untilAborted(body.open(buffer), signal)) {
    if (bytes + chunk.byteLength > body.bytes) assertAnnounced(body, bytes + chunk.byteLength);
    const isInPlace = chunk.buffer === buffer.buffer && chunk.byteOffset === buffer.byteOffset + bytes;
    if (!isInPlace) buffer.set(chunk, bytes);
    hash.update(chunk);
    bytes += chunk.byteLength;
  }
  assertAnnounced(body, bytes, hash.digest('hex'));
  return buffer.subarray(0, bytes);
};

const assertAnnounced = (body: ObjectBody, bytes: number, sha256?: string): void => {
  if (bytes === body.bytes && sha256 === body.sha256) return;
  if (body.onMismatch !== undefined) throw body.onMismatch();
  throw new CodedError(
    'TARGET_DIGEST_MISMATCH',
    'The bytes of the body do not match the announced size or digest.',
    {
      context: { bytes, expectedBytes: body.bytes, sha256, expectedSha256: body.sha256 },
    },
  );
};

const ignore = (): void => undefined;

/** Ends the iteration with the signal's reason at once; the source is told to finish, but not waited for. */
async function* untilAborted<T>(source: AsyncIterable<T>, signal?: AbortSignal): AsyncGenerator<T> {
  if (!signal) {
    yield* source;
    return;
  }
  signal.throwIfAborted();
  const iterator = source[Symbol.asyncIterator]();
  let interrupt: (reason: Error) => void = ignore;
  const onAbort = (): void => {
    interrupt(signal.reason as Error);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  let finished = false;
  try {
    for (;;) {
      // Not a race with one lasting promise: that would keep a reaction for every chunk of a large body.
      const next = await new Promise<IteratorResult<T>>((resolve, reject) => {
        interrupt = reject;
        iterator.next().then(resolve, reject);
      });
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
