import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeControllers, NodeControllerSpec } from '#libs/chain';
import { CommandNodeControllers } from '#libs/chain/adapters/command.node-controllers';
import { RpcChainNodes } from '#libs/chain/adapters/rpc.chain-nodes';
import type { EnvironmentDescription, NodeRole, RunRequest } from '#libs/domain';
import { STALL_TIMEOUT_MS, type BackupSettings } from '#libs/domain';
import { MemoryEventStore } from '#libs/event-store/adapters/memory.event-store';
import { MemoryReadModelStore } from '#libs/event-store/adapters/memory.read-model-store';
import { MemoryVault } from '#libs/event-store/adapters/memory.vault';
import type { EventStore } from '#libs/event-sourcing';
import { toCodedError, toInstant, type Clock } from '#libs/kernel';
import { OwnsAll } from '#libs/messaging';
import { ObjectStores, Providers, type ObjectStore, type BucketLocation } from '#libs/object-store';
import { BUILT_IN_PROVIDERS } from '#libs/object-store/adapters/built-in.providers';
import { MemoryObjectStore } from '#libs/object-store/adapters/memory.object-store';
import { SystemClock } from '#libs/runtime';
import { createServicePorts, type ServicePorts } from '#libs/services';
import { MemoryLog } from '#libs/runtime/testing';
import { ResolveHandler } from '../../../apps/consensus-resolver/src/resolve.handler.js';
import { DeliveryContext } from '../../../apps/distributor/src/delivery-context.js';
import { DeliverHandler } from '../../../apps/distributor/src/targets/deliver.handler.js';
import { ExportHandler } from '../../../apps/exporter/src/export.handler.js';
import { MonitorHalt } from '../../../apps/exporter/src/client-export/monitor-halt.js';
import { SegmentExporter } from '../../../apps/exporter/src/segment/segment-exporter.js';

const STEPS_MAX = 5_000;

/** Places in memory, one store per path. */
export class MemoryObjectStores extends ObjectStores {
  override readonly providers = new Providers(BUILT_IN_PROVIDERS);
  readonly stores = new Map<string, ObjectStore>();

  override async open({ details }: BucketLocation): Promise<ObjectStore> {
    const path = String(details['path']);
    const store = this.stores.get(path) ?? new MemoryObjectStore();
    this.stores.set(path, store);
    return store;
  }
}

/**
 * The real handlers over memory adapters and nodes given by URL: a run is stepped by hand, so that a test decides what
 * happens between any two steps. Nothing of what is tested is replaced.
 */
export class BackupWorld {
  readonly log = new MemoryLog();
  readonly objects = new MemoryObjectStores();
  ports!: ServicePorts;
  /** Node controllers of the local file; a test may put others here and `reopen`. */
  controllers: NodeControllers = new CommandNodeControllers();
  private runs = 0;

  private constructor(
    readonly store: EventStore,
    private readonly home: string,
    private readonly clock: Clock,
  ) {
    this.reopen();
  }

  static async create(clock: Clock = new SystemClock()): Promise<BackupWorld> {
    return new BackupWorld(new MemoryEventStore(), await mkdtemp(join(tmpdir(), 'world-')), clock);
  }

  /** As after a restart: nothing is kept but the stores. */
  reopen(): void {
    const { clock } = this;
    this.ports = createServicePorts({
      clock,
      log: this.log,
      random: () => 0.5,
      store: this.store,
      vault: new MemoryVault(Buffer.alloc(32, 7)),
      readModels: new MemoryReadModelStore(),
      nodes: new RpcChainNodes({ clock }),
      controllers: this.controllers,
      objects: this.objects,
      home: this.home,
      staging: join(this.home, 'staging'),
      environmentOwnership: new OwnsAll(),
      targetOwnership: new OwnsAll(),
      installation: 'installation',
    });
  }

  async close(): Promise<void> {
    await this.ports.nodes.closeAll();
    await rm(this.home, { recursive: true, force: true });
  }

  context() {
    const at = toInstant(this.ports.clock.nowMs());
    return { at, context: { actor: 'test', correlationId: 'test', at } };
  }

