/** @proves With 51 environments on two partitions, a slow environment and a dead target delay no other (SIMULATED nodes). */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamicModule, INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { MemoryStoreMemory } from '#libs/event-store/adapters/memory.store-memory';
import { CommandNodeControllers } from '#libs/chain/adapters/command.node-controllers';
import { RpcChainNodes } from '#libs/chain/adapters/rpc.chain-nodes';
import { MemoryDeadLetterSink } from '#libs/event-store/adapters/memory.dead-letter-sink';
import { MemoryEventStore } from '#libs/event-store/adapters/memory.event-store';
import { MemoryReadModelStore } from '#libs/event-store/adapters/memory.read-model-store';
import { MemoryVault } from '#libs/event-store/adapters/memory.vault';
import { START } from '#libs/event-sourcing';
import { toInstant } from '#libs/kernel';
import { ensureTopics, TOPICS } from '#libs/messaging';
import { KafkaBusServer } from '#libs/messaging/adapters/kafka-bus.server';
import type { ObjectBody, ObjectStore, BucketLocation, PutCondition } from '#libs/object-store';
import { SystemClock } from '#libs/runtime';
import { createServicePorts, type Adapters, type ServicePorts } from '#libs/services';
import { MemoryLog } from '#libs/runtime/testing';
import { ConsensusResolverModule } from '../../apps/consensus-resolver/src/consensus-resolver.module.js';
import { DistributorModule } from '../../apps/distributor/src/distributor.module.js';
import { ExporterModule } from '../../apps/exporter/src/exporter.module.js';
import { HistoryProjectorModule } from '../../apps/history-projector/src/index.js';
import { RelayModule } from '../../apps/relay/src/relay.module.js';
import { MemoryObjectStores } from '../support/worlds/backup-world.js';
import { eventually } from '../support/checks/eventually.js';
import { KafkaBroker } from '../support/servers/kafka-broker.js';
import { settingsFor } from '../support/worlds/kafka-bench.js';
import { describeWith } from '../support/servers/real-servers.js';
import {
  startSimulatedNode,
  syntheticChain,
  type SimulatedNode,
} from '../support/simulated/simulated-node.js';

const QUICK = Array.from({ length: 50 }, (_, index) => `quick-${index}`);
const SLOW = 'slow';
const DEAD = 'target-quick-0';
const PARTITIONS = 2;
const QUICK_BLOCKS = 10;
const WAIT_MS = 180_000;
const SLOW_BLOCKS = 2_000;

/** Puts to the dead target never end, as on a link that swallows everything. */
class StoresWithOneDead extends MemoryObjectStores {
  override async open(place: BucketLocation): Promise<ObjectStore> {
    const store = await super.open(place);
    if (place.details['path'] !== `/${DEAD}`) return store;
    const put = async (_key: string, _body: ObjectBody, _condition: PutCondition, signal?: AbortSignal) =>
      new Promise<never>((_resolve, reject) => {
        signal?.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      });
    return Object.assign(Object.create(store) as ObjectStore, { put });
  }
}

