import { beforeEach, describe, expect, it } from '@jest/globals';
import { CodedError } from '#libs/kernel';
import { bodyFromBytes } from '#libs/object-store';
import { MemoryObjectStore } from '#libs/object-store/adapters/memory.object-store';
import { asTarget, claimPlace, MANAGED, takeOverPlace, type PlaceOwner } from './marker.js';
import { readSmall } from './read-small.js';

const owner: PlaceOwner = {
  environmentId: 'e',
  installation: 'one',
  genesisHash: '0xaa',
  chainId: 1337n,
  epoch: 1,
  holder: 't',
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
      holder: 't',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('with a flipped bit is written again where files of ours lie, and refused elsewhere', async () => {
    await claimPlace(store, owner);
    const whole = (await readSmall(store, 'e/.chainkeep'))!;
    for (const [index] of whole.entries()) {
      const flipped = Buffer.from(whole);
      flipped[index]! ^= 1;
      await store.put('e/.chainkeep', bodyFromBytes(flipped), 'always');
      await expect(claimPlace(store, owner)).rejects.toMatchObject({ code: 'TARGET_FOREIGN' });
      await claimPlace(store, { ...owner, holdsOurs: async () => true });
      expect(await readSmall(store, 'e/.chainkeep')).toEqual(whole);
    }
  });

  it('of another installation is never repaired', async () => {
    await claimPlace(store, owner);
    const another = { ...owner, installation: 'two', holdsOurs: async () => true };
    await takeOverPlace(store, another);
    await expect(claimPlace(store, { ...owner, holdsOurs: async () => true })).rejects.toMatchObject(
      foreign('another installation'),
    );
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

  it('names its holder: the managed bucket takes the place from a target, and no target takes it from another', async () => {
    const holderIs = async (holder: string) => {
      expect(JSON.parse(String(await readSmall(store, 'e/.chainkeep')))).toMatchObject({ holder });
    };
    await claimPlace(store, owner);
    const other = { ...owner, holder: 'u', isHeld: () => Promise.resolve(true) };
    await expect(claimPlace(store, other)).rejects.toMatchObject(foreign('belongs to another target'));
    await expect(takeOverPlace(store, other)).rejects.toMatchObject(foreign('belongs to another target'));
    // The first target is gone.
    await claimPlace(store, { ...other, isHeld: () => Promise.resolve(false) });
    await holderIs('u');
    await claimPlace(store, { ...owner, holder: MANAGED });
    await holderIs('managed');
    for (const refused of [claimPlace(store, owner), takeOverPlace(store, owner)])
      await expect(refused).rejects.toMatchObject(foreign('managed bucket'));
    await holderIs('managed');
    expect(asTarget('managed').holder).not.toBe(MANAGED);
  });

  it('that version 0.1 wrote is given the name of its holder, where it can be replaced', async () => {
    await claimPlace(store, owner);
    const {
      holder: _none,
      sha256: _neither,
      ...old
    } = JSON.parse(String(await readSmall(store, 'e/.chainkeep'))) as typeof owner & { sha256: string };
    await store.put('e/.chainkeep', bodyFromBytes(Buffer.from(JSON.stringify(old))), 'always');
    const put = store.put.bind(store);
    store.put = () => Promise.reject(new CodedError('TARGET_LOCKED', 'A retention policy.'));
    await claimPlace(store, owner);
    store.put = put;
    await claimPlace(store, owner);
    expect(JSON.parse(String(await readSmall(store, 'e/.chainkeep')))).toMatchObject({ holder: 't' });
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
