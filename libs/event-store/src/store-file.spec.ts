/** @proves An exported store is the same store when imported, and a damaged file is refused. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { START, type EventStore } from '#libs/event-sourcing';
import { CodedError } from '#libs/kernel';
import { MemoryEventStore } from './adapters/memory.event-store.js';
import { MemoryStoreMemory } from './adapters/memory.store-memory.js';
import { openIdentity } from './identity.js';
import { exportStore, importStore } from './store-file.js';
import { all, anEvent } from './testing.js';

const AT = '2026-01-31T12:00:00.000Z';
const overdue = () => anEvent({ type: 'BackupOverdue', data: { since: AT, at: AT } });

describe('a store as a file', () => {
  let store: EventStore;
  let lines: readonly string[];
  beforeEach(async () => {
    store = new MemoryEventStore();
    for (let n = 0n; n < 3n; n += 1n)
      for (const stream of ['backup-a', 'backup-b'])
        await store.append(stream, [overdue(), overdue()], n === 0n ? 'no_stream' : n * 2n - 1n);
    lines = await all(exportStore(store, { product: '0.1.0', at: AT }));
  });

  const importing = async (text: string, into: EventStore = new MemoryEventStore()) => {
    const given = text.split('\n').filter((line, index, every) => line !== '' || index < every.length - 1);
    const each = async function* () {
      yield* given;
    };
    return { into, done: importStore(into, each) };
  };

  it('is the same store again', async () => {
    const { into, done } = await importing(lines.join(''));
    expect(await done).toMatchObject({ events: 12 });
    expect(await into.readAll(START, 100)).toStrictEqual(await store.readAll(START, 100));
    expect((await all(exportStore(into, { product: '0.1.0', at: AT }))).join('')).toBe(lines.join(''));
  });

  it('can be empty', async () => {
    const empty = await all(exportStore(new MemoryEventStore(), { product: '0.1.0', at: AT }));
    expect(empty).toHaveLength(2);
    await expect((await importing(empty.join(''))).done).resolves.toMatchObject({ events: 0 });
  });

  it('is imported into an empty store only', async () => {
    const { done } = await importing(lines.join(''), store);
    await expect(done).rejects.toMatchObject({ code: 'STORE_NOT_EMPTY' });
  });

  it('goes on where it stopped, is unfinished until then, and says how far it is', async () => {
    const into = new MemoryEventStore();
    const append = into.append.bind(into);
    let appends = 0;
    into.append = async (...given) => {
      appends += 1;
      if (appends === 3) throw new CodedError('STORE_UNAVAILABLE', 'The server is gone.');
      return append(...given);
    };
    const text = lines.join('');
    await expect((await importing(text, into)).done).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await into.importMark()).toBeDefined();
    const open = { store: into, memory: new MemoryStoreMemory(), where: 'the store', at: AT };
    await expect(openIdentity({ ...open, isInUse: async () => false })).rejects.toMatchObject({
      code: 'STORE_IMPORT_UNFINISHED',
    });
    const seen: string[] = [];
    const each = async function* () {
      yield* text.split('\n').filter((line) => line !== '');
    };
    await importStore(into, each, (done, total) => seen.push(`${done}/${total}`));
    expect(seen).toStrictEqual(['4/12', '6/12', '8/12', '10/12', '12/12']);
    expect(await into.readAll(START, 100)).toStrictEqual(await store.readAll(START, 100));
    expect(await into.importMark()).toBeUndefined();
  });

  it('does not go on in a store that has other events', async () => {
    const into = new MemoryEventStore();
    await into.append('backup-a', [overdue()], 'no_stream');
    const { done } = await importing(lines.join(''), into);
    await expect(done).rejects.toMatchObject({ code: 'STORE_NOT_EMPTY' });
    expect([await into.importMark(), await into.head()]).toStrictEqual([undefined, 0n]);
  });

  it('counts sizes in bytes: an append stays below 1 MiB whatever the characters', async () => {
    const many = new MemoryEventStore();
    const name = '银'.repeat(60_000);
    const wide = () => anEvent({ type: 'BackupOverdue', data: { since: AT, at: AT, name } });
    await many.append('backup-a', [wide(), wide(), wide(), wide()], 'no_stream');
    const into = new MemoryEventStore();
    const sizes: number[] = [];
    const append = into.append.bind(into);
    into.append = async (stream, events, expected) => {
      sizes.push(Buffer.byteLength(JSON.stringify(events)));
      return append(stream, events, expected);
    };
    const text = (await all(exportStore(many, { product: '0.1.0', at: AT }))).join('');
    await (
      await importing(text, into)
    ).done;
    expect(Math.max(...sizes)).toBeLessThan(1024 * 1024);
  });

  it.each<[string, string, (text: string) => string]>([
    ['altered', 'STORE_FILE_INVALID', (text) => text.replace('"revision":"1"', '"revision":"2"')],
    ['cut off', 'STORE_FILE_INVALID', (text) => text.slice(0, text.length / 2)],
    ['without its footer', 'STORE_FILE_INVALID', (text) => text.replace(/\n[^\n]+\n$/, '\n')],
    ['two files in one', 'STORE_FILE_INVALID', (text) => text + text],
    ['no export', 'STORE_FILE_INVALID', () => '{"some":"thing"}\n'],
    ['nothing', 'STORE_FILE_INVALID', () => ''],
    ['of a newer format', 'STORE_NEWER', (text) => text.replace('"version":1', '"version":2')],
    ['newer than we are', 'EVENT_UNKNOWN', (text) => text.replace('"schemaVersion":1', '"schemaVersion":2')],
  ])('is not imported when it is %s', async (_what, code, spoil) => {
    const { into, done } = await importing(spoil(lines.join('')));
    await expect(done).rejects.toMatchObject({ code });
    expect(await into.head()).toBe(START);
  });
});
