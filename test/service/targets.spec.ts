/**
 * @proves Dead targets cost the others nothing, earlier writers are fenced, and no file starts after a disable (SIMULATED nodes, stores in memory).
 */
import { afterEach, describe, expect, it } from '@jest/globals';
import { CodedError } from '#libs/kernel';
import type { CopySource, ObjectBody, ObjectInfo, PutCondition, PutResult } from '#libs/object-store';
import { bodyFromBytes } from '#libs/object-store';
import { MemoryObjectStore } from '#libs/object-store/adapters/memory.object-store';
import { takeOverPlace, type ServicePorts } from '#libs/services';
import { DELIVERY_DEFAULTS } from '../../apps/distributor/src/delivery.options.js';
import { DistributorLanes } from '../../apps/distributor/src/distributor.lanes.js';
import { SimulatedNetwork } from '../support/simulated/simulated-network.js';

const BLOCKS = 19;
const FILES = 20;
const { targetTransfersMax: IN_FLIGHT } = DELIVERY_DEFAULTS;
const DEADLINE_MS = 240_000;

/** A place that answers nothing until the test lets it say that it is away. */
class DeadStore extends MemoryObjectStore {
  asked = 0;
  giveUp = (): void => undefined;
  private readonly givenUp = new Promise<void>((resolve) => {
    this.giveUp = resolve;
  });
  override async head(): Promise<ObjectInfo | undefined> {
    this.asked += 1;
    await this.givenUp;
    throw new CodedError('TARGET_UNAVAILABLE', 'No answer.');
  }
  override async *get(): AsyncIterable<Uint8Array> {
    await this.head();
    yield new Uint8Array();
  }
}

/** Notes each file whose put begins, and lets it wait for `gate`. */
class SlowStore extends MemoryObjectStore {
  readonly begun: string[] = [];
  gate: Promise<void> = Promise.resolve();
  override async copyFrom(_s: CopySource, _k: string, _c: PutCondition): Promise<PutResult | undefined> {
    return undefined;
  }
  override async put(
    key: string,
    body: ObjectBody,
    condition: PutCondition,
    signal?: AbortSignal,
  ): Promise<PutResult> {
    if (key.endsWith('.rlp')) {
      this.begun.push(key);
      await this.gate;
    }
    return super.put(key, body, condition, signal);
  }
}

describe('targets, over SIMULATED nodes and stores in memory', () => {
  const net = new SimulatedNetwork();
  let lanes: DistributorLanes | undefined;

  afterEach(async () => {
    await Promise.all([lanes?.close(), lanes?.managed.stop()]);
    lanes = undefined;
  });

  /** A finished backup of 20 files, and targets at these stores. */
  const prepare = async (stores: Readonly<Record<string, MemoryObjectStore>>): Promise<DistributorLanes> => {
    await net.start(BLOCKS);
    await net.world.environment(net.described(), { segmentBlocks: 1 });
    await net.backUp();
    for (const [id, store] of Object.entries(stores)) {
      net.world.objects.stores.set(`/${id}`, store);
      await net.world.target(id);
    }
    lanes = new DistributorLanes(net.world.ports);
    return lanes;
  };
  const through = async (id: string): Promise<number> => {
    const { state } = await net.world.ports.streams.targets.load(id);
    return state.status === 'absent' ? -2 : state.deliveredThrough;
  };
  const until = async (isDone: () => Promise<boolean> | boolean): Promise<void> => {
    const end = Date.now() + DEADLINE_MS;
    while (!(await isDone())) {
      if (Date.now() > end) throw new Error('Not in time.');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const give = (ports: ServicePorts, id: string, type: 'DisableTarget' | 'EnableTarget') => {
    const { at, context } = net.world.context();
    return ports.streams.targets.handle(id, { type, at }, context);
  };

  it('lets dead targets, however many, cost a live one nothing', async () => {
    const dead = Array.from({ length: 20 }, () => new DeadStore());
    const running = await prepare({
      ...Object.fromEntries(dead.map((store, index) => [`dead-${index}`, store])),
      live: new MemoryObjectStore(),
    });
    for (const index of dead.keys()) running.targets.wake(`dead-${index}`);
    running.targets.wake('live');
    await until(async () => (await through('live')) === FILES - 1);
    // The live one was done before a single dead one had answered.
    expect(dead.every(({ asked }) => asked <= 1)).toBe(true);
    expect(await through('dead-0')).toBe(-1);
    for (const store of dead) store.giveUp();
  });

  it('begins no file after a disable, records those in flight, and goes on without a gap', async () => {
    const store = new SlowStore();
    let open = (): void => undefined;
    store.gate = new Promise((resolve) => {
      open = resolve;
    });
    const running = await prepare({ t: store });
    running.targets.wake('t');
    await until(() => store.begun.length >= IN_FLIGHT);
    await give(net.world.ports, 't', 'DisableTarget');
    open();
    await running.targets.idle();
    expect(store.begun).toHaveLength(IN_FLIGHT);
    expect(await through('t')).toBe(IN_FLIGHT - 1);
    await give(net.world.ports, 't', 'EnableTarget');
    running.targets.wake('t');
    await until(async () => (await through('t')) === FILES - 1);
    expect(new Set(store.begun).size).toBe(store.begun.length);
  });

  it('fences a writer whose place was taken over', async () => {
    const store = new MemoryObjectStore();
    await prepare({ t: store });
    await net.world.deliver('t');
    const { state } = await net.world.ports.streams.backups.load('e');
    const genesisHash = state.genesisHash ?? '';
    await takeOverPlace(store, { environmentId: 'e', installation: 'another', genesisHash, holder: 't' });
    net.growAll(BLOCKS + 3);
    await net.backUp();
    const before = store.residentBytes();
    await expect(net.world.deliver('t')).rejects.toMatchObject({ code: 'TARGET_FOREIGN' });
    expect(store.residentBytes()).toBe(before);
  });

  it('holds nothing against a target when the managed bucket is damaged', async () => {
    await prepare({ late: new MemoryObjectStore() });
    const [entry] = (await net.world.ports.histories.read('e')).entries;
    const managed = [...net.world.objects.stores.values()][0]!;
    await managed.put(entry!.key, bodyFromBytes(Buffer.from('rotten')), 'always');
    await expect(net.world.deliver('late')).rejects.toMatchObject({ code: 'MANAGED_OBJECT_DAMAGED' });
    const events: string[] = [];
    for await (const { type } of net.world.store.readStream('target-late')) events.push(type);
    expect(events).not.toContain('DeliveryFailed');
  });
});
