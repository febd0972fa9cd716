/**
 * @proves Signed requests turn targets on and off during runs, without a gap or an extra object (SIMULATED nodes, KurrentDB is a DOUBLE).
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { historyFacts, keepVersions } from '../support/checks/bucket-facts.js';
import { startAzurite, type Azurite } from '../support/servers/azurite.js';
import { DistributedWorld } from '../support/worlds/distributed-world.js';
import { effectsTwice } from '../support/checks/effects-checker.js';
import { eventually } from '../support/checks/eventually.js';
import { rcloneAzure, rcloneDigests, rcloneS3, type RclonePlace } from '../support/servers/rclone.js';
import { describeWith } from '../support/servers/real-servers.js';
import type { RequestProducer } from '../support/worlds/request-producer.js';
import { makeBucket, startMinio, startVersitygw, type S3Server } from '../support/servers/s3-servers.js';
import {
  startSimulatedNode,
  syntheticChain,
  type SimulatedNode,
} from '../support/simulated/simulated-node.js';
import { bucketOfUser, differingFiles, s3Details } from '../support/worlds/target-places.js';
import type { Details } from '../support/worlds/target-service.js';

const NODES = ['monitor', 'v1', 'v2', 'v3'];
const FIRST = 40;
const MORE = 30;
/** Slow enough that requests arrive in the middle of a run. */
const MS_PER_BLOCK = 300;
const WAIT_MS = 180_000;
const ENVIRONMENT = 'consortia/acme/environments/prod';

