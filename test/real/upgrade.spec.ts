/** @proves Version N-1 waits at what version N wrote, fails nothing, and continues once it is updated (version N is SIMULATED). */
import { rm } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { StoredEvent } from '#libs/event-sourcing';
import type { Replica, ServiceName } from '../support/worlds/distributed-services.js';
import { DistributedWorld } from '../support/worlds/distributed-world.js';
import { effectsTwice } from '../support/checks/effects-checker.js';
import { eventually } from '../support/checks/eventually.js';
import { buildNextTree } from '../support/programs/next-version.js';
import { describeWith } from '../support/servers/real-servers.js';
import {
  startSimulatedNode,
  syntheticChain,
  type SimulatedNode,
} from '../support/simulated/simulated-node.js';

const ENVIRONMENTS = ['env-0', 'env-1', 'env-2', 'env-3', 'env-4', 'env-5'];
const SERVICES: readonly ServiceName[] = [
  'admin-api',
  'history-projector',
  'relay',
  'scheduler',
  'consensus-resolver',
  'exporter',
  'distributor',
];
const SEGMENT_BLOCKS = 10;
const BLOCKS = 60n;
const ROUND_MS = 120_000;
/** Long enough for every retry that would fail a run or suspend a target to be used up. */
const SIDE_BY_SIDE_MS = 25_000;

/**
 * What a version that does not know an event must not do for it. That a delivery is tried again for another reason may
 * happen while replicas come and go: the old owner of a target may still write when the new one does.
 */
const isHarm = ({ type, data }: Pick<StoredEvent, 'type' | 'data'>): boolean =>
  ['BackupFailed', 'RangeDisputed', 'DeliverySuspended'].includes(type) ||
  (data as Readonly<{ code?: string }>).code === 'EVENT_UNKNOWN';

/** Real Kafka and PostgreSQL, the KurrentDB DOUBLE, SIMULATED nodes; the next version is SIMULATED (next-version.ts). */
describeWith('kafka', 'postgres')('Version N beside version N-1, two replicas of every service', () => {
  let nodes: readonly SimulatedNode[];
  let world: DistributedWorld;
  let nextTree: string;

  beforeAll(async () => {
    const chain = syntheticChain({ blocks: Number(BLOCKS) });
    chain.head = 20n;
    [world, nextTree, ...nodes] = await Promise.all([
      DistributedWorld.start({ replicas: 2, partitions: 2, services: SERVICES }),
      buildNextTree(),
      ...['monitor', 'v1', 'v2'].map((nodeId) => startSimulatedNode({ chain, nodeId })),
    ]);
    await world.applyOnDirectories(ENVIRONMENTS, { nodes: describedNodes(), segmentBlocks: SEGMENT_BLOCKS });
  });
  afterAll(async () => {
    await world.stop();
    await Promise.all(nodes.map((node) => node.close()));
    await rm(nextTree, { recursive: true });
  });

  const describedNodes = () =>
    nodes.map(({ url }, index) =>
      index === 0
        ? { id: 'monitor', role: 'monitor', rpc: url }
        : { id: `v${index}`, role: 'validator', member: 'bank-a', rpc: url },
    );

  const pathOf = (id: string): string => `consortia/acme/environments/${id}/backup`;
  const api = (index: number): readonly Replica[] =>
    world.services.of('admin-api').filter((replica) => replica.index === index);
  const replicas = (index: number): readonly Replica[] =>
    world.services.all.filter((replica) => replica.index === index);

  /** A run of every environment, requested at this replica of the API. */
  const request = async (index: number): Promise<void> => {
    for (const id of ENVIRONMENTS) {
      const { status } = await world.ask('POST', `${pathOf(id)}/runs`, {}, api(index));
      expect([id, status]).toStrictEqual([id, 202]);
    }
  };
  /** Environments whose target has every block up to `tip`. */
  const delivered = async (tip: bigint): Promise<readonly string[]> => {
    const histories = await Promise.allSettled(
      ENVIRONMENTS.map((id) => world.history(world.targetFolder(id), id)),
    );
    return ENVIRONMENTS.filter((_, index) => {
      const outcome = histories[index];
      return outcome?.status === 'fulfilled' && outcome.value.history.at(-1)?.end_block.block === Number(tip);
    });
  };
  const allDelivered = (tip: bigint) =>
    eventually(`every target is complete up to ${tip}`, ROUND_MS, async () => {
      return (await delivered(tip)).length === ENVIRONMENTS.length;
    });
  const head = (block: bigint): void => {
    for (const { rpc } of nodes) rpc.chain.head = block;
  };
  const update = async (index: number): Promise<void> => {
    for (const replica of replicas(index)) {
      await replica.end('SIGTERM');
      replica.tree = nextTree;
      replica.start();
    }
    await world.services.untilReady(replicas(index));
  };
  const requestedVersions = async (): Promise<readonly number[]> =>
    (await world.events())
      .filter(({ type }) => type === 'BackupRequested')
      .map(({ metadata }) => metadata.schemaVersion);

  it('N-1 waits at what N wrote, fails and suspends nothing, and goes on when it is updated', async () => {
    await request(1);
    await allDelivered(20n);
    expect(new Set(await requestedVersions())).toStrictEqual(new Set([1]));

    await update(1);
    head(40n);
    for (const id of ENVIRONMENTS)
      expect((await world.ask('PATCH', pathOf(id), { min_confirmations: 1 }, api(1))).status).toBe(200);
    await request(1);
    const waits = (): readonly Replica[] =>
      replicas(2).filter(({ output }) => output.includes('EVENT_UNKNOWN'));
    await eventually('N-1 meets what N wrote', ROUND_MS, async () => waits().length > 0);
    await new Promise((resolve) => setTimeout(resolve, SIDE_BY_SIDE_MS));
    const side = await world.events();
    expect(side.filter(isHarm)).toStrictEqual([]);

    await update(2);
    await allDelivered(39n);
    head(BLOCKS - 1n);
    await request(2);
    await allDelivered(BLOCKS - 2n);
    expect(await world.deadLetters()).toStrictEqual([]);

    const events = await eventually('every event is published once', ROUND_MS, async () => {
      const stored = await world.events();
      const published = await world.published(stored.length);
      return isDeepStrictEqual([...published].sort(), stored.map(({ id }) => id).sort()) && stored;
    });
    expect(effectsTwice(events)).toStrictEqual([]);
    expect((await requestedVersions()).filter((version) => version === 2)).toHaveLength(
      2 * ENVIRONMENTS.length,
    );
    expect(events.filter(isHarm)).toStrictEqual([]);
    for (const id of ENVIRONMENTS) {
      const [managed, target] = await Promise.all(
        [world.managed, world.targetFolder(id)].map((folder) => world.contents(folder, id)),
      );
      expect(target?.bytes.equals(managed?.bytes ?? Buffer.alloc(0))).toBe(true);
      expect(target?.files).toStrictEqual(managed?.history.history.map(({ file }) => file).sort());
    }
    expect(await world.services.stop()).toStrictEqual([]);
  });
});
