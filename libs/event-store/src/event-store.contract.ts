import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  START,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  type StoredEvent,
} from '#libs/event-sourcing';
import { describeSubscribing } from './event-store-subscribe.contract.js';
import { all, anEvent, idsOf, revisions, some } from './testing.js';

/** One store under test. `reopen` closes it and opens what it kept; left out by stores that keep nothing. */
export type EventStoreUnderTest = Readonly<{
  store: EventStore;
  reopen?: () => Promise<EventStore>;
  close(): Promise<void>;
}>;

/** The suite every adapter of the EventStore port passes. */
export const describeEventStoreContract = (name: string, make: () => Promise<EventStoreUnderTest>): void => {
  describe(`EventStore contract: ${name}`, () => {
    let under: EventStoreUnderTest;
    let store: EventStore;

    beforeEach(async () => {
      under = await make();
      store = under.store;
    });

    afterEach(async () => {
      await under.close();
    });

    const rejects = async (events: readonly NewEvent[], expected: ExpectedRevision, code: string) => {
      const before = await all(store.readStream('s-1'));
      await expect(store.append('s-1', events, expected)).rejects.toMatchObject({ code });
      expect(await all(store.readStream('s-1'))).toStrictEqual(before);
    };

    describe('append', () => {
      it('writes all events of a batch in order and says where the last one is', async () => {
        const events = some(3);
        const result = await store.append('s-1', events, 'no_stream');
        const stored = await all(store.readStream('s-1'));
        expect(idsOf(stored)).toStrictEqual(idsOf(events));
        expect(revisions(stored)).toStrictEqual([0n, 1n, 2n]);
        expect(result).toStrictEqual({ revision: 2n, position: stored[2]!.position });
        expect(await store.head()).toBe(result.position);
      });

      it('gives back an event exactly as it was', async () => {
        const event = anEvent({ metadata: { ...anEvent().metadata, causationId: 'cause' } });
        await store.append('s-1', [event], 'any');
        const [stored] = await all(store.readStream('s-1'));
        expect(stored).toStrictEqual({ ...event, stream: 's-1', revision: 0n, position: await store.head() });
      });

      it('takes an expected revision that holds', async () => {
        await store.append('s-1', some(1), 'no_stream');
        await store.append('s-1', some(2), 0n);
        await store.append('s-1', some(1), 'stream_exists');
        await store.append('s-1', some(1), 'any');
        await store.append('s-2', some(1), 'any');
        expect(revisions(await all(store.readStream('s-1')))).toStrictEqual([0n, 1n, 2n, 3n, 4n]);
      });

      it.each<[ExpectedRevision, number]>([
        ['no_stream', 1],
        ['stream_exists', 0],
        [0n, 0],
        [0n, 2],
        [2n, 2],
        [5n, 2],
      ])('refuses expected %s on a stream of %s events, and writes nothing', async (expected, count) => {
        if (count > 0) await store.append('s-1', some(count), 'no_stream');
        await rejects(some(2), expected, 'REVISION_CONFLICT');
      });

      it('refuses an empty batch', async () => {
        await rejects([], 'any', 'INPUT_INVALID');
      });

      it('keeps what an append gave, whatever becomes of the object given', async () => {
        const data = { list: [1] };
        await store.append('s-1', [anEvent({ data })], 'any');
        data.list.push(2);
        const [first] = await all(store.readStream('s-1'));
        (first!.data as typeof data).list.push(3);
        const [again] = await all(store.readStream('s-1'));
        expect(again!.data).toStrictEqual({ list: [1] });
      });
    });

    describe('repeated ids', () => {
      it.each<ExpectedRevision>(['no_stream', 'any'])(
        'answers a repeated batch (%s) as before and writes nothing',
        async (expected) => {
          const events = some(3);
          const first = await store.append('s-1', events, expected);
          await store.append('s-1', some(1), 2n);
          const head = await store.head();
          expect(await store.append('s-1', events, expected)).toStrictEqual(first);
          expect(await store.head()).toBe(head);
        },
      );

      it('answers a repetition under a revision and under stream_exists', async () => {
        await store.append('s-1', some(2), 'no_stream');
        const [events, more] = [some(2), some(1)];
        const first = await store.append('s-1', events, 1n);
        expect(await store.append('s-1', events, 1n)).toStrictEqual(first);
        const second = await store.append('s-1', more, 'stream_exists');
        expect(await store.append('s-1', more, 'stream_exists')).toStrictEqual(second);
      });

      it('refuses a batch of which only a part was appended', async () => {
        const [a, b, c] = some(3) as [NewEvent, NewEvent, NewEvent];
        await store.append('s-1', [a, b], 'no_stream');
        await rejects([b, c], 0n, 'REVISION_CONFLICT');
        await rejects([a, b, c], 'any', 'REVISION_CONFLICT');
        await rejects([a, a], 'any', 'REVISION_CONFLICT');
      });

      it('refuses an id that stands twice in one batch', async () => {
        const event = anEvent();
        await rejects([event, event], 'any', 'REVISION_CONFLICT');
      });
    });

    describe('content', () => {
      it('keeps unicode, huge integers as text, and deep structures', async () => {
        const data = {
          text: 'žluťoučký 🦄 \u0000 \u2028 "quoted" \\ \ud83e',
          鍵: ['', null, true, -0.5, 1e300, Number.MAX_SAFE_INTEGER],
          wei: (2n ** 256n - 1n).toString(),
          deep: { a: { b: { c: [{ d: [] }] } } },
        };
        await store.append('s-ü🦄', [anEvent({ data, type: 'Ereignis🦄' })], 'no_stream');
        const [stored] = await all(store.readStream('s-ü🦄'));
        expect(stored).toMatchObject({ data, type: 'Ereignis🦄', stream: 's-ü🦄' });
      });

      it('takes an event of almost 1 MiB and refuses a larger one', async () => {
        const text = (bytes: number) => ({ text: 'x'.repeat(bytes) });
        await store.append('s-1', [anEvent({ data: text(1024 * 1024 - 1000) })], 'any');
        await rejects([anEvent(), anEvent({ data: text(1024 * 1024) })], 'any', 'EVENT_TOO_LARGE');
        await rejects([anEvent({ data: { text: 'ü'.repeat(600_000) } })], 'any', 'EVENT_TOO_LARGE');
      });

      it('takes appends of almost 1 MiB in all, and refuses larger ones, counted in bytes', async () => {
        const three = (text: string) => [1, 2, 3].map(() => anEvent({ data: { text } }));
        await store.append('s-1', three('x'.repeat(349_000)), 'any');
        await rejects(three('x'.repeat(500_000)), 'any', 'EVENT_TOO_LARGE');
        await rejects(three('\u4f8b'.repeat(120_000)), 'any', 'EVENT_TOO_LARGE');
        const metadata = { ...anEvent().metadata, actor: 'a'.repeat(600_000) };
        await rejects([anEvent({ metadata }), anEvent({ metadata })], 'any', 'EVENT_TOO_LARGE');
      });

      it('refuses what JSON cannot hold', async () => {
        await rejects([anEvent({ data: { big: 1n } })], 'any', 'EVENT_INVALID');
        await rejects([anEvent({ data: undefined })], 'any', 'EVENT_INVALID');
      });
    });

    describe('reading', () => {
      it('reads a stream forwards and backwards, from a revision (inclusive), up to a limit', async () => {
        await store.append('s-1', some(5), 'no_stream');
        await store.append('s-2', some(2), 'no_stream');
        const read = async (options: Parameters<EventStore['readStream']>[1]) =>
          revisions(await all(store.readStream('s-1', options)));
        expect(await read({ from: 3n })).toStrictEqual([3n, 4n]);
        expect(await read({ limit: 2 })).toStrictEqual([0n, 1n]);
        expect(await read({ from: 1n, limit: 2 })).toStrictEqual([1n, 2n]);
        expect(await read({ from: 9n })).toStrictEqual([]);
        expect(await read({ limit: 0 })).toStrictEqual([]);
        expect(await read({ direction: 'backwards' })).toStrictEqual([4n, 3n, 2n, 1n, 0n]);
        expect(await read({ direction: 'backwards', from: 2n })).toStrictEqual([2n, 1n, 0n]);
        expect(await read({ direction: 'backwards', from: 99n, limit: 1 })).toStrictEqual([4n]);
      });

      it('reads nothing from a stream or a store that has nothing', async () => {
        expect(await all(store.readStream('s-1'))).toStrictEqual([]);
        expect(await store.readAll(START, 10)).toStrictEqual([]);
        expect(await store.head()).toBe(START);
      });

      it('reads a long stream whole, in both directions', async () => {
        await store.append('s-1', some(1_500), 'no_stream');
        const forwards = revisions(await all(store.readStream('s-1')));
        expect(forwards).toStrictEqual(Array.from({ length: 1_500 }, (_, index) => BigInt(index)));
        const backwards = revisions(await all(store.readStream('s-1', { direction: 'backwards' })));
        expect(backwards).toStrictEqual(forwards.reverse());
      });

      it('passes over the types that are not wanted, however many', async () => {
        const [first, second] = [anEvent({ type: 'Wanted' }), anEvent({ type: 'New' })];
        const dull = () => [...some(400, { type: 'Dull' }), ...some(200, { type: 'Other' })];
        await store.append('s-1', [...dull(), first, ...dull()], 'no_stream');
        await store.append('s-2', [second, ...dull()], 'no_stream');
        const without = ['Dull', 'Other', 'Absent'];
        expect(idsOf(await store.readAll(START, 10, without))).toStrictEqual(idsOf([first, second]));
        const [only, ...rest] = await store.readAll(START, 1, without);
        expect([only?.id, rest]).toStrictEqual([first.id, []]);
        expect(idsOf(await store.readAll(only!.position, 1, without))).toStrictEqual([second.id]);
        expect(await store.readAll(await store.head(), 1, without)).toStrictEqual([]);
      });

      it('pages through everything in commit order', async () => {
        const written: string[] = [];
        for (let round = 0; round < 10; round += 1) {
          const events = some(3);
          await store.append(`s-${round % 3}`, events, 'any');
          written.push(...idsOf(events));
        }
        const read: StoredEvent[] = [];
        for (;;) {
          const page = await store.readAll(read.at(-1)?.position ?? START, 7);
          expect(page.length).toBeLessThanOrEqual(7);
          if (page.length === 0) break;
          read.push(...page);
        }
        expect(idsOf(read)).toStrictEqual(written);
        expect(read.at(-1)?.position).toBe(await store.head());
        for (const event of read) expect(await store.eventAt(event.position)).toStrictEqual(event);
        expect(await store.eventAt((await store.head()) + 1_000_000n)).toBeUndefined();
      });
    });

    describe('concurrent writers', () => {
      it('gives 8 writers on one stream a gap-free order, each conflict told', async () => {
        let conflicts = 0;
        const writer = async (): Promise<void> => {
          for (let written = 0; written < 10;) {
            const [last] = await all(store.readStream('s-1', { direction: 'backwards', limit: 1 }));
            try {
              await store.append('s-1', some(2), last ? last.revision : 'no_stream');
              written += 1;
            } catch (error) {
              expect(error).toMatchObject({ code: 'REVISION_CONFLICT' });
              conflicts += 1;
            }
          }
        };
        await Promise.all(Array.from({ length: 8 }, writer));
        const events = await all(store.readStream('s-1'));
        expect(revisions(events)).toStrictEqual(Array.from({ length: 160 }, (_, index) => BigInt(index)));
        const positions = events.map(({ position }) => position);
        expect(positions).toStrictEqual([...positions].sort((a, b) => (a < b ? -1 : 1)));
        expect(conflicts).toBeGreaterThan(0);
      });

      it('lets a refused append undo only itself when many come at once', async () => {
        const outcomes = await Promise.allSettled(
          Array.from({ length: 40 }, (_, index) =>
            store.append(`s-${index % 20}`, some(2), index < 20 ? 'no_stream' : 7n),
          ),
        );
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
        expect(await store.readAll(START, 100)).toHaveLength(40);
      });
    });

    describeSubscribing(() => store);

    it('refuses work after close, and ends a subscription with STORE_UNAVAILABLE', async () => {
      const signal = new AbortController().signal;
      const subscription = all(store.subscribe({ after: START, signal }));
      const outcome = expect(subscription).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await store.close();
      await outcome;
      await expect(store.append('s-1', some(1), 'any')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await expect(store.readAll(START, 1)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    });

    it('keeps the mark of an import, which no reader sees', async () => {
      expect(await store.importMark()).toBeUndefined();
      await store.markImport('a file');
      expect(await store.importMark()).toBe('a file');
      expect([await store.head(), await store.readAll(START, 10)]).toStrictEqual([START, []]);
      await store.markImport(undefined);
      expect(await store.importMark()).toBeUndefined();
    });

    it('keeps everything over a reopening', async () => {
      const events = some(20);
      const appended = await store.append('s-1', events, 'no_stream');
      const before = await store.readAll(START, 100);
      if (!under.reopen) return;
      const reopened = await under.reopen();
      expect(await reopened.readAll(START, 100)).toStrictEqual(before);
      expect(await reopened.append('s-1', events, 'no_stream')).toStrictEqual(appended);
      const next = await reopened.append('s-1', some(1), 19n);
      expect(next.revision).toBe(20n);
      expect(next.position).toBeGreaterThan(appended.position);
    });
  });
};
