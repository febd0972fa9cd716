import { beforeEach, describe, expect, it } from '@jest/globals';
import { START } from '#libs/event-sourcing';
import { planAcceptance } from './accept-store.js';
import { MemoryEventStore } from './adapters/memory.event-store.js';
import { MemoryStoreMemory } from './adapters/memory.store-memory.js';
import { foundInstallation, openIdentity } from './identity.js';
import { anEvent } from './testing.js';

const at = '2026-02-01T00:00:00.000Z';
const where = 'PostgreSQL at db:5432, database chainkeep';
const lost = { stream: 'backup-prod', revision: 7n, id: 'e-7' };

describe('planAcceptance', () => {
  let store: MemoryEventStore;
  let memory: MemoryStoreMemory;
  beforeEach(async () => {
    store = new MemoryEventStore();
    memory = new MemoryStoreMemory();
    await memory.update({ installation: 'mine', founded: true });
  });
  const plan = () => planAcceptance({ store, memory, where, at }, 'common');
  const opens = () => openIdentity({ store, memory, where, at, isInUse: async () => true });

  it('has nothing to accept of the store that is remembered', async () => {
    await foundInstallation(store, 'mine', at);
    expect((await plan()).kind).toBe('nothing');
    expect(await opens()).toBe('mine');
  });

  it('says what an older copy means, changes nothing before it is accepted, and then goes on', async () => {
    await foundInstallation(store, 'mine', at);
    await memory.update({ stopped: { since: at, lost } });
    const { kind, steps, accept } = await plan();
    expect(kind).toBe('older');
    expect(steps.join(' ')).toContain('backup-prod, revision 7');
    expect((await memory.recall())?.stopped).toBeDefined();
    await accept();
    expect(await memory.recall()).toStrictEqual({ installation: 'mine', founded: true, decision: 'common' });
    expect((await plan()).kind).toBe('nothing');
    await memory.update({ last: lost });
    expect((await plan()).kind).toBe('older');
  });

  it('gives an empty store this identity', async () => {
    await expect(opens()).rejects.toMatchObject({ code: 'STORE_FOREIGN' });
    const { kind, accept } = await plan();
    expect([kind, await store.head()]).toStrictEqual(['empty', START]);
    await accept();
    expect(await opens()).toBe('mine');
  });

  it('takes the identity of the store of another installation', async () => {
    await foundInstallation(store, 'other', at);
    await expect(opens()).rejects.toMatchObject({ code: 'STORE_FOREIGN' });
    const { kind, steps, accept } = await plan();
    expect(kind).toBe('foreign');
    expect(steps.join(' ')).toMatch(/other.*mine/);
    await accept();
    expect(await opens()).toBe('other');
  });

  it('has nothing to accept where nothing is remembered, and of a store of version 0.1', async () => {
    memory = new MemoryStoreMemory();
    expect((await plan()).kind).toBe('nothing');
    await memory.update({ installation: 'from-0.1' });
    await store.append('backup-prod', [anEvent()], 'no_stream');
    expect((await plan()).kind).toBe('nothing');
  });
});
