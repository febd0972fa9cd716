import { describe, expect, it } from '@jest/globals';
import { Clock } from '#libs/kernel';
import { MemoryObjectStore } from './adapters/memory.object-store.js';
import { bodyFromBytes, digestOf } from './body.js';
import { LimitedObjectStore, RateLimit } from './limited.object-store.js';
import { objectStoreContract } from './object-store.contract.js';
import type { ObjectBody } from './object-store.js';

/** Time passes only by sleeping. */
class SleepingClock extends Clock {
  private at = 1_000;
  override nowMs(): number {
    return this.at;
  }
  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.at += ms;
  }
  setBack(ms: number): void {
    this.at -= ms;
  }
}

const KB = 1_024;
const bodyOf = (chunks: number): ObjectBody => {
  const bytes = Buffer.alloc(chunks * KB, 7);
  return {
    ...bodyFromBytes(bytes),
    open: async function* () {
      for (let sent = 0; sent < bytes.length; sent += KB) yield bytes.subarray(sent, sent + KB);
    },
  };
};

objectStoreContract('LimitedObjectStore', async () => {
  const inner = new MemoryObjectStore();
  const store = new LimitedObjectStore(inner, [new RateLimit(1e12, new SleepingClock())]);
  return { store, residentBytes: () => inner.residentBytes(), dispose: async () => undefined };
});

describe('LimitedObjectStore', () => {
  it('lets no more bytes a second through than its narrowest limit, in both directions', async () => {
    const clock = new SleepingClock();
    const inner = new MemoryObjectStore();
    const limits = [new RateLimit(100 * KB, clock), new RateLimit(10 * KB, clock)];
    const store = new LimitedObjectStore(inner, limits);
    const began = clock.nowMs();
    await store.put('k', bodyOf(50), 'if-absent');
    // The first chunk passes at once, so 49 are waited for.
    expect(clock.nowMs() - began).toBeCloseTo(4_900, 0);
    await digestOf(store, 'k');
    expect(clock.nowMs() - began).toBeGreaterThanOrEqual(9_800);
  });

  it('goes on at its rate when the clock is set back by half an hour', async () => {
    const clock = new SleepingClock();
    const limit = new RateLimit(10 * KB, clock);
    await limit.take(5 * KB);
    clock.setBack(1_800_000);
    const began = clock.nowMs();
    for (let taken = 0; taken < 3; taken += 1) await limit.take(10 * KB);
    expect(clock.nowMs() - began).toBeCloseTo(2_500, 0);
  });

  it('shares one limit among stores', async () => {
    const clock = new SleepingClock();
    const shared = new RateLimit(10 * KB, clock);
    const stores = [new MemoryObjectStore(), new MemoryObjectStore()].map(
      (inner) => new LimitedObjectStore(inner, [shared]),
    );
    const began = clock.nowMs();
    for (const store of stores) await store.put('k', bodyOf(10), 'if-absent');
    expect(clock.nowMs() - began).toBeCloseTo(1_900, 0);
  });

  it('stops waiting when it is aborted', async () => {
    const abort = new AbortController();
    const reason = new Error('stopping');
    const store = new LimitedObjectStore(new MemoryObjectStore(), [new RateLimit(1, new SleepingClock())]);
    const body = bodyOf(3);
    const aborting: ObjectBody = {
      ...body,
      open: async function* () {
        for await (const chunk of body.open()) {
          yield chunk;
          abort.abort(reason);
        }
      },
    };
    await expect(store.put('k', aborting, 'if-absent', abort.signal)).rejects.toBe(reason);
    expect(await store.head('k')).toBeUndefined();
  });

  it('copies below the limits', async () => {
    const [from, to] = [new MemoryObjectStore(), new MemoryObjectStore()];
    const clock = new SleepingClock();
    const limited = (inner: MemoryObjectStore) => new LimitedObjectStore(inner, [new RateLimit(1, clock)]);
    const body = bodyOf(5);
    await from.put('k', body, 'if-absent');
    const began = clock.nowMs();
    const copied = await limited(to).copyFrom(
      { store: limited(from), key: 'k', ...body },
      'copy',
      'if-absent',
    );
    expect(copied).toMatchObject({ outcome: 'stored', object: { key: 'copy', bytes: body.bytes } });
    expect(clock.nowMs()).toBe(began);
  });
});
