import { describe, expect, it } from '@jest/globals';
import { bodyFromBytes, digestOf } from './body.js';
import type { ObjectBody, ObjectStore } from './object-store.js';

export const textBody = (text: string): ObjectBody => bodyFromBytes(Buffer.from(text));

export const textOf = async (store: ObjectStore, key: string): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.get(key)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

export const keysOf = async (store: ObjectStore, prefix: string): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
};

const ODD_KEYS = [
  'plain.txt',
  'two words/and  more',
  'quote\'"s/dollar$HOME/`tick`',
  'colon:2026-01-31T12:00:00.000Z-block-0-9.rlp',
  'percent%2Fslash/%00',
  'back\\slash/star*/question?/pipe|',
  'unicode/für-日本語-🙂',
  '.hidden/..almost/...',
  'line\nbreak/tab\t',
  `long/${'x'.repeat(200)}`,
  '-rf',
];
const REFUSED_KEYS = [
  '',
  '/',
  '/absolute',
  'a//b',
  'a/',
  '..',
  '../up',
  'a/../../up',
  'a/..',
  '.',
  'a/./b',
  'nul\0byte',
  'lone\ud800surrogate',
  'x'.repeat(256),
  '.chainkeep-tmp/mine',
];

/** The part of the contract on keys and listings; `store` gives the empty store of the running test. */
export const objectStoreKeysContract = (store: () => ObjectStore): void => {
  describe('keys', () => {
    it.each(ODD_KEYS)('keeps %j as it is', async (key) => {
      await store().put(key, textBody(key), 'if-absent');
      expect(await textOf(store(), key)).toBe(key);
      expect(await keysOf(store(), '')).toStrictEqual([key]);
      await store().remove(key);
      expect(await store().head(key)).toBeUndefined();
    });

    it.each(REFUSED_KEYS)('refuses %j in every operation', async (key) => {
      const refused = { code: 'INPUT_INVALID' };
      await expect(store().put(key, textBody('x'), 'always')).rejects.toMatchObject(refused);
      await expect(store().head(key)).rejects.toMatchObject(refused);
      await expect(digestOf(store(), key)).rejects.toMatchObject(refused);
      await expect(store().remove(key)).rejects.toMatchObject(refused);
      expect(await keysOf(store(), '')).toStrictEqual([]);
    });
  });

  describe('list and remove', () => {
    const KEYS = ['a', 'b/c', 'b-c', 'b.d', 'b/c-d/e', 'b/c-d.e', 'b0', 'é', 'B/x', '🙂', '\uffee'];

    it('lists all keys in the order of their bytes, with what head says of them', async () => {
      for (const key of KEYS.toReversed()) await store().put(key, textBody(key), 'if-absent');
      const listed = [];
      for await (const object of store().list('')) listed.push(object);
      const sorted = [...KEYS].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(listed.map(({ key }) => key)).toStrictEqual(sorted);
      for (const object of listed) {
        // A listing holds no checksums.
        const { checksum: _checksum, ...head } = (await store().head(object.key))!;
        expect(object).toStrictEqual(head);
      }
    });

    it.each(['', 'b', 'b/', 'b/c', 'b/c-', 'b/c-d/', 'b/c-d/e', 'none', 'b/none/', 'a/', 'B'])(
      'lists what begins with %j and nothing else',
      async (prefix) => {
        for (const key of KEYS) await store().put(key, textBody(key), 'if-absent');
        const expected = KEYS.filter((key) => key.startsWith(prefix));
        expect((await keysOf(store(), prefix)).toSorted()).toStrictEqual(expected.toSorted());
      },
    );

    it.each(['/', '../', 'a/../b', '/etc'])('refuses the prefix %j', async (prefix) => {
      await expect(keysOf(store(), prefix)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    });

    it('removes an object once and is silent the second time', async () => {
      await store().put('a/b', textBody('x'), 'if-absent');
      await store().remove('a/b');
      await store().remove('a/b');
      expect(await keysOf(store(), '')).toStrictEqual([]);
      expect((await store().put('a/b', textBody('y'), 'if-absent')).outcome).toBe('stored');
    });
  });
};
