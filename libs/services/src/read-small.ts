import { CodedError, hasCode } from '#libs/kernel';
import type { ObjectStore } from '#libs/object-store';

const SMALL_BYTES_MAX = 64 * 1024 * 1024;

/** A small object in full; `undefined` when there is none. */
export const readSmall = async (
  store: ObjectStore,
  key: string,
  bytesMax = SMALL_BYTES_MAX,
  signal?: AbortSignal,
): Promise<Buffer | undefined> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of store.get(key, signal)) {
      bytes += chunk.byteLength;
      if (bytes > bytesMax) break;
      chunks.push(chunk);
    }
  } catch (error) {
    if (hasCode(error, 'TARGET_OBJECT_MISSING')) return undefined;
    throw error;
  }
  if (bytes <= bytesMax) return Buffer.concat(chunks);
  throw new CodedError(
    'TARGET_OBJECT_DIFFERS',
    `${key} is larger than any file that Chainkeep writes under this name.`,
  );
};
