import { setTimeout as wait } from 'node:timers/promises';
import { CodedError, hasCode } from '#libs/kernel';

const BREAKS_MAX = 5;
const PAUSE_MS = 200;
/** A stream that stays below this rate for this long counts as broken: a byte now and then keeps nothing alive. */
const IDLE_TIMEOUT_MS = 60_000;
const BYTES_PER_MS_MIN = 4;

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
        assertAnnounced(key, offset, opened.bytes > 0 ? end : undefined);
        yield chunk;
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (hasCode(error, 'TARGET_UNFIT')) throw error;
    }
    if (offset >= end) return;
    await pause(PAUSE_MS * (breaks + 1), signal);
  }
  throw new CodedError('TARGET_UNAVAILABLE', `${key} could not be read to its end.`, {
    context: { key, offset },
  });
}

const assertAnnounced = (key: string, bytes: number, end: number | undefined): void => {
  if (end === undefined || bytes <= end) return;
  throw new CodedError('TARGET_UNFIT', `The store sends more of ${key} than it announced.`, {
    context: { key, bytes },
  });
};

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
  // The time the store has left. Its bytes add to it, never beyond where it began.
  let leftMs = IDLE_TIMEOUT_MS;
  const onIdle = (): void => {
    if (!isHeld) stream.destroy();
  };
  let sinceMs = performance.now();
  let idle = setTimeout(onIdle, leftMs);
  try {
    for await (const chunk of stream) {
      signal?.throwIfAborted();
      // The time the reader takes for a chunk is not the store's.
      isHeld = true;
      const earnedMs = chunk.byteLength / BYTES_PER_MS_MIN - (performance.now() - sinceMs);
      leftMs = Math.min(IDLE_TIMEOUT_MS, leftMs + earnedMs);
      yield chunk;
      isHeld = false;
      sinceMs = performance.now();
      clearTimeout(idle);
      idle = setTimeout(onIdle, leftMs);
    }
  } finally {
    clearTimeout(idle);
    signal?.removeEventListener('abort', onAbort);
    stream.destroy();
  }
}
