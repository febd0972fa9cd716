import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BEFORE_ALL, START, type EventRef } from '#libs/event-sourcing';
import type { ReadModelChange, ReadModelStore } from './read-model-store.js';

type Put = Omit<Extract<ReadModelChange, { kind: 'put' }>, 'kind' | 'collection' | 'document'>;

const put = (row: Put, document: unknown = { of: row.id }): ReadModelChange => ({
  kind: 'put',
  collection: 'files',
  document,
  ...row,
});
const remove = (id: string): ReadModelChange => ({ kind: 'delete', collection: 'files', id });

/** The suite every adapter of the ReadModelStore port passes. */
export const describeReadModelStoreContract = (
  name: string,
  make: () => Promise<{ store: ReadModelStore; close(): Promise<void> }>,
): void => {
  describe(`ReadModelStore contract: ${name}`, () => {
    const projection = 'history@1-blue';
    let under: Awaited<ReturnType<typeof make>>;
    let store: ReadModelStore;
    beforeEach(async () => {
      under = await make();
      store = under.store;
    });
    afterEach(async () => {
      await under.close();
    });

    const fill = (changes: readonly ReadModelChange[], to = projection) =>
      store.apply({ projection: to, expected: START, position: 10n, changes });
    const ids = async (options?: Parameters<ReadModelStore['list']>[2]) =>
      (await store.list(projection, 'files', options)).map(({ id }) => id);

    it('writes rows and checkpoint together', async () => {
      expect(await store.checkpoint(projection)).toStrictEqual(BEFORE_ALL);
      await fill([put({ id: 'a', parent: 'prod', sort: '01' }, { n: 1, ü: ['🦄', null] })]);
      expect((await store.checkpoint(projection)).position).toBe(10n);
      expect(await store.get(projection, 'files', 'a')).toStrictEqual({
        id: 'a',
        parent: 'prod',
        sort: '01',
        document: { n: 1, ü: ['🦄', null] },
      });
      expect(await store.get(projection, 'files', 'b')).toBeUndefined();
      expect(await store.get(projection, 'others', 'a')).toBeUndefined();
      expect(await store.get('history@1-green', 'files', 'a')).toBeUndefined();
    });

    it('replaces and deletes, in the order given', async () => {
      await fill([put({ id: 'a' }, 1), put({ id: 'b' }, 2), remove('b'), put({ id: 'a', parent: 'p' }, 3)]);
      expect(await store.list(projection, 'files')).toStrictEqual([
        { id: 'a', parent: 'p', sort: 'a', document: 3 },
      ]);
      await store.apply({ projection, expected: 10n, position: 11n, changes: [remove('a'), remove('x')] });
      expect(await store.count(projection, 'files')).toBe(0);
    });

    it('refuses changes worked out from another checkpoint, and writes nothing of them', async () => {
      await fill([put({ id: 'a' }, 1)]);
      for (const expected of [START, 9n, 11n]) {
        await expect(
          store.apply({ projection, expected, position: 20n, changes: [put({ id: 'a' }, 2)] }),
        ).rejects.toMatchObject({ code: 'REVISION_CONFLICT' });
      }
      expect((await store.checkpoint(projection)).position).toBe(10n);
      expect(await store.get(projection, 'files', 'a')).toMatchObject({ document: 1 });
    });

    it('keeps the event at the checkpoint, also of many of a build', async () => {
      const event = (n: bigint): EventRef => ({ stream: 's-1', revision: n, id: `e-${n}` });
      await store.apply({ projection, expected: START, position: 3n, event: event(1n), changes: [] });
      expect(await store.checkpoint(projection)).toStrictEqual({ position: 3n, event: event(1n) });
      const bulk = (n: bigint) =>
        store.apply({ projection, expected: n, position: n + 1n, event: event(n), changes: [], bulk: true });
      await Promise.all([3n, 4n, 5n].map(bulk));
      expect(await store.checkpoint(projection)).toStrictEqual({ position: 6n, event: event(5n) });
      await store.apply({ projection, expected: 6n, position: 8n, changes: [] });
      expect(await store.checkpoint(projection)).toStrictEqual({ position: 8n });
    });

    it('moves a checkpoint to where another store has its event, back too, and only from where it is', async () => {
      await fill([put({ id: 'a' }, 1)]);
      const moved = { position: 4n, event: { stream: 's-1', revision: 2n, id: 'e-2' } };
      await expect(store.moveCheckpoint(projection, 9n, moved)).rejects.toMatchObject({
        code: 'REVISION_CONFLICT',
      });
      await store.moveCheckpoint(projection, 10n, moved);
      expect(await store.checkpoint(projection)).toStrictEqual(moved);
      expect(await ids()).toStrictEqual(['a']);
    });

    it('lets one of two projectors win, never both', async () => {
      const outcomes = await Promise.allSettled(
        [1, 2].map((n) =>
          store.apply({ projection, expected: START, position: BigInt(n), changes: [put({ id: `${n}` })] }),
        ),
      );
      expect(outcomes.map(({ status }) => status).sort()).toStrictEqual(['fulfilled', 'rejected']);
      expect(await store.count(projection, 'files')).toBe(1);
    });

    it('takes many of a build that do not wait for each other, in their order', async () => {
      const first = START;
      const applies = Array.from({ length: 40 }, (_, n) =>
        store.apply({
          projection,
          expected: first + BigInt(n),
          position: first + BigInt(n + 1),
          changes: [put({ id: 'same' }, n), put({ id: `${n}`, parent: 'p' }, n), remove(`${n - 1}`)],
          bulk: true,
        }),
      );
      await Promise.all(applies);
      expect((await store.checkpoint(projection)).position).toBe(first + 40n);
      expect(await store.list(projection, 'files')).toStrictEqual([
        { id: '39', parent: 'p', sort: '39', document: 39 },
        { id: 'same', parent: undefined, sort: 'same', document: 39 },
      ]);
    });

    it('refuses one of many that does not follow, and those behind it', async () => {
      const bulk = (expected: bigint, position: bigint) =>
        store.apply({ projection, expected, position, changes: [put({ id: `${position}` })], bulk: true });
      const outcomes = await Promise.allSettled([bulk(START, 1n), bulk(7n, 8n), bulk(8n, 9n)]);
      expect(outcomes).toMatchObject([
        { status: 'fulfilled' },
        { status: 'rejected', reason: { code: 'REVISION_CONFLICT' } },
        { status: 'rejected', reason: { code: 'REVISION_CONFLICT' } },
      ]);
      expect(await ids()).toStrictEqual(['1']);
      await bulk(1n, 2n);
      expect(await ids()).toStrictEqual(['1', '2']);
    });

    it('refuses a step back and a document that is not JSON', async () => {
      await fill([]);
      const refused = (position: bigint, document: unknown) =>
        expect(
          store.apply({ projection, expected: 10n, position, changes: [put({ id: 'a' }, document)] }),
        ).rejects.toMatchObject({ code: 'INPUT_INVALID' });
      await refused(9n, 1);
      await expect(
        store.apply({
          projection,
          expected: 10n,
          position: 11n,
          changes: [put({ id: 'a' }), { kind: 'put', collection: 'files', id: 'b', document: undefined }],
        }),
      ).rejects.toMatchObject({ code: 'INPUT_INVALID' });
      expect(await store.count(projection, 'files')).toBe(0);
    });

    it('lists by sort in byte order, pages, filters by parent and counts', async () => {
      await fill([
        put({ id: 'c', parent: 'prod', sort: '1' }),
        put({ id: 'a', parent: 'prod', sort: '3' }),
        put({ id: 'b', parent: 'prod', sort: '2' }),
        put({ id: 'd', parent: 'test', sort: '2' }),
        put({ id: 'e', sort: '\uffee' }),
        put({ id: 'f', sort: '🦄' }),
      ]);
      expect(await ids()).toStrictEqual(['c', 'b', 'd', 'a', 'e', 'f']);
      expect(await ids({ descending: true })).toStrictEqual(['f', 'e', 'a', 'd', 'b', 'c']);
      expect(await ids({ parent: 'prod', limit: 2 })).toStrictEqual(['c', 'b']);
      expect(await ids({ parent: 'prod', afterSort: '2' })).toStrictEqual(['a']);
      expect(await ids({ parent: 'prod', afterSort: '2', descending: true })).toStrictEqual(['c']);
      expect(await ids({ parent: 'nobody' })).toStrictEqual([]);
      expect(await store.count(projection, 'files', 'prod')).toBe(3);
      expect(await store.count(projection, 'files')).toBe(6);
    });

    it('gives equal content one fingerprint, whatever the order it came in', async () => {
      const many = Array.from({ length: 600 }, (_, index) =>
        put({ id: `file-${index}`, parent: 'prod', sort: `${index}` }, { a: index, b: { c: 1, d: 2 } }),
      );
      const reordered = Array.from({ length: 600 }, (_, index) =>
        put({ id: `file-${index}`, parent: 'prod', sort: `${index}` }, { b: { d: 2, c: 1 }, a: index }),
      ).reverse();
      await fill(many);
      await fill([put({ id: 'gone' }), ...reordered, remove('gone')], 'history@1-green');
      const blue = await store.fingerprint(projection);
      expect(await store.fingerprint('history@1-green')).toStrictEqual(blue);
      // The same in every adapter and release: a rebuilt projection is compared with one written long ago.
      expect(blue).toStrictEqual({
        position: 10n,
        sha256: '973dd10458b7a6934b901b5e0ad094e397817a6d567d707d1aad2c376a7b2171',
      });
    });

    it.each([
      ['document', put({ id: 'a', parent: 'p', sort: 's' }, 2)],
      ['id', put({ id: 'b', parent: 'p', sort: 's' }, 1)],
      ['parent', put({ id: 'a', parent: 'q', sort: 's' }, 1)],
      ['sort', put({ id: 'a', parent: 'p', sort: 't' }, 1)],
      ['absent parent', put({ id: 'a', sort: 's' }, 1)],
    ])('gives another %s another fingerprint', async (_what, change) => {
      await fill([put({ id: 'a', parent: 'p', sort: 's' }, 1)]);
      await fill([change], 'history@1-green');
      const [blue, green] = await Promise.all(
        [projection, 'history@1-green'].map((each) => store.fingerprint(each)),
      );
      expect(green!.sha256).not.toBe(blue!.sha256);
    });

    it('lets one of two that exchange the same one win, never both', async () => {
      await store.activate('history', projection);
      const outcomes = await Promise.allSettled(
        ['history@1-green', 'history@1-red'].map((each) => store.activate('history', each, projection)),
      );
      expect(outcomes.map(({ status }) => status).sort()).toStrictEqual(['fulfilled', 'rejected']);
      const active = await store.active('history');
      await expect(store.activate('history', projection, 'history@1-blue')).rejects.toMatchObject({
        code: 'REVISION_CONFLICT',
      });
      await expect(store.activate('catalogue', 'catalogue@1', 'catalogue@0')).rejects.toMatchObject({
        code: 'REVISION_CONFLICT',
      });
      expect(await store.active('history')).toBe(active);
      expect(await store.active('catalogue')).toBeUndefined();
    });

    it('switches readers from blue to green in one step, and drops the old one', async () => {
      expect(await store.active('history')).toBeUndefined();
      await fill([put({ id: 'a' })]);
      await store.activate('history', projection);
      await fill([put({ id: 'a' }), put({ id: 'b' })], 'history@1-green');
      await store.activate('history', 'history@1-green');
      await store.drop(projection);
      expect(await store.active('history')).toBe('history@1-green');
      expect(await store.checkpoint(projection)).toStrictEqual(BEFORE_ALL);
      expect(await store.count(projection, 'files')).toBe(0);
      expect(await store.count('history@1-green', 'files')).toBe(2);
      await expect(
        store.apply({ projection, expected: 10n, position: 11n, changes: [] }),
      ).rejects.toMatchObject({ code: 'REVISION_CONFLICT' });
    });
  });
};
