import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { START, type EventStore, type NewEvent } from '#libs/event-sourcing';
import type { EventStoreUnderTest } from './event-store.contract.js';
import { anEvent, some } from './testing.js';

/**
 * What stores with an index over all event ids promise as well: an id occurs once in the whole store. EventStoreDB has
 * no such index, and the product does not rely on one: its ids are derived from stream, revision and content.
 */
export const describeUniqueIdsContract = (name: string, make: () => Promise<EventStoreUnderTest>): void => {
  describe(`Unique ids contract: ${name}`, () => {
    let under: EventStoreUnderTest;
    let store: EventStore;
    beforeEach(async () => {
      under = await make();
      store = under.store;
    });
    afterEach(async () => {
      await under.close();
    });

    const refused = async (
      stream: string,
      events: readonly NewEvent[],
      expected: bigint | 'any' | 'no_stream',
    ) => {
      const before = await store.head();
      await expect(store.append(stream, events, expected)).rejects.toMatchObject({
        code: 'REVISION_CONFLICT',
      });
      expect(await store.head()).toBe(before);
    };

    it('refuses an id that stands at another place', async () => {
      const event = anEvent();
      await store.append('s-2', some(1), 'no_stream');
      await store.append('s-2', [event], 0n);
      await refused('s-1', [event], 'any');
      await refused('s-2', [event], 'no_stream');
      await refused('s-2', [event], 1n);
    });

    it('refuses a batch in another order', async () => {
      const [a, b] = some(2) as [NewEvent, NewEvent];
      await store.append('s-1', [a, b], 'no_stream');
      await refused('s-1', [b, a], 'any');
    });

    it('takes only one of two same batches that come at once to different places', async () => {
      const event = anEvent();
      const outcomes = await Promise.allSettled([
        store.append('s-1', [event], 'any'),
        store.append('s-2', [event], 'any'),
      ]);
      expect(outcomes.map(({ status }) => status).sort()).toStrictEqual(['fulfilled', 'rejected']);
      expect(await store.readAll(START, 10)).toHaveLength(1);
    });
  });
};
