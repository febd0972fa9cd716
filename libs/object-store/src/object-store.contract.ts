import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sha256Hex } from '#libs/kernel';
import { digestOf } from './body.js';
import { keysOf, objectStoreKeysContract, textBody, textOf } from './object-store-keys.contract.js';
import type { ObjectBody, ObjectStore } from './object-store.js';
import { probeStore } from './probe.js';

export type ObjectStoreSubject = Readonly<{
  store: ObjectStore;
  /** Bytes of objects that the adapter holds in this process by its nature (0 for everything but memory). */
  residentBytes: () => number;
  dispose: () => Promise<void>;
}>;

const MB = 1 << 20;
/** Every line of the port's contract; `make` gives a fresh, empty store. */
export const objectStoreContract = (name: string, make: () => Promise<ObjectStoreSubject>): void => {
  describe(`${name} keeps the ObjectStore contract`, () => {
    let subject: ObjectStoreSubject;
    let store: ObjectStore;
    beforeEach(async () => {
      subject = await make();
      store = subject.store;
    });
    afterEach(async () => {
      await subject.dispose();
    });

    describe('put and get', () => {
      it('stores an object in full and says what it stored', async () => {
        const result = await store.put('env/a.rlp', textBody('hello'), 'if-absent');
        expect(result).toStrictEqual({ outcome: 'stored', object: await store.head('env/a.rlp') });
        expect(result.object).toMatchObject({ key: 'env/a.rlp', bytes: 5 });
        expect(await textOf(store, 'env/a.rlp')).toBe('hello');
        expect(await digestOf(store, 'env/a.rlp')).toStrictEqual({ bytes: 5, sha256: sha256Hex('hello') });
      });

      it('stores an empty object', async () => {
        await store.put('empty', textBody(''), 'always');
        expect(await digestOf(store, 'empty')).toStrictEqual({ bytes: 0, sha256: sha256Hex('') });
      });

      it('knows nothing of a key nobody put', async () => {
        await store.put('a/b', textBody('x'), 'always');
        expect(await store.head('a/c')).toBeUndefined();
        expect(await store.head('a')).toBeUndefined();
        expect(await store.head('a/b/c')).toBeUndefined();
        await expect(textOf(store, 'a/c')).rejects.toMatchObject({ code: 'TARGET_OBJECT_MISSING' });
        await expect(digestOf(store, 'a')).rejects.toMatchObject({ code: 'TARGET_OBJECT_MISSING' });
      });

      it('lets 32 MB flow through in constant memory', async () => {
        const chunk = Buffer.alloc(MB / 4, 0xa5);
        const hash = createHash('sha256');
        for (let sent = 0; sent < 32 * MB; sent += chunk.length) hash.update(chunk);
        const before = process.memoryUsage().arrayBuffers;
        let peak = 0;
        const body: ObjectBody = {
          bytes: 32 * MB,
          sha256: hash.digest('hex'),
          open: async function* () {
            for (let sent = 0; sent < 32 * MB; sent += chunk.length) {
              peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
              yield chunk;
            }
          },
        };
        await store.put('large', body, 'if-absent');
        expect(peak).toBeLessThan(8 * MB + subject.residentBytes());
        expect(await digestOf(store, 'large')).toStrictEqual({ bytes: 32 * MB, sha256: body.sha256 });
      });

      it('has consumed a chunk when it asks for the next, so a source may use its buffer again', async () => {
        const buffer = Buffer.alloc(4);
        const body: ObjectBody = {
          bytes: 12,
          sha256: sha256Hex('aaaabbbbcccc'),
          open: async function* () {
            for (const letter of 'abc') yield buffer.fill(letter);
          },
        };
        await store.put('reused', body, 'if-absent');
        expect(await textOf(store, 'reused')).toBe('aaaabbbbcccc');
      });
    });

    describe('conditions', () => {
      it('refuses if-absent on a taken key, changes nothing and returns what stands there', async () => {
        const first = await store.put('k', textBody('first'), 'if-absent');
        const second = await store.put('k', textBody('second'), 'if-absent');
        expect(second).toStrictEqual({ outcome: 'refused', object: first.object });
        expect(await textOf(store, 'k')).toBe('first');
      });

      it('does not read the body of a put that is refused at once', async () => {
        await store.put('k', textBody('first'), 'if-absent');
        let opened = false;
        const body = { ...textBody('x'), open: () => ((opened = true), textBody('x').open()) };
        expect((await store.put('k', body, 'if-absent')).outcome).toBe('refused');
        expect(opened).toBe(false);
      });

      it('stores exactly one of many simultaneous if-absent puts', async () => {
        const results = await Promise.all(
          Array.from({ length: 16 }, async (_, index) =>
            store.put('deep/er/race', textBody(`writer ${index}`), 'if-absent'),
          ),
        );
        const winner = results.filter(({ outcome }) => outcome === 'stored');
        expect(winner).toHaveLength(1);
        for (const { object } of results) expect(object).toStrictEqual(winner[0]?.object);
        expect(await textOf(store, 'deep/er/race')).toMatch(/^writer \d+$/);
        expect(await keysOf(store, '')).toStrictEqual(['deep/er/race']);
      });

      it('replaces under the current etag only, and every version has another etag', async () => {
        const first = await store.put('k', textBody('one'), 'if-absent');
        const etag = first.object!.etag;
        const second = await store.put('k', textBody('two'), { ifMatch: etag });
        expect(second.outcome).toBe('stored');
        expect(second.object!.etag).not.toBe(etag);
        expect(await store.put('k', textBody('three'), { ifMatch: etag })).toStrictEqual({
          outcome: 'refused',
          object: second.object,
        });
        expect(await textOf(store, 'k')).toBe('two');
      });

      it('lets exactly one of many replacements of one version through', async () => {
        const { etag } = (await store.put('k', textBody('zero'), 'if-absent')).object!;
        const results = await Promise.all(
          Array.from({ length: 8 }, async (_, index) =>
            store.put('k', textBody(`version ${index}`), { ifMatch: etag }),
          ),
        );
        expect(results.filter(({ outcome }) => outcome === 'stored')).toHaveLength(1);
      });

      it('refuses if-match where nothing stands', async () => {
        const result = await store.put('k', textBody('x'), { ifMatch: 'any' });
        expect(result).toStrictEqual({ outcome: 'refused', object: undefined });
        expect(await store.head('k')).toBeUndefined();
      });

      it('replaces without asking under always', async () => {
        await store.put('k', textBody('long old text'), 'always');
        await store.put('k', textBody('new'), 'always');
        expect(await textOf(store, 'k')).toBe('new');
      });
    });

    describe('copies', () => {
      it('copies an object inside the store, or says that it can not', async () => {
        const body = textBody('copied');
        const first = await store.put('env/a', body, 'if-absent');
        const copied = await store.copyFrom({ store, key: 'env/a', ...body }, 'env/b c', 'if-absent');
        if (copied === undefined) {
          expect(await keysOf(store, '')).toStrictEqual(['env/a']);
          return;
        }
        expect(copied).toStrictEqual({ outcome: 'stored', object: await store.head('env/b c') });
        expect(await digestOf(store, 'env/b c')).toStrictEqual({ bytes: body.bytes, sha256: body.sha256 });
        const source = { store, key: 'env/b c', ...body };
        expect(await store.copyFrom(source, 'env/a', 'if-absent')).toStrictEqual({
          ...first,
          outcome: 'refused',
        });
      });

      it('does not take a copy for another object', async () => {
        await store.put('env/a', textBody('damaged'), 'if-absent');
        const announced = { ...textBody('correct'), key: 'env/a', store };
        const copy = store.copyFrom(announced, 'env/b', 'if-absent');
        const outcome = await copy.catch((error: unknown) => error);
        if (outcome !== undefined) expect(outcome).toMatchObject({ code: 'TARGET_DIGEST_MISMATCH' });
        expect(await keysOf(store, '')).toStrictEqual(['env/a']);
      });

      it('finds nothing wrong with a store that keeps this contract', async () => {
        const report = await probeStore(store, 'env/');
        expect(report.findings.filter(({ result }) => result === 'fail')).toStrictEqual([]);
        expect(report.ok).toBe(true);
        expect(report.findings.map(({ check }) => check)).toEqual(
          expect.arrayContaining(['write', 'read back', 'list', 'conditional put', 'remove']),
        );
        expect(await keysOf(store, '')).toStrictEqual([]);
      });
    });

    describe('bodies that fail', () => {
      const expectNothing = async (): Promise<void> => {
        expect(await store.head('env/k')).toBeUndefined();
        expect(await keysOf(store, '')).toStrictEqual([]);
        expect((await store.put('env/k', textBody('later'), 'if-absent')).outcome).toBe('stored');
      };

      it.each([
        ['another digest', { ...textBody('bytes'), sha256: sha256Hex('others') }],
        ['fewer bytes', { ...textBody('bytes'), bytes: 6 }],
        ['more bytes', { ...textBody('bytes'), bytes: 4 }],
      ])('refuses a body with %s and leaves nothing', async (_name, body) => {
        const code = 'TARGET_DIGEST_MISMATCH';
        await expect(store.put('env/k', body, 'if-absent')).rejects.toMatchObject({ code });
        await expectNothing();
      });

      it('keeps the old object when its replacement fails', async () => {
        const { object } = await store.put('k', textBody('old'), 'always');
        const broken = { ...textBody('new'), sha256: sha256Hex('else') };
        await expect(store.put('k', broken, 'always')).rejects.toMatchObject({
          code: 'TARGET_DIGEST_MISMATCH',
        });
        expect(await store.head('k')).toStrictEqual(object);
        expect(await textOf(store, 'k')).toBe('old');
      });

      it('passes the failure of a source on and leaves nothing', async () => {
        const failure = new Error('the source broke');
        const body: ObjectBody = {
          ...textBody('bytes'),
          open: async function* () {
            yield Buffer.from('by');
            throw failure;
          },
        };
        await expect(store.put('env/k', body, 'if-absent')).rejects.toBe(failure);
        await expectNothing();
      });

      it('shows nothing while it is being written', async () => {
        const seen: unknown[] = [];
        const body: ObjectBody = {
          ...textBody('halfhalf'),
          open: async function* () {
            yield Buffer.from('half');
            seen.push(await store.head('env/k'), await keysOf(store, ''));
            yield Buffer.from('half');
          },
        };
        await store.put('env/k', body, 'if-absent');
        expect(seen).toStrictEqual([undefined, []]);
        expect(await keysOf(store, '')).toStrictEqual(['env/k']);
      });

      it('aborts in the middle with the reason of the signal and leaves nothing', async () => {
        const abort = new AbortController();
        const reason = new Error('partition lost');
        let finished = false;
        const body: ObjectBody = {
          ...textBody('bytes'),
          open: async function* () {
            try {
              yield Buffer.from('by');
              abort.abort(reason);
              yield Buffer.from('tes');
            } finally {
              finished = true;
            }
          },
        };
        await expect(store.put('env/k', body, 'if-absent', abort.signal)).rejects.toBe(reason);
        expect(finished).toBe(true);
        await expectNothing();
      });

      it('aborts while the source hangs', async () => {
        const abort = new AbortController();
        const reason = new Error('stopping');
        let release = (): void => undefined;
        const body: ObjectBody = {
          ...textBody('bytes'),
          open: async function* () {
            yield Buffer.from('by');
            setImmediate(() => {
              abort.abort(reason);
            });
            await new Promise<void>((resolve) => (release = resolve));
          },
        };
        await expect(store.put('env/k', body, 'if-absent', abort.signal)).rejects.toBe(reason);
        release();
        await expectNothing();
      });

      it('does not begin under an aborted signal', async () => {
        const reason = new Error('too late');
        const signal = AbortSignal.abort(reason);
        await expect(store.put('env/k', textBody('x'), 'always', signal)).rejects.toBe(reason);
        await expectNothing();
        await expect(digestOf(store, 'env/k', signal)).rejects.toBe(reason);
      });
    });

    objectStoreKeysContract(() => store);
  });
};
