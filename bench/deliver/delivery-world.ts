import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manifestKey, segmentKey } from '#libs/archive';
import { CommandNodeControllers } from '#libs/chain/adapters/command.node-controllers';
import { RpcChainNodes } from '#libs/chain/adapters/rpc.chain-nodes';
import type { SegmentRecord } from '#libs/domain';
import { MemoryEventStore } from '#libs/event-store/adapters/memory.event-store';
import { MemoryReadModelStore } from '#libs/event-store/adapters/memory.read-model-store';
import { MemoryVault } from '#libs/event-store/adapters/memory.vault';
import { sha256Hex, toInstant } from '#libs/kernel';
import { OwnsAll } from '#libs/messaging';
import {
  bodyFromBytes,
  LimitedObjectStore,
  ObjectStores,
  type ObjectStore,
  type BucketLocation,
} from '#libs/object-store';
import { ProviderObjectStores } from '#libs/object-store/adapters/provider.object-stores';
import { SystemClock } from '#libs/runtime';
import { createServicePorts, managedBucketOf, type ServicePorts } from '#libs/services';
import { MemoryLog } from '#libs/runtime/testing';
import { DistributorLanes } from '../../apps/distributor/src/distributor.lanes.js';
import { catalogueProjection, Projector } from '#libs/projections';
import { agreeOn, OPEN, recordNext, requestOf } from '../../libs/domain/src/backup/backup.testing.js';

/** Counts what is read of the managed bucket; everything else passes. */
class CountingStore extends LimitedObjectStore {
  bytesRead = 0;

  constructor(inner: ObjectStore) {
    super(inner, []);
  }

  override async *get(key: string, signal?: AbortSignal, into?: Buffer): AsyncGenerator<Uint8Array> {
    for await (const chunk of super.get(key, signal, into)) {
      this.bytesRead += chunk.byteLength;
      yield chunk;
    }
  }
}

class CountingStores extends ObjectStores {
  private readonly inner = new ProviderObjectStores();
  override readonly providers = this.inner.providers;
  private managed: CountingStore | undefined;

  override async open(place: BucketLocation): Promise<ObjectStore> {
    const store = await this.inner.open(place);
    return place.role === 'managed' ? (this.managed ??= new CountingStore(store)) : store;
  }

  /** Bytes read of the managed bucket since the last call. */
  take(): number {
    const { managed } = this;
    const read = managed?.bytesRead ?? 0;
    if (managed) managed.bytesRead = 0;
    return read;
  }
}

/**
 * The distributor's own lanes over real stores, with a history whose files are made up: what is measured is delivering,
 * not gathering.
 */
export class DeliveryWorld {
  readonly objects = new CountingStores();
  private readonly log = new MemoryLog();
  readonly ports: ServicePorts;
  private readonly projector: Projector;
  private readonly context = { actor: 'bench', correlationId: 'bench', at: toInstant(Date.now()) };

  private constructor(private readonly home: string) {
    const clock = new SystemClock();
    const everything = new OwnsAll();
    this.ports = createServicePorts({
      clock,
      log: this.log,
      random: Math.random,
      store: new MemoryEventStore(),
      vault: new MemoryVault(randomBytes(32)),
      readModels: new MemoryReadModelStore(),
      nodes: new RpcChainNodes({ clock }),
      controllers: new CommandNodeControllers(),
      objects: this.objects,
      home,
      staging: join(home, 'staging'),
      environmentOwnership: everything,
      targetOwnership: everything,
      installation: 'bench',
    });
    this.projector = new Projector(catalogueProjection, this.ports);
    this.projector.start();
  }

  static async create(): Promise<DeliveryWorld> {
    return new DeliveryWorld(await mkdtemp(join(tmpdir(), 'chainkeep-deliver-')));
  }

  async close(): Promise<void> {
    await this.projector.stop();
    await rm(this.home, { recursive: true, force: true });
  }

