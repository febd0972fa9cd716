import { beforeEach, describe, expect, it } from '@jest/globals';
import { START, type EventStore, type Position, type SubscriptionItem } from '#libs/event-sourcing';
import { all, idsOf, some } from './testing.js';

/** Takes items until `enough`, then aborts; fails when the subscription ends before. */
const follow = async (
  store: EventStore,
  options: { after?: Position; types?: readonly string[] },
  enough: (items: readonly SubscriptionItem[]) => boolean,
): Promise<SubscriptionItem[]> => {
  const controller = new AbortController();
  const items: SubscriptionItem[] = [];
  for await (const item of store.subscribe({ after: START, ...options, signal: controller.signal })) {
    items.push(item);
    if (enough(items)) controller.abort();
  }
  return items;
};

const followed = (items: readonly SubscriptionItem[]): string[] =>
  items.flatMap((item) => (item.kind === 'event' ? [item.event.id] : []));

/** The part of the EventStore contract that is about following the store. */
export const describeSubscribing = (theStore: () => EventStore): void => {
  describe('subscribe', () => {
    let store: EventStore;
    beforeEach(() => {
      store = theStore();
    });

    it('catches up, says so, and goes on with what is appended', async () => {
      const old = some(3);
      const live = some(2);
      await store.append('s-1', old, 'no_stream');
      let appended: Promise<unknown> | undefined;
      const items = await follow(store, {}, (seen) => {
        if (seen.at(-1)?.kind === 'caught-up') appended ??= store.append('s-2', live, 'no_stream');
        return seen.length === 7;
      });
      await appended;
      expect(followed(items)).toStrictEqual(idsOf([...old, ...live]));
      expect(items[3]).toStrictEqual({
        kind: 'caught-up',
        position: items[2]?.kind === 'event' ? items[2].event.position : undefined,
      });
      expect(items[6]).toStrictEqual({ kind: 'caught-up', position: await store.head() });
    });

    it('says caught-up at once on an empty store', async () => {
      expect(await follow(store, {}, () => true)).toStrictEqual([{ kind: 'caught-up', position: START }]);
    });

    it('starts after the position given', async () => {
      await store.append('s-1', some(3), 'no_stream');
      const [, second, third] = await store.readAll(START, 3);
      const items = await follow(store, { after: second!.position }, (seen) => seen.length === 2);
      expect(followed(items)).toStrictEqual([third!.id]);
    });

    it('refuses to go on behind the end of the store, instead of waiting for ever', async () => {
      await store.append('s-1', some(3), 'no_stream');
      const after = (await store.head()) + 1_000_000n;
      await expect(follow(store, { after }, () => true)).rejects.toMatchObject({
        code: 'STORE_POSITION_UNKNOWN',
      });
    });

    it('delivers only the types asked for, and is caught up past all others', async () => {
      const wanted = some(2, { type: 'Wanted' });
      await store.append('s-1', [...some(700), wanted[0]!, ...some(700)], 'no_stream');
      await store.append('s-2', [wanted[1]!, ...some(5)], 'no_stream');
      const items = await follow(store, { types: ['Wanted', 'Other'] }, (seen) => seen.length === 3);
      expect(followed(items)).toStrictEqual(idsOf(wanted));
      expect(items[2]).toStrictEqual({ kind: 'caught-up', position: await store.head() });
    });

    it('never misses, doubles or reorders while 8 writers append', async () => {
      const writing = Promise.all(
        Array.from({ length: 8 }, async (_, writer) => {
          for (let round = 0; round < 25; round += 1) await store.append(`s-${writer}`, some(2), 'any');
        }),
      );
      const items = await follow(store, {}, (seen) => followed(seen).length === 400);
      await writing;
      expect(followed(items)).toStrictEqual(idsOf(await store.readAll(START, 1_000)));
    });

    it('ends when the signal aborts while it waits, with nothing to wake it', async () => {
      await store.append('s-1', some(5), 'no_stream');
      const controller = new AbortController();
      const items = store.subscribe({ after: await store.head(), signal: controller.signal });
      const iterator = items[Symbol.asyncIterator]();
      expect(await iterator.next()).toMatchObject({ value: { kind: 'caught-up' } });
      const waiting = iterator.next();
      await new Promise((resolve) => setTimeout(resolve, 20));
      controller.abort();
      expect(await waiting).toMatchObject({ done: true });
    });

    it('ends when the signal aborts between events, or before the start', async () => {
      await store.append('s-1', some(5), 'no_stream');
      expect(await follow(store, {}, (seen) => seen.length === 2)).toHaveLength(2);
      expect(await all(store.subscribe({ after: START, signal: AbortSignal.abort() }))).toStrictEqual([]);
    });

    it('lets two subscribers read everything, each at its own pace', async () => {
      await store.append('s-1', some(30), 'no_stream');
      const both = await Promise.all([1, 2].map(() => follow(store, {}, (seen) => seen.length === 31)));
      expect(both[0]).toStrictEqual(both[1]);
    });
  });
};
