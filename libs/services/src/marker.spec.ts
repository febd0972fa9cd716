import { beforeEach, describe, expect, it } from '@jest/globals';
import { bodyFromBytes } from '#libs/object-store';
import { MemoryObjectStore } from '#libs/object-store/adapters/memory.object-store';
import { claimPlace, takeOverPlace, type PlaceOwner } from './marker.js';
import { readSmall } from './read-small.js';

const owner: PlaceOwner = {
  environmentId: 'e',
  installation: 'one',
  genesisHash: '0xaa',
  chainId: 1337n,
  epoch: 1,
};
const foreign = (message: string) => ({ code: 'TARGET_FOREIGN', message: expect.stringContaining(message) });

describe('the marker of a place', () => {
  let store: MemoryObjectStore;
  beforeEach(() => {
    store = new MemoryObjectStore();
  });

  it('is made by whoever is first, and found again by the same', async () => {
    await claimPlace(store, owner);
    await claimPlace(store, owner);
    expect(JSON.parse(String(await readSmall(store, 'e/.chainkeep')))).toEqual({
      version: 1,
      environment_id: 'e',
      chain_id: '1337',
      genesis_hash: '0xaa',
      epoch: 1,
      installation: 'one',
    });
  });

  it('refuses another installation and another chain, and compares only what is known', async () => {
    await claimPlace(store, owner);
    const { chainId: _unknown, ...withoutChainId } = owner;
    await claimPlace(store, withoutChainId);
    const refused = (changes: Partial<PlaceOwner>) =>
      expect(claimPlace(store, { ...owner, ...changes })).rejects;
    await refused({ installation: 'two' }).toMatchObject(foreign('another installation'));
    await refused({ genesisHash: '0xbb' }).toMatchObject(foreign('genesis'));
    await refused({ chainId: 1n }).toMatchObject(foreign('chain id'));
    await claimPlace(store, { ...owner, environmentId: 'f', installation: 'two', genesisHash: '0xbb' });
  });

  it('makes exactly one of two who come at the same time its owner', async () => {
    const claims = ['one', 'two'].map((installation) => claimPlace(store, { ...owner, installation }));
    const outcomes = await Promise.allSettled(claims);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is taken over by raising its epoch, which fences who wrote before; a copy of the same installation too', async () => {
    await claimPlace(store, owner);
    const epoch = await takeOverPlace(store, { ...owner, installation: 'two' });
    expect(epoch).toBe(2);
    await claimPlace(store, { ...owner, installation: 'two', epoch });
    await expect(claimPlace(store, owner)).rejects.toMatchObject(foreign('another installation'));
    expect(await takeOverPlace(store, { ...owner, installation: 'two' })).toBe(3);
    await expect(claimPlace(store, { ...owner, installation: 'two', epoch })).rejects.toMatchObject(
      foreign('taken over (epoch 3)'),
    );
  });

  it('of another chain is never taken over, nor is what is no marker', async () => {
    await claimPlace(store, owner);
    await expect(takeOverPlace(store, { ...owner, genesisHash: '0xbb' })).rejects.toMatchObject(
      foreign('genesis'),
    );
    await store.put('g/.chainkeep', bodyFromBytes(Buffer.from('hello')), 'always');
    await expect(claimPlace(store, { ...owner, environmentId: 'g' })).rejects.toMatchObject(
      foreign('Chainkeep did not write it'),
    );
  });
});
