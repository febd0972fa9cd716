import { beforeEach, describe, expect, it } from '@jest/globals';
import type { CodedError } from '#libs/kernel';
import { MemoryEventStore } from './adapters/memory.event-store.js';
import { MemoryStoreMemory } from './adapters/memory.store-memory.js';
import { foundInstallation, installationIn, openIdentity, type IdentityParts } from './identity.js';
import { anEvent } from './testing.js';

const at = '2026-02-01T00:00:00.000Z';
const where = 'PostgreSQL at db:5432, database chainkeep';

describe('openIdentity', () => {
  let store: MemoryEventStore;
  let memory: MemoryStoreMemory;
  beforeEach(() => {
    store = new MemoryEventStore();
    memory = new MemoryStoreMemory();
  });
  const open = (more: Partial<IdentityParts> = {}) =>
    openIdentity({ store, memory, where, at, isInUse: async () => false, ...more });
  const inUse = { isInUse: async () => true };
  const refused = async (more: Partial<IdentityParts> = {}) => {
    const before = [await store.head(), await memory.recall()];
    const error: unknown = await open(more).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'STORE_FOREIGN' });
    expect((error as CodedError).message).toContain(where);
    expect([await store.head(), await memory.recall()]).toStrictEqual(before);
  };

  it('founds a new store once, and remembers it', async () => {
    const id = await open();
    expect(await installationIn(store)).toBe(id);
    expect(await memory.recall()).toStrictEqual({ installation: id, founded: true });
    expect(await open(inUse)).toBe(id);
    expect(await store.head()).toBe(0n);
  });

  it('gives all services that start at once one identity', async () => {
    const ids = await Promise.all([open(), open(), open({ memory: new MemoryStoreMemory() })]);
    expect(new Set(ids).size).toBe(1);
  });

  it('gives a store of version 0.1 the id that the installation has', async () => {
    await memory.update({ installation: 'from-0.1' });
    await store.append('backup-prod', [anEvent()], 'no_stream');
    expect(await open(inUse)).toBe('from-0.1');
    expect(await installationIn(store)).toBe('from-0.1');
  });

  it('takes the identity that moved with the store, where nothing else was remembered', async () => {
    await foundInstallation(store, 'moved', at);
    expect(await open()).toBe('moved');
    // Version 0.1 makes an id at its first start, used or not.
    memory = new MemoryStoreMemory();
    await memory.update({ installation: 'unused' });
    expect(await open()).toBe('moved');
    expect(await memory.recall()).toStrictEqual({ installation: 'moved', founded: true });
  });

  it('refuses the store of another installation', async () => {
    await foundInstallation(store, 'other', at);
    await memory.update({ installation: 'mine' });
    await refused(inUse);
    await memory.update({ founded: true });
    await refused();
  });

  it('refuses an empty store, and one without identity, where another was used', async () => {
    await refused(inUse);
    await memory.update({ installation: 'mine' });
    await refused(inUse);
    await memory.update({ founded: true });
    await refused();
    await store.append('backup-prod', [anEvent()], 'no_stream');
    await refused();
  });
});
