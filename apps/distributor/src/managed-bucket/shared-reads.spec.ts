import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SegmentRecord } from '#libs/domain';
import { bodyFromBytes, checkedChunks } from '#libs/object-store';
import { MemoryObjectStore } from '#libs/object-store/adapters/memory.object-store';
import { ManagedFile } from './managed-file.js';
import { SharedReads } from './shared-reads.js';

const { signal } = new AbortController();

/** Counts how often objects are read. */
class CountingStore extends MemoryObjectStore {
  reads = 0;
  override get(key: string, each?: AbortSignal): AsyncIterable<Uint8Array> {
    this.reads += 1;
    return super.get(key, each);
  }
}

describe('SharedReads', () => {
  let folder: string;
  let store: CountingStore;
  let shared: SharedReads;

  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'shared-')), 'kept');
    store = new CountingStore();
    shared = new SharedReads(folder, 250);
  });
  afterEach(async () => {
    await shared.close();
    expect(await readdir(folder).catch(() => [])).toEqual([]);
    await rm(join(folder, '..'), { recursive: true, force: true });
  });

  const put = async (key: string, bytes = 100): Promise<SegmentRecord> => {
    const body = bodyFromBytes(Buffer.alloc(bytes, key));
    await store.put(key, body, 'if-absent');
    return { key, file: key, bytes, sha256: body.sha256 } as SegmentRecord;
  };
  const read = async (segment: SegmentRecord, each = signal) => {
    const { body, release } = shared.body(new ManagedFile(store, segment), segment, each);
    const chunks: Uint8Array[] = [];
    try {
      // As every store reads a body.
      for await (const chunk of checkedChunks(body, each)) chunks.push(chunk);
    } finally {
      release();
    }
    return Buffer.concat(chunks);
  };

  it('reads a file once for all who want it', async () => {
    const segment = await put('a');
    const copies = await Promise.all(Array.from({ length: 8 }, () => read(segment)));
    expect(copies.every((copy) => copy.equals(Buffer.alloc(100, 'a')))).toBe(true);
    await read(segment);
    expect(store.reads).toBe(1);
  });

  it('keeps within its bound: the longest unused goes, and what does not fit is not kept', async () => {
    const [a, b, c] = [await put('a'), await put('b'), await put('c')];
    for (const segment of [a, b, a, c]) await read(segment);
    await read(a);
    expect(store.reads).toBe(3);
    await read(b);
    expect(store.reads).toBe(4);
    const large = await put('large', 300);
    for (const times of [5, 6]) {
      expect(await read(large)).toHaveLength(300);
      expect(store.reads).toBe(times);
    }
  });

  it('says that the managed file is damaged, and tries again the next time', async () => {
    const segment = await put('a');
    await store.put('a', bodyFromBytes(Buffer.from('rotten')), 'always');
    await expect(read(segment)).rejects.toMatchObject({ code: 'MANAGED_OBJECT_DAMAGED' });
    await store.put('a', bodyFromBytes(Buffer.alloc(100, 'a')), 'always');
    expect(await read(segment)).toHaveLength(100);
  });

  it('leaves nothing of a read that everybody gave up', async () => {
    const segment = await put('a');
    const caller = new AbortController();
    const reading = read(segment, caller.signal);
    caller.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
  });
});
