import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { START, type Position } from '#libs/event-sourcing';
import { MemoryEventStore } from '#libs/event-store/adapters/memory.event-store';
import { idsOf, some } from '#libs/event-store/testing';
import { SystemClock } from '#libs/runtime';
import { MemoryLog } from '#libs/runtime/testing';
import { EventTail } from './event-tail.js';

class CountedStore extends MemoryEventStore {
  subscriptions = 0;
  reads = 0;
  override subscribe(...options: Parameters<MemoryEventStore['subscribe']>) {
    this.subscriptions += 1;
    return super.subscribe(...options);
  }
  override async readAll(...options: Parameters<MemoryEventStore['readAll']>) {
    this.reads += 1;
    return super.readAll(...options);
  }
}

describe('EventTail', () => {
  let store: CountedStore;
  let stop: AbortController;
  beforeEach(() => {
    store = new CountedStore();
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await store.close();
  });

  /** What a feed from `after` is given until it has `count` events. */
  const follow = async (tail: EventTail, after: Position, count: number): Promise<readonly string[]> => {
    const leave = tail.join(after);
    const seen: string[] = [];
    for (let reached = after; seen.length < count;) {
      for (const event of await tail.next(reached, stop.signal)) {
        reached = event.position;
        seen.push(event.id);
      }
    }
    leave();
    return seen;
  };

  it('gives every feed everything after its place, over one subscription', async () => {
    const tail = new EventTail({ store, clock: new SystemClock(), log: new MemoryLog() });
    const before = some(150);
    await store.append('s-1', before, 'any');
    const head = await store.head();
    const leave = tail.join(head);
    const fromHead = Array.from({ length: 50 }, () => follow(tail, head, 30));
    const fromStart = follow(tail, START, 180);
    const after = some(30);
    for (const event of after) await store.append('s-2', [event], 'any');
    expect(await fromStart).toStrictEqual(idsOf([...before, ...after]));
    for (const feed of await Promise.all(fromHead)) expect(feed).toStrictEqual(idsOf(after));
    expect(store.subscriptions).toBe(1);
    leave();
  });

  it('reads what it no longer keeps from the store, in order and without a gap', async () => {
    const tail = new EventTail({ store, clock: new SystemClock(), log: new MemoryLog() });
    const leave = tail.join(START);
    const events = some(2_500);
    for (let at = 0; at < events.length; at += 100)
      await store.append('s-1', events.slice(at, at + 100), 'any');
    expect(await follow(tail, START, 2_500)).toStrictEqual(idsOf(events));
    expect(store.reads).toBeGreaterThan(0);
    leave();
  });

  it('ends a wait with its signal, and its subscription with the last feed', async () => {
    const tail = new EventTail({ store, clock: new SystemClock(), log: new MemoryLog() });
    const leave = tail.join(START);
    const waiting = tail.next(START, stop.signal);
    stop.abort();
    expect(await waiting).toStrictEqual([]);
    leave();
    tail.join(START)();
    expect(store.subscriptions).toBe(2);
  });
});
