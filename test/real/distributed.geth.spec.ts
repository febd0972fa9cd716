/**
 * @proves The distributed mode makes 20 backups of a real geth while services are killed with -9 and Kafka restarts. Nothing is lost or duplicated (KurrentDB is a DOUBLE).
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { canonicalSelection, checkContinuity } from '#libs/archive';
import { Chaos } from '../support/worlds/chaos.js';
import { DistributedWorld } from '../support/worlds/distributed-world.js';
import { effectsTwice } from '../support/checks/effects-checker.js';
import { eventually } from '../support/checks/eventually.js';
import { GethNetwork, MONITOR } from '../support/servers/geth-network.js';
import type { RequestProducer } from '../support/worlds/request-producer.js';
import { describeWith } from '../support/servers/real-servers.js';

jest.setTimeout(1_800_000);
const VALIDATORS = ['v1', 'v2', 'v3'];
const ENVIRONMENTS = Array.from({ length: 10 }, (_, index) => `env-${index}`);
const SEGMENT_BLOCKS = 12;
// Most of it is waiting for partitions of killed members; on a machine that shares its cores it takes long.
const ROUND_MS = 480_000;

describeWith(
  'kafka',
  'postgres',
  'geth',
)('Two replicas of every service over real servers and a real chain', () => {
  let network: GethNetwork;
  let world: DistributedWorld;
  let producer: RequestProducer;

  beforeAll(async () => {
    [network, world] = await Promise.all([
      GethNetwork.start({ signers: VALIDATORS.length }),
      DistributedWorld.start({ replicas: 2, partitions: 2 }),
    ]);
    await world.applyOnDirectories(ENVIRONMENTS, { nodes: describedNodes(), segmentBlocks: SEGMENT_BLOCKS });
    producer = await world.producer();
  });
  afterAll(async () => {
    await world.stop();
    await network.stop();
  });

  const describedNodes = () => [
    { id: MONITOR, role: 'monitor', rpc: network.monitor.url },
    ...VALIDATORS.map((name) => ({
      id: name,
      role: 'validator',
      member: 'bank-a',
      rpc: network.node(name).url,
    })),
  ];

  const pathOf = (environmentId: string): string => `consortia/acme/environments/${environmentId}/backup`;

  /** As an external program asks: signed, through Kafka. */
  const request = async (environmentId: string): Promise<void> => {
    await world.publish(await producer.request('BackupRequested', { environmentId }));
  };

  const filesOf = async (environmentId: string): Promise<number> => {
    const { body } = await world.ask('GET', `${pathOf(environmentId)}/status`);
    return body['in_progress'] === false ? Number(body['protected_block'] ?? -1) : -1;
  };

  /** One backup of every environment, to its end: at least up to `block`. */
  const round = async (block: number): Promise<void> => {
    await network.untilHeight(MONITOR, block, 120_000);
    await Promise.all(ENVIRONMENTS.map(request));
    for (const id of ENVIRONMENTS)
      await eventually(`${id} is backed up to ${block}`, ROUND_MS, async () => (await filesOf(id)) >= block);
  };

  /** Every file of every environment is on its target, and listed there. */
  const settled = async (): Promise<void> => {
    for (const id of ENVIRONMENTS)
      await eventually(`the target of ${id} has everything`, ROUND_MS, async () => {
        const managed = await world.history(world.managed, id);
        const target = await world.history(world.targetFolder(id), id);
        const { body } = await world.ask('GET', `${pathOf(id)}/history`);
        const files = (body['history'] as readonly unknown[]).length;
        return (
          JSON.stringify(managed) === JSON.stringify(target) &&
          JSON.stringify(body) === JSON.stringify(target) &&
          managed.history.length === files
        );
      });
  };

  const expectExact = async (): Promise<void> => {
    await settled();
    const contents = await Promise.all(
      ENVIRONMENTS.flatMap((id) =>
        [world.managed, world.targetFolder(id)].map((at) => world.contents(at, id)),
      ),
    );
    const tip = Math.max(...contents.map(({ history }) => history.history.at(-1)?.end_block.block ?? 0));
    const exported = join(world.folder, `exported-${tip}.rlp`);
    await network.monitor.stop();
    await network.monitor.exportTo(exported, 0, tip);
    await network.startNode(MONITOR);
    const chain = await readFile(exported);
    for (const { history, files, bytes } of contents) {
      expect(checkContinuity(canonicalSelection(history))).toEqual([]);
      expect(files).toEqual(history.history.map(({ file }) => file).sort());
      expect(chain.subarray(0, bytes.byteLength).equals(bytes)).toBe(true);
    }
    const events = await world.events();
    expect(effectsTwice(events)).toEqual([]);
    const published = await world.published(events.length);
    expect([...published].sort()).toEqual(events.map(({ id }) => id).sort());
  };

  it('make 20 backups while services are killed with -9 and the broker is restarted twice', async () => {
    const chaos = new Chaos(world, { seed: Date.now() % 100_000, everyMs: 3_000 });
    chaos.start();
    try {
      await round(20);
      await world.kafka.down('SIGKILL');
      await world.kafka.up();
      const next = round(45);
      await network.untilHeight(MONITOR, 47, 120_000);
      await world.kafka.down();
      await world.kafka.up();
      await next;
    } finally {
      await chaos.stop();
    }
    expect(chaos.kills).toBeGreaterThan(5);
    await expectExact();
    const requests = (await world.events()).filter(({ type }) => type === 'RequestReceived');
    expect(requests).toHaveLength(2 * ENVIRONMENTS.length);
  });

  it('lose and double nothing while every process is restarted, one after the other', async () => {
    const head = (await network.monitor.head()).number;
    const next = round(head + 5);
    for (const replica of world.services.all) {
      expect([replica.name, await replica.end('SIGTERM')]).toEqual([replica.name, 0]);
      replica.start();
    }
    await world.services.untilReady();
    await next;
    await expectExact();
    expect(await world.services.stop()).toEqual([]);
  });
});