  /** Environment `e` with its managed bucket. */
  async environment({ provider, details, secrets }: BucketLocation): Promise<void> {
    const { at } = this.context;
    const { environments } = this.ports.streams;
    const secretRef = await this.ports.vault.put('environment:e', secrets);
    const managed = { provider: provider as 's3', details, secretRef };
    const description = { name: 'e', provider: 'geth', consensus: 'clique', managed } as const;
    const register = {
      type: 'RegisterEnvironment',
      environmentId: 'e',
      consortiumId: 'c',
      description,
      at,
    } as const;
    await environments.handle('e', register, this.context);
    await environments.handle('e', { type: 'ConfigureBackup', changes: { enabled: true }, at }, this.context);
  }

  /** Makes this number of files with this number of random bytes each, in the managed bucket and in the history. */
  async history(files: number, bytes: number): Promise<void> {
    const { state: environment } = await this.ports.streams.environments.load('e');
    if (environment.status === 'absent') throw new RangeError('There is no environment.');
    const managed = await managedBucketOf(environment, this.ports);
    const { backups } = this.ports.streams;
    for (let made = 0, run = 0; made < files; run += 1) {
      const runId = `run-${run}`;
      await backups.handle('e', { ...requestOf(runId, {}, OPEN), environmentId: 'e' }, this.context);
      const { state: requested } = await backups.load('e');
      const end = BigInt(Math.min(files, made + 50)) - 1n;
      const at = toInstant(Date.now());
      await backups.handle('e', agreeOn(requested, runId, { end, at, segmentBlocks: 1 }), this.context);
      for (; made <= Number(end); made += 1) {
        const command = recordNext((await backups.load('e')).state, { at });
        if (command === undefined) throw new RangeError('Nothing is planned.');
        const segment = await this.store(managed, command.segment, bytes);
        await backups.handle('e', { ...command, segment, environmentId: 'e' }, this.context);
      }
    }
  }

  private async store(managed: ObjectStore, planned: SegmentRecord, bytes: number): Promise<SegmentRecord> {
    const content = randomBytes(bytes);
    const key = segmentKey('e', planned.file);
    await managed.put(key, bodyFromBytes(content), 'if-absent');
    const manifest = Buffer.from(JSON.stringify({ file: planned.file, sha256: sha256Hex(content) }));
    await managed.put(manifestKey('e', planned.file), bodyFromBytes(manifest), 'if-absent');
    return { ...planned, key, bytes, sha256: sha256Hex(content) };
  }

  async target(targetId: string, { provider, details, secrets }: BucketLocation): Promise<void> {
    const { at } = this.context;
    const secretRef = await this.ports.vault.put(`member:${targetId}`, secrets);
    const description = {
      name: targetId,
      membershipId: targetId,
      provider: provider as 's3',
      details,
      destination: targetId,
      secretRef,
    };
    const register = {
      type: 'RegisterTarget',
      targetId,
      consortiumId: 'c',
      environmentId: 'e',
      description,
      at,
    } as const;
    const { targets } = this.ports.streams;
    await targets.handle(targetId, register, this.context);
    // Checked and compared just now, so that the bench measures files only.
    await targets.handle(targetId, { type: 'RecordCheck', ok: true, findings: [], at }, this.context);
    await targets.handle(targetId, { type: 'EnableTarget', at }, this.context);
    await this.ports.catalogue.waitFor(await this.ports.store.head());
  }

  async disable(targetId: string): Promise<void> {
    const { at } = this.context;
    await this.ports.streams.targets.handle(targetId, { type: 'DisableTarget', at }, this.context);
  }

  /** Lets the lanes of these targets run until each has `files`. Returns the seconds it took. */
  async deliver(targetIds: readonly string[], files: number): Promise<number> {
    const lanes = new DistributorLanes(this.ports);
    const startedMs = performance.now();
    for (const id of targetIds) lanes.targets.wake(id);
    await lanes.targets.idle();
    const seconds = (performance.now() - startedMs) / 1_000;
    await lanes.close();
    for (const id of targetIds) {
      const { state } = await this.ports.streams.targets.load(id);
      const has = state.status === 'absent' ? 0 : state.deliveredThrough + 1;
      if (has !== files)
        throw new RangeError(`${id} has ${has} of ${files} files: ${JSON.stringify(this.log.lines.at(-1))}`);
    }
    return seconds;
  }
}