describeWith(
  'kafka',
  'postgres',
  'minio',
  'versitygw',
  'azurite',
  'rclone',
)(
  'targets enabled and disabled by signed requests through Kafka, over real stores and SIMULATED nodes',
  () => {
    let minio: S3Server;
    let versity: S3Server;
    let azurite: Azurite;
    let world: DistributedWorld;
    let nodes: readonly SimulatedNode[];
    let operator: RequestProducer;
    let bankA: RequestProducer;
    let managed: RclonePlace;
    let steady: RclonePlace;
    let late: Readonly<{ bucket: string; place: RclonePlace; details: Details }>;

    beforeAll(async () => {
      const chain = syntheticChain({ blocks: FIRST - 1 });
      nodes = await Promise.all(NODES.map((nodeId) => startSimulatedNode({ chain, nodeId })));
      for (const { rpc } of nodes) rpc.faults = { msPerBlock: MS_PER_BLOCK };
      [minio, versity, azurite, world] = await Promise.all([
        startMinio(),
        startVersitygw(),
        startAzurite(),
        DistributedWorld.start({ replicas: 1, partitions: 2 }),
      ]);
      const { bucket, keys, details } = await bucketOfUser(versity, 'late');
      await keepVersions(versity.client, bucket);
      late = { bucket, details, place: rcloneS3(versity.endpoint, keys, `${bucket}/prod`) };
      await world.apply(await networkFile());
      [operator, bankA] = [await world.producer(), await world.producer('bank-a', 'member_admin')];
    });
    afterAll(async () => {
      await world.stop();
      await Promise.all([minio, versity, azurite].map((server) => server.stop()));
      await Promise.all(nodes.map((node) => node.close()));
    });

    const networkFile = async (): Promise<object> => {
      const bucket = await makeBucket(minio.client);
      managed = rcloneS3(minio.endpoint, minio.root, `${bucket}/prod`);
      const { containerName: container } = await azurite.makeContainer();
      steady = rcloneAzure(azurite, `${container}/prod`);
      const common = { environment: 'prod', environment_backup_target: true };
      return {
        consortium: { id: 'acme', name: 'Acme' },
        members: ['bank-a', 'bank-b'].map((id) => ({ id, name: id })),
        environments: [
          {
            id: 'prod',
            provider: 'geth',
            consensus: 'clique',
            nodes: nodes.map(({ url }, index) => ({
              id: NODES[index],
              role: index === 0 ? 'monitor' : 'validator',
              rpc: url,
            })),
            managed: s3Details(minio, minio.root, bucket),
            backup: { enabled: true, frequency: 'once', segment_blocks: 1 },
          },
        ],
        targets: [
          { id: 'late', member: 'bank-a', ...common, environment_backup_target: false, ...late.details },
          {
            id: 'steady',
            member: 'bank-b',
            ...common,
            provider: 'azure',
            container,
            connection_string: azurite.connectionString,
          },
        ],
      };
    };

    const backUp = async (): Promise<void> => {
      await world.publish(await operator.request('BackupRequested', { environmentId: 'prod' }));
    };
    /** As the member's own program asks: signed with its key, through Kafka. */
    const ask = async (type: 'TargetEnabled' | 'TargetDisabled'): Promise<void> => {
      await world.publish(await bankA.request(type, { targetId: 'late' }));
    };
    const until = (what: string, probe: () => Promise<boolean>): Promise<unknown> =>
      eventually(what, WAIT_MS, probe);
    const show = async (id: string): Promise<Readonly<Record<string, unknown>>> =>
      (await world.ask('GET', `${ENVIRONMENT}/configurations/${id}`)).body;
    const protectedTo = async (): Promise<Readonly<{ isRunning: boolean; block: number }>> => {
      const { body } = await world.ask('GET', `${ENVIRONMENT}/backup/status`);
      return { isRunning: body['in_progress'] === true, block: Number(body['protected_block'] ?? -1) };
    };
    const midway = (block: number): Promise<unknown> =>
      until(`block ${block} is backed up while the run goes on`, async () => {
        const { block: done, isRunning } = await protectedTo();
        return isRunning && done >= block;
      });
    const ended = (blocks: number): Promise<unknown> =>
      until(`a run ended with ${blocks} blocks`, async () => {
        const { block, isRunning } = await protectedTo();
        return !isRunning && block === blocks - 1;
      });
    /** Every file is recorded there, and then equal to the managed bucket by the digests of another tool. */
    const complete = async (id: string, place: RclonePlace, blocks: number): Promise<void> => {
      await until(`${id} has ${blocks} files`, async () => {
        const delivered = (await show(id))['delivered'] as Readonly<{ files: number }>;
        return delivered.files === blocks;
      });
      await until(`${id} is equal to the managed bucket`, async () => {
        return (await differingFiles(managed, place)).length === 0;
      });
    };
    const grow = (blocks: number): void => {
      const chain = syntheticChain({ blocks: blocks - 1 });
      for (const { rpc } of nodes) rpc.chain = chain;
    };
    /** Every file there, each written once. */
    const expectOnce = async (blocks: number): Promise<void> => {
      await complete('late', late.place, blocks);
      expect(await historyFacts(versity.client, late.bucket)).toEqual({
        keys: 2 * blocks,
        versions: 2 * blocks,
        unfinished: 0,
      });
    };

    it('TargetEnabled in the middle of a run: all older files, then live ones', async () => {
      await backUp();
      await midway(FIRST / 4);
      expect((await historyFacts(versity.client, late.bucket)).keys).toBe(0);
      await ask('TargetEnabled');
      await until('a file of the running backup is there', async () => {
        const { keys } = await historyFacts(versity.client, late.bucket);
        return keys > FIRST / 2;
      });
      expect(await protectedTo()).toMatchObject({ isRunning: true });
      await ended(FIRST);
      await complete('steady', steady, FIRST);
      await expectOnce(FIRST);
    });

    it('TargetDisabled in the middle of a run: not one more object; TargetEnabled again: no gap', async () => {
      grow(FIRST + MORE);
      await backUp();
      await midway(FIRST + 2);
      await ask('TargetDisabled');
      await until('disabled', async () => (await show('late'))['state'] === 'disabled');
      // What was in progress has been broken off or has ended.
      await until('the lane is at rest', async () => {
        const before = await historyFacts(versity.client, late.bucket);
        await new Promise((resolve) => setTimeout(resolve, 500));
        return (await historyFacts(versity.client, late.bucket)).versions === before.versions;
      });
      const there = await rcloneDigests(late.place);
      expect(there.size).toBeGreaterThan(2 * FIRST);
      expect(await protectedTo()).toMatchObject({ isRunning: true });
      await ended(FIRST + MORE);
      await complete('steady', steady, FIRST + MORE);
      expect(await rcloneDigests(late.place)).toEqual(there);
      await ask('TargetEnabled');
      await expectOnce(FIRST + MORE);
    });

    it('happened by these five requests, and nothing twice', async () => {
      const events = await world.events();
      const applied = events.filter(({ type }) => type === 'RequestApplied');
      expect(applied).toHaveLength(5);
      expect(events.filter(({ type }) => type === 'RequestRefused')).toEqual([]);
      expect(effectsTwice(events)).toEqual([]);
      const ofTarget = events.filter(({ stream }) => stream === 'target-late').map(({ type }) => type);
      expect(ofTarget.filter((type) => /^Target(En|Dis)abled$/.test(type))).toEqual([
        'TargetEnabled',
        'TargetDisabled',
        'TargetEnabled',
      ]);
      expect(ofTarget.filter((type) => type === 'SegmentDelivered')).toHaveLength(FIRST + MORE);
    });
  },
);
