import { createHash } from 'node:crypto';
import { createBlockSplitter } from '#libs/archive';
import type { SegmentCollector } from '#libs/chain';
import { isCodedError } from '#libs/kernel';
import type { ObjectStore } from '#libs/object-store';
import { plainBytesOf } from '#libs/services';

export type StoredSegment = Readonly<{ bytes: number; sha256: string; contentSha256: string }>;

/**
 * Reads the object under `key` into the collector. Its digests when it is exactly the planned segment, `undefined`
 * when it is anything else (a damaged or foreign object).
 */
export const readStoredSegment = async (
  store: ObjectStore,
  key: string,
  collector: SegmentCollector,
  options: Readonly<{ gzip: boolean; signal: AbortSignal }>,
): Promise<StoredSegment | undefined> => {
  const stored = createHash('sha256');
  const content = createHash('sha256');
  const splitter = createBlockSplitter();
  let bytes = 0;
  const digested = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of store.get(key, options.signal)) {
      stored.update(chunk);
      bytes += chunk.byteLength;
      yield chunk;
    }
  };
  try {
    for await (const chunk of plainBytesOf(digested(), options.gzip)) {
      content.update(chunk);
      for (const block of splitter.push(chunk)) collector.add(block.bytes, key);
    }
    splitter.finish();
  } catch (error) {
    options.signal.throwIfAborted();
    if (isCodedError(error) && error.retryable && error.code !== 'RANGE_MOVED') throw error;
    return undefined;
  }
  if (!collector.isComplete) return undefined;
  return { bytes, sha256: stored.digest('hex'), contentSha256: content.digest('hex') };
};
