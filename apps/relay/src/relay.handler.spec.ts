import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { START } from '#libs/event-sourcing';
import { MemoryEventStore } from '#libs/event-store/adapters/memory.event-store';
import { MemoryStoreMemory } from '#libs/event-store/adapters/memory.store-memory';
import { SystemClock } from '#libs/runtime';
import { MemoryLog } from '#libs/runtime/testing';
import { Relay } from './relay.handler.js';
import { MemoryTopics } from './testing.js';

const until = async (holds: () => Promise<boolean> | boolean): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe('a relay over a store that is an older copy', () => {
  const clock = new SystemClock();
  let topics: MemoryTopics;
  let memory: MemoryStoreMemory;
  let relay: Relay;
  const relaying = (store: MemoryEventStore): void => {
    relay = new Relay({ store, memory, publisher: topics, clock, log: new MemoryLog() });
    relay.start();
  };
  const append = async (
    store: MemoryEventStore,
    count: number,
    stream = 'backup-a',
  ): Promise<readonly string[]> => {
    const metadata = {
      schemaVersion: 1,
      correlationId: 'c',
      actor: 'system',
      at: '2026-02-01T00:00:00.000Z',
    };
    const ids = Array.from({ length: count }, () => randomUUID());
    for (const id of ids) await store.append(stream, [{ id, type: 'Counted', data: {}, metadata }], 'any');
    return ids;
  };
  /** The first `kept` of 20 published events, and then others. */
  const anOlderCopy = async (kept: number, more: number) => {
    const first = new MemoryEventStore();
    const ids = await append(first, 20);
    relaying(first);
    await until(() => topics.published.length === 20);
    await relay.stop();
    const store = new MemoryEventStore();
    // Other positions, as another server gives them.
    const other = await append(store, 3, 'backup-z');
    for (const { stream, revision, position: _, ...event } of await first.readAll(START, kept))
      await store.append(stream, [event], revision === 0n ? 'no_stream' : revision - 1n);
    return { store, ids, other, added: await append(store, more) };
  };
  beforeEach(async () => {
    topics = new MemoryTopics();
    memory = new MemoryStoreMemory();
    await memory.update({ installation: 'i', founded: true });
  });
  afterEach(async () => {
    await relay.stop();
  });

  it('publishes nothing and says so, until it is accepted', async () => {
    const { store } = await anOlderCopy(8, 4);
    relaying(store);
    await until(async () => (await memory.recall())?.stopped !== undefined);
    expect((await memory.recall())?.stopped?.lost).toMatchObject({ stream: 'backup-a', revision: 19n });
    expect(topics.published).toHaveLength(20);
  });

  it('publishes from the last event that both are known to have, when that is accepted', async () => {
    const { store, ids, added } = await anOlderCopy(8, 4);
    await memory.update({ decision: 'common' });
    relaying(store);
    await until(() => topics.published.includes(added.at(-1) ?? ''));
    const again = topics.published.slice(20);
    expect(again.slice(-4)).toStrictEqual(added);
    // Repeated are at most as many as were lost: the marks are about 1, 2, 4, ... events back.
    const repeated = again.slice(0, -4);
    expect(repeated).toStrictEqual(ids.slice(8 - repeated.length, 8));
    expect(topics.trail[0]?.event.id).toBe(added.at(-1));
  });

  it.each([
    ['nothing', 0],
    ['all', 15],
  ] as const)('publishes %s when that is accepted, once', async (decision, expected) => {
    const { store } = await anOlderCopy(8, 4);
    await memory.update({ decision });
    relaying(store);
    await until(async () => (await memory.recall())?.decision === undefined);
    await append(store, 1);
    await until(() => topics.published.length === 20 + expected + 1);
    await relay.stop();
    relaying(store);
    await append(store, 1);
    await until(() => topics.published.length === 20 + expected + 2);
    expect(topics.published).toHaveLength(20 + expected + 2);
  });
});

describe('a relay over the same events at other positions', () => {
  it('goes on after the last one that was published', async () => {
    const topics = new MemoryTopics();
    const memory = new MemoryStoreMemory();
    const [first, second] = [new MemoryEventStore(), new MemoryEventStore()];
    const metadata = {
      schemaVersion: 1,
      correlationId: 'c',
      actor: 'system',
      at: '2026-02-01T00:00:00.000Z',
    };
    const anEvent = () => ({ id: randomUUID(), type: 'Counted', data: {}, metadata });
    const events = Array.from({ length: 5 }, anEvent);
    await first.append('backup-a', events, 'no_stream');
    const relayed = async (store: MemoryEventStore, count: number): Promise<void> => {
      const relay = new Relay({
        store,
        memory,
        publisher: topics,
        clock: new SystemClock(),
        log: new MemoryLog(),
      });
      relay.start();
      await until(() => topics.published.length === count);
      await relay.stop();
    };
    await relayed(first, 5);
    await second.append('backup-z', [anEvent(), anEvent()], 'no_stream');
    await second.append('backup-a', events, 'no_stream');
    const later = anEvent();
    await second.append('backup-a', [later], 4n);
    await relayed(second, 6);
    expect(topics.published).toStrictEqual([...events.map(({ id }) => id), later.id]);
  });
});