  /** Registers environment `e` with a monitor and validators by URL, backups enabled. */
  async environment(
    nodes: readonly (readonly [id: string, role: NodeRole, url: string])[],
    changes: Partial<BackupSettings> = {},
    client: Pick<EnvironmentDescription, 'provider' | 'consensus'> = {
      provider: 'geth',
      consensus: 'clique',
    },
  ): Promise<void> {
    const { at, context } = this.context();
    const { environments } = this.ports.streams;
    const description = { name: 'e', ...client };
    const register = {
      type: 'RegisterEnvironment',
      environmentId: 'e',
      consortiumId: 'c',
      description,
      at,
    } as const;
    await environments.handle('e', register, context);
    for (const [nodeId, role, rpc] of nodes) {
      const node = { nodeId, name: nodeId, role, urls: { rpc } };
      await environments.handle('e', { type: 'RegisterNode', node, at }, context);
    }
    await this.configure({ enabled: true, ...changes });
  }

  async configure(changes: Partial<BackupSettings>): Promise<void> {
    const { at, context } = this.context();
    await this.ports.streams.environments.handle('e', { type: 'ConfigureBackup', changes, at }, context);
  }

  /** Gives monitor `nodeId` a controller of the local file, and resets it. */
  async control(nodeId: string, rpc: string, spec: NodeControllerSpec): Promise<void> {
    this.controllers = new CommandNodeControllers({ unit: spec });
    this.reopen();
    const { at, context } = this.context();
    const { environments } = this.ports.streams;
    const node = { nodeId, name: nodeId, role: 'monitor', urls: { rpc }, controller: 'unit' } as const;
    await environments.handle('e', { type: 'ChangeNode', node, at }, context);
    await environments.handle('e', { type: 'ResetMonitor', nodeId, how: 're-probed', at }, context);
  }

  async target(targetId: string, enabled = true): Promise<void> {
    const { at, context } = this.context();
    const description = {
      name: targetId,
      membershipId: 'm',
      provider: 'directory',
      details: { path: `/${targetId}` },
      destination: targetId,
    } as const;
    const register = {
      type: 'RegisterTarget',
      targetId,
      consortiumId: 'c',
      environmentId: 'e',
      description,
      at,
    } as const;
    await this.ports.streams.targets.handle(targetId, register, context);
    if (enabled) await this.ports.streams.targets.handle(targetId, { type: 'EnableTarget', at }, context);
  }

  async request(request: Partial<RunRequest> = {}): Promise<void> {
    const { at, context } = this.context();
    const { state } = await this.ports.streams.environments.load('e');
    if (state.status === 'absent') return;
    this.runs += 1;
    const run: RunRequest = {
      runId: `run-${this.runs}`,
      trigger: 'manual',
      attempt: 0,
      requestedAt: at,
      ...request,
    };
    const gate = { settings: state.settings, monitorResetRequired: false, removed: false };
    const command = { type: 'RequestBackup', environmentId: 'e', request: run, gate } as const;
    await this.ports.streams.backups.handle('e', command, context);
  }

  /** Steps resolver and exporter until neither has anything to do; failures go where the lanes would take them. */
  async settle(stepsMax = STEPS_MAX): Promise<void> {
    const resolver = new ResolveHandler(this.ports);
    const halts = new MonitorHalt(this.ports);
    const exporter = new ExportHandler(
      this.ports,
      new SegmentExporter(this.ports, halts, { noteEveryMs: STALL_TIMEOUT_MS, monitorShare: 1 }),
      halts,
    );
    for (let steps = 0; steps < stepsMax; steps += 1) {
      const moves = await Promise.all([resolver, exporter].map((handler) => this.stepOnce(handler)));
      if (moves.every((move) => move === 'idle')) return;
    }
  }

  private async stepOnce(handler: ResolveHandler | ExportHandler): Promise<'more' | 'idle'> {
    try {
      return await handler.step('e', new AbortController().signal);
    } catch (error) {
      // The last attempt: what a lane does when its retries are used up.
      await handler.failed('e', toCodedError(error), 99);
      return 'more';
    }
  }

  async deliver(targetId: string): Promise<void> {
    const handler = new DeliverHandler(new DeliveryContext(this.ports));
    for (let steps = 0; steps < STEPS_MAX; steps += 1) {
      if ((await handler.step(targetId, new AbortController().signal)) === 'idle') return;
    }
  }

  async backup() {
    return (await this.ports.streams.backups.load('e')).state;
  }

  /** All events of environment `e`'s backups. */
  async events(): Promise<{ type: string; data: Record<string, unknown> }[]> {
    const events: { type: string; data: Record<string, unknown> }[] = [];
    for await (const { type, data } of this.store.readStream('backup-e')) {
      events.push({ type, data: data as Record<string, unknown> });
    }
    return events;
  }

  async lastEvent() {
    return (await this.events()).at(-1);
  }
}
