/**
 * @proves One flipped bit in any object of any place, before a run, before a delivery and at rest, is found and healed from a good copy; no good copy is overwritten (SIMULATED nodes, GENERATED QBFT chain, stores in memory).
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { genesisKey, historyKey, manifestKey, markerKey, readmeKey } from '#libs/archive';
import { hasCode } from '#libs/kernel';
import { bodyFromBytes } from '#libs/object-store';
import type { ObjectBody, PutCondition, PutResult } from '#libs/object-store';
import { MemoryObjectStore } from '#libs/object-store/adapters/memory.object-store';
import { catalogueProjection, Projector } from '#libs/projections';
import { readSmall } from '#libs/services';
import { DeliveryContext } from '../../apps/distributor/src/delivery-context.js';
import { ManagedBucketHandler } from '../../apps/distributor/src/managed-bucket/managed-bucket.handler.js';
import { sealedChain } from '../support/sealed-chain.js';
import { SealedNetwork } from '../support/worlds/sealed-network.js';

const KINDS = ['segment', 'manifest', 'genesis', 'history', 'marker', 'README'] as const;
const PLACES = ['managed', 'ta'] as const;
const MOMENTS = ['a run', 'a delivery', 'a heal'] as const;
type Kind = (typeof KINDS)[number];

/** Notes every put that replaced what `isGood` says is good. */
class WatchedStore extends MemoryObjectStore {
  readonly replacedGood: string[] = [];
  readonly good = new Map<string, Buffer>();
  override async put(
    key: string,
    body: ObjectBody,
    condition: PutCondition,
    signal?: AbortSignal,
  ): Promise<PutResult> {
    const before = await readSmall(this, key);
    const result = await super.put(key, body, condition, signal);
    const isReplaced = result.outcome === 'stored' && before !== undefined;
    if (isReplaced && this.good.get(key)?.equals(before) === true) this.replacedGood.push(key);
    return result;
  }
  /** As the medium does: not by `put`. */
  async flip(key: string): Promise<void> {
    const bytes = Buffer.from((await readSmall(this, key))!);
    bytes[bytes.length >> 1]! ^= 1;
    await super.put(key, bodyFromBytes(bytes), 'always');
  }
}

describe('copies of a proved chain', () => {
  const chain = sealedChain({ consensus: 'qbft', blocks: 40, validatorsAt: () => [0, 1, 2, 3] });
  const signal = new AbortController().signal;
  let net: SealedNetwork;
  let projector: Projector;
  let stores: Record<'managed' | 'ta' | 'tb', WatchedStore>;

  beforeEach(async () => {
    net = await SealedNetwork.start(chain, { consensus: 'qbft', validators: 4 });
    const { objects, ports } = net.world;
    projector = new Projector(catalogueProjection, ports);
    projector.start();
    stores = { managed: new WatchedStore(), ta: new WatchedStore(), tb: new WatchedStore() };
    const managedPath = [...objects.stores.keys()][0] ?? `${net.world.ports.home}/managed`;
    objects.stores.set(managedPath, stores.managed);
    objects.stores.set('/ta', stores.ta).set('/tb', stores.tb);
    await net.provideGenesis(chain.genesis);
    await net.world.target('ta');
    await net.backUp(20);
    await settle();
    for (const place of PLACES) {
      for await (const { key } of stores[place].list('e/')) {
        // The history is replaced by a newer one at every run.
        if (key !== historyKey('e')) stores[place].good.set(key, (await readSmall(stores[place], key))!);
      }
    }
  });
  afterEach(async () => {
    await projector.stop();
    await net.close();
  });

  const settle = async (readBack = false, targets: readonly string[] = ['ta']): Promise<void> => {
    const { catalogue, store } = net.world.ports;
    await catalogue.waitFor(await store.head());
    const buckets = new ManagedBucketHandler(new DeliveryContext(net.world.ports));
    if (readBack) buckets.look('e', true);
    await buckets.step('e', signal);
    for (const id of targets) {
      const { at, context } = net.world.context();
      const heal = { type: 'RequestHeal', readBack: true, at } as const;
      if (readBack) await net.world.ports.streams.targets.handle(id, heal, context);
      await net.world.deliver(id);
    }
  };
  const keyOf = async (kind: Kind): Promise<string> => {
    const [entry] = await net.files();
    return {
      segment: entry!.key,
      manifest: manifestKey('e', entry!.file),
      genesis: genesisKey('e'),
      history: historyKey('e'),
      marker: markerKey('e'),
      README: readmeKey('e'),
    }[kind];
  };
  const act = async (moment: (typeof MOMENTS)[number]): Promise<void> => {
    if (moment === 'a run') expect(await net.backUp(30)).toBe('BackupCompleted');
    if (moment !== 'a delivery') return;
    await net.world.target('tb');
    await net.world.deliver('tb').catch((error: unknown) => {
      // The managed segment is what a delivery waits for until it is healed.
      if (!hasCode(error, 'MANAGED_OBJECT_DAMAGED')) throw error;
    });
  };

  /** Nothing that was good was replaced, and all of it is good now. */
  const assertGood = async (name: string, store: WatchedStore): Promise<void> => {
    expect([name, store.replacedGood]).toEqual([name, []]);
    for (const [each, bytes] of store.good)
      expect([name, each, (await readSmall(store, each))?.equals(bytes)]).toEqual([name, each, true]);
  };

  it.each(
    MOMENTS.flatMap((moment) =>
      PLACES.flatMap((place) => KINDS.map((kind) => [kind, place, moment] as const)),
    ),
  )('heal a flipped %s in %s before %s', async (kind, place, moment) => {
    const key = await keyOf(kind);
    await stores[place].flip(key);
    await act(moment);
    await settle(true, moment === 'a delivery' ? ['ta', 'tb'] : ['ta']);
    const history = await readSmall(stores.managed, historyKey('e'));
    for (const [name, store] of Object.entries(stores)) await assertGood(name, store);
    const used = moment === 'a delivery' ? stores : { ta: stores.ta };
    for (const [name, store] of Object.entries(used))
      expect([name, await readSmall(store, historyKey('e'))]).toEqual([name, history]);
    for (const { evidence } of await net.files())
      expect(evidence).toMatchObject({ level: 'proved', verdict: 'valid' });
  });

  it.each(['segment', 'manifest', 'genesis'] as const)(
    'say loudly that no good %s is left, and overwrite neither',
    async (kind) => {
      const key = await keyOf(kind);
      await stores.managed.flip(key);
      await stores.ta.flip(key);
      const left = [await readSmall(stores.managed, key), await readSmall(stores.ta, key)];
      await expect(settle(true)).rejects.toMatchObject({
        code: 'MANAGED_OBJECT_DAMAGED',
        message: expect.stringContaining(key.slice(2)),
      });
      await net.world.target('tb');
      await expect(net.world.deliver('tb')).rejects.toMatchObject({ code: 'MANAGED_OBJECT_DAMAGED' });
      expect(await readSmall(stores.tb, key)).toBeUndefined();
      expect([await readSmall(stores.managed, key), await readSmall(stores.ta, key)]).toEqual(left);
    },
  );
});