/** Real Kafka and the real services in one process; the nodes are SIMULATED, the stores lie in memory. */
describeWith('kafka')('51 environments on 2 partitions, one throttled to 1 block/s, one target dead', () => {
  let broker: KafkaBroker;
  let folder: string;
  let quick: SimulatedNode;
  let slow: SimulatedNode;
  let ports: ServicePorts;
  const log = new MemoryLog();
  const clock = new SystemClock();
  const store = new MemoryEventStore();
  const apps: INestApplicationContext[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lanes-'));
    broker = await KafkaBroker.start();
    quick = await startSimulatedNode({ chain: syntheticChain({ blocks: QUICK_BLOCKS }), nodeId: 'quick' });
    slow = await startSimulatedNode({ chain: syntheticChain({ blocks: SLOW_BLOCKS }), nodeId: 'slow' });
    slow.rpc.faults = { msPerBlock: 1_000 };
    const kafka = settingsFor(broker, PARTITIONS);
    await ensureTopics(kafka, { clock, log });
    const adapters = adaptersOf();
    const services = [
      ['consensus-resolver', [TOPICS.events], (to: ServicePorts) => ConsensusResolverModule.register(to)],
      ['exporter', [TOPICS.events], (to: ServicePorts) => ExporterModule.register(to)],
      [
        'distributor',
        [TOPICS.events, TOPICS.deliveries],
        (to: ServicePorts) => DistributorModule.register(to),
      ],
    ] as const;
    for (const [service, topics, register] of services) {
      const deadLetters = new MemoryDeadLetterSink();
      const bus = new KafkaBusServer({ service, kafka, topics, deadLetters, clock, log });
      const environmentOwnership = bus.ownership(TOPICS.events);
      const targetOwnership = bus.ownership(topics.at(-1) ?? TOPICS.events);
      ports = createServicePorts({ ...adapters, environmentOwnership, targetOwnership });
      apps.push(await listen(register(ports), bus));
    }
    const contexts = [
      HistoryProjectorModule.register(ports),
      RelayModule.register({ ...ports, storeMemory: new MemoryStoreMemory() }, kafka),
    ];
    for (const module of contexts)
      apps.push(await NestFactory.createApplicationContext(module, { logger: false }));
  });
  afterAll(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await ports.nodes.closeAll();
    await Promise.all([quick.close(), slow.close(), broker.remove()]);
    await rm(folder, { recursive: true, force: true });
  });

  const adaptersOf = (): Omit<Adapters, 'environmentOwnership' | 'targetOwnership'> => ({
    clock,
    log,
    random: Math.random,
    store,
    vault: new MemoryVault(Buffer.alloc(32, 7)),
    readModels: new MemoryReadModelStore(),
    nodes: new RpcChainNodes({ clock }),
    controllers: new CommandNodeControllers(),
    objects: new StoresWithOneDead(),
    home: folder,
    staging: join(folder, 'staging'),
    installation: 'installation',
  });

  const listen = async (module: DynamicModule, bus: KafkaBusServer): Promise<INestApplicationContext> => {
    const app = await NestFactory.createMicroservice(module, { strategy: bus, logger: false });
    await app.listen();
    return app;
  };

  const at = () => toInstant(clock.nowMs());
  const context = () => ({ actor: 'test', correlationId: 'test', at: at() });

  /** An environment with a monitor, a validator and a target, enabled. */
  const register = async (environmentId: string, url: string): Promise<void> => {
    const { environments, targets } = ports.streams;
    const description = { name: environmentId, provider: 'geth', consensus: 'clique' } as const;
    const born = { type: 'RegisterEnvironment', environmentId, consortiumId: 'c', description } as const;
    await environments.handle(environmentId, { ...born, at: at() }, context());
    for (const [nodeId, role] of [
      ['monitor', 'monitor'],
      ['v1', 'validator'],
    ] as const) {
      const node = { nodeId, name: nodeId, role, urls: { rpc: url } };
      await environments.handle(environmentId, { type: 'RegisterNode', node, at: at() }, context());
    }
    const changes = { enabled: true } as const;
    await environments.handle(environmentId, { type: 'ConfigureBackup', changes, at: at() }, context());
    const targetId = `target-${environmentId}`;
    const place = {
      provider: 'directory',
      details: { path: `/${targetId}` },
      destination: targetId,
    } as const;
    const target = { name: targetId, membershipId: 'm', ...place };
    const made = { type: 'RegisterTarget', targetId, consortiumId: 'c', environmentId } as const;
    await targets.handle(targetId, { ...made, description: target, at: at() }, context());
    await targets.handle(targetId, { type: 'EnableTarget', at: at() }, context());
  };

  const request = async (environmentId: string): Promise<void> => {
    const { state } = await ports.streams.environments.load(environmentId);
    if (state.status === 'absent') return;
    const run = { runId: `run-${environmentId}`, trigger: 'manual', attempt: 0, requestedAt: at() } as const;
    const gate = { settings: state.settings, monitorResetRequired: false, removed: false };
    const command = { type: 'RequestBackup', environmentId, request: run, gate } as const;
    await ports.streams.backups.handle(environmentId, command, context());
  };

  const streamsWith = async (type: string): Promise<ReadonlySet<string>> => {
    const events = await store.readAll(START, 100_000);
    return new Set(events.filter((event) => event.type === type).map(({ stream }) => stream));
  };

  it('delays nobody else: every other one is backed up and delivered while both are still at work', async () => {
    for (const id of [SLOW, ...QUICK]) await register(id, id === SLOW ? slow.url : quick.url);
    await request(SLOW);
    await eventually('the slow one is being gathered', WAIT_MS, async () => slow.rpc.counts.rawBlocks > 0);
    await Promise.all(QUICK.map(request));
    await eventually(
      'all quick ones are backed up',
      WAIT_MS,
      async () => (await streamsWith('BackupCompleted')).size >= 50,
    );
    await eventually(
      'all other targets have their file',
      WAIT_MS,
      async () => (await streamsWith('SegmentDelivered')).size >= 49,
    );
    expect(await streamsWith('BackupCompleted')).toEqual(new Set(QUICK.map((id) => `backup-${id}`)));
    expect((await streamsWith('SegmentDelivered')).has(`target-${DEAD}`)).toBe(false);
    expect((await ports.streams.backups.load(SLOW)).state).toMatchObject({ status: 'exporting', done: 0 });
    expect(await streamsWith('BackupFailed')).toEqual(new Set());
  });
});
