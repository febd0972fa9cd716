import { setTimeout as wait } from 'node:timers/promises';
import { CodedError } from '#libs/kernel';

const BREAKS_MAX = 5;
const PAUSE_MS = 200;
/** A stream in which nothing moves for this long counts as broken. */
const IDLE_TIMEOUT_MS = 60_000;

/** An object from some byte on. */
export type Opened = Readonly<{
  etag: string | undefined;
  /** Bytes from there to the end. */
  bytes: number;
  stream: (AsyncIterable<Uint8Array> & Readonly<{ destroy: () => void }>) | undefined;
}>;

/** Opens an object at an offset; with an etag only this very version of it. */
export type OpenAt = (offset: number, etag: string | undefined) => Promise<Opened>;

/**
 * The bytes of an object. A connection that breaks is replaced by one that reads on from there, of the same version;
 * it gives up after five breaks in a row without a byte in between.
 */
export async function* readOnward(
  key: string,
  openAt: OpenAt,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let etag: string | undefined;
  let offset = 0;
  for (let breaks = 0; breaks <= BREAKS_MAX; breaks += 1) {
    signal?.throwIfAborted();
    const opened = await openAt(offset, etag);
    etag ??= opened.etag;
    const end = offset + opened.bytes;
    try {
      for await (const chunk of chunksOf(opened, signal)) {
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

async function* chunksOf({ stream }: Opened, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  if (stream === undefined) return;
  const onAbort = (): void => {
    stream.destroy();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  let isHeld = false;
  const idle = setTimeout(() => {
    if (!isHeld) stream.destroy();
  }, IDLE_TIMEOUT_MS);
  try {
    for await (const chunk of stream) {
      signal?.throwIfAborted();
      // The time the reader takes for a chunk is not the store's.
      isHeld = true;
      yield chunk;
      isHeld = false;
      idle.refresh();
    }
  } finally {
    clearTimeout(idle);
    signal?.removeEventListener('abort', onAbort);
    stream.destroy();
  }
}
