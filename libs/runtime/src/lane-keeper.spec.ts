import { describe, expect, it } from '@jest/globals';
import { LaneKeeper } from './lane-keeper.js';
import { Lanes } from './lanes.js';
import { ManualClock, MemoryLog, settle } from './testing.js';

/** Owns the keys it is told to. */
class ToldOwnership {
  private readonly registered = new Set<() => void>();
  private keys: ReadonlySet<string> = new Set();

  owns(key: string): boolean {
    return this.keys.has(key);
  }
  onChange(listener: () => void): () => void {
    this.registered.add(listener);
    return () => this.registered.delete(listener);
  }
  get listeners(): number {
    return this.registered.size;
  }
  become(...keys: readonly string[]): void {
    this.keys = new Set(keys);
    for (const listener of this.registered) listener();
  }
}

const EVERY_MS = 60_000;

describe('LaneKeeper', () => {
  const keeping = () => {
    const clock = new ManualClock();
    const log = new MemoryLog();
    const ownership = new ToldOwnership();
    const begun: string[] = [];
    const aborted: string[] = [];
    const lanes = new Lanes({
      name: 'test',
      // Works until it is told to stop, as a file of hours would.
      step: (key, signal) => {
        begun.push(key);
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            aborted.push(key);
            resolve('idle');
          });
        });
      },
      onFailure: async () => 'give-up',
      concurrencyMax: 10,
      clock,
      log,
    });
    const keys = async () => ['a', 'b', 'c'];
    const keeper = new LaneKeeper(lanes, { clock, log, ownership, keys, everyMs: EVERY_MS });
    return { clock, ownership, begun, aborted, keeper };
  };

  it('works for the keys it owns, and for those it is given later', async () => {
    const { clock, ownership, begun, aborted, keeper } = keeping();
    ownership.become('a');
    keeper.onApplicationBootstrap();
    await settle();
    expect(begun).toEqual(['a']);
    ownership.become('a', 'b');
    await clock.advance(0);
    expect(begun).toEqual(['a', 'b']);
    await clock.advance(EVERY_MS);
    expect(begun).toEqual(['a', 'b']);
    expect(aborted).toEqual([]);
    await keeper.onApplicationShutdown();
  });

  it('aborts the lanes of keys that went to another process, and no others', async () => {
    const { clock, ownership, begun, aborted, keeper } = keeping();
    ownership.become('a', 'b', 'c');
    keeper.onApplicationBootstrap();
    await settle();
    expect(begun).toEqual(['a', 'b', 'c']);
    ownership.become('b');
    await clock.advance(0);
    expect(aborted).toEqual(['a', 'c']);
    ownership.become('b', 'c');
    await clock.advance(0);
    expect(begun).toEqual(['a', 'b', 'c', 'c']);
    await keeper.onApplicationShutdown();
  });

  it('ends everything with the application', async () => {
    const { ownership, aborted, keeper } = keeping();
    ownership.become('a', 'b');
    keeper.onApplicationBootstrap();
    await settle();
    await keeper.onApplicationShutdown();
    expect(aborted).toEqual(['a', 'b']);
    expect(ownership.listeners).toBe(0);
  });
});
