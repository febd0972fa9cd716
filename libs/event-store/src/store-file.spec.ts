/** @proves An exported store is the same store when imported, and a damaged file is refused. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { START, type EventStore } from '#libs/event-sourcing';
import { MemoryEventStore } from './adapters/memory.event-store.js';
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
