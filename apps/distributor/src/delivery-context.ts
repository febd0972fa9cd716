import { join } from 'node:path';
import { parseManifest } from '#libs/archive';
import { detailOf, type LiveEnvironment, type LiveTarget, type TargetCommand } from '#libs/domain';
import { isOurs, toInstant, type Instant } from '#libs/kernel';
import { LimitedObjectStore, RateLimit, type ObjectStore } from '#libs/object-store';
import {
  asTarget,
  holdsFileOf,
  isHeldIn,
  MANAGED,
  managedBucketOf,
  manifestFile,
  readRecorded,
  systemContext,
  type PlaceOwner,
  type ServicePorts,
} from '#libs/services';
import { DELIVERY_DEFAULTS, type DeliveryOptions } from './delivery.options.js';
import { ManagedManifests } from './managed-bucket/managed-manifests.js';
import { SharedReads } from './managed-bucket/shared-reads.js';
import { SideFiles } from './history/side-files.js';
import type { Pace } from './targets/transfer-pace.js';
import { TransferSlots } from './targets/transfer-slots.js';

/** What the lanes of the distributor need of the process. */
export type DeliveryPorts = Pick<
  ServicePorts,
  | 'catalogue'
  | 'clock'
  | 'gate'
  | 'histories'
  | 'home'
  | 'installation'
  | 'local'
  | 'log'
  | 'objects'
  | 'ownCredentials'
  | 'random'
  | 'reads'
  | 'store'
  | 'streams'
  | 'vault'
>;

/** What all lanes of the distributor share. */
export class DeliveryContext {
  readonly options: DeliveryOptions;
  readonly slots: TransferSlots;
  readonly shared: SharedReads;
  readonly sides: SideFiles;
  readonly manifests: ManagedManifests;
  private readonly chainIds = new Map<string, bigint>();
  private readonly overall: RateLimit | undefined;
  private readonly limits = new Map<string, Readonly<{ bytesPerSecond: number; limit: RateLimit }>>();

  constructor(
    readonly ports: DeliveryPorts,
    options: Partial<DeliveryOptions> = {},
  ) {
    this.options = { ...DELIVERY_DEFAULTS, ...options };
    this.slots = new TransferSlots(this.options.transfersMax);
    this.shared = new SharedReads(join(ports.home, 'shared-reads'), this.options.sharedBytesMax);
    this.manifests = new ManagedManifests(ports);
    this.sides = new SideFiles(ports);
    const { bytesPerSecondMax } = this.options;
    this.overall =
      bytesPerSecondMax === undefined ? undefined : new RateLimit(bytesPerSecondMax, ports.clock);
  }

  /** The place of a target, under the limit of all transfers and its own (`max_bytes_per_second`). */
  limited({ targetId, details }: LiveTarget, store: ObjectStore): ObjectStore {
    const own = detailOf(details, 'max_bytes_per_second');
    const limits = [
      ...(this.overall === undefined ? [] : [this.overall]),
      ...(own === undefined ? [] : [this.limitOf(targetId, own)]),
    ];
    return limits.length === 0 ? store : new LimitedObjectStore(store, limits);
  }

  /** The least rate of a transfer there; a limit that is set for it is not the fault of the place. */
  paceOf({ details }: LiveTarget): Pace {
    const { bytesPerSecondMax, transfersMax, transferBytesPerSecondMin, transferGraceMs } = this.options;
    const own = details['max_bytes_per_second'];
    const limits = [bytesPerSecondMax, typeof own === 'number' && own > 0 ? own : undefined];
    // Under a limit a transfer gets its part of it, and some of that is lost.
    const parts = limits.map((limit) => (limit === undefined ? Infinity : limit / (2 * transfersMax)));
    return { graceMs: transferGraceMs, bytesPerSecondMin: Math.min(transferBytesPerSecondMin, ...parts) };
  }

  private limitOf(targetId: string, bytesPerSecond: number): RateLimit {
    const known = this.limits.get(targetId);
    if (known?.bytesPerSecond === bytesPerSecond) return known.limit;
    const limit = new RateLimit(bytesPerSecond, this.ports.clock);
    this.limits.set(targetId, { bytesPerSecond, limit });
    return limit;
  }

  now(): Instant {
    return toInstant(this.ports.clock.nowMs());
  }

  async give(targetId: string, command: TargetCommand): Promise<void> {
    const context = systemContext(this.ports.clock, { correlationId: targetId });
    await this.ports.streams.targets.handle(targetId, command, context);
  }

  /** Who we are to the place of a target. */
  targetOwner(environment: LiveEnvironment, { epoch, targetId }: LiveTarget): Promise<PlaceOwner> {
    return this.owner(environment, { epoch, ...asTarget(targetId), isHeld: isHeldIn(this.ports) });
  }

  /** Who we are to the environment's own bucket. */
  managedOwner(environment: LiveEnvironment): Promise<PlaceOwner> {
    return this.owner(environment, { epoch: environment.managedEpoch ?? 1, holder: MANAGED });
  }

  private async owner(
    environment: LiveEnvironment,
    holder: Pick<PlaceOwner, 'epoch' | 'holder' | 'isHeld'>,
  ): Promise<PlaceOwner> {
    const { environmentId, genesis } = environment;
    const { state: backup } = await this.ports.streams.backups.load(environmentId);
    const genesisHash = backup.genesisHash ?? genesis?.genesisHash ?? 'unknown';
    const chainId = await this.chainIdOf(environment);
    const { installation } = this.ports;
    const known = chainId === undefined ? {} : { chainId };
    const holdsOurs = (store: ObjectStore) => holdsFileOf(this.ports, environmentId, store);
    return { environmentId, installation, genesisHash, ...holder, ...known, holdsOurs };
  }

  /** From the manifest of the first file; `undefined` as long as that cannot be read. */
  private async chainIdOf(environment: LiveEnvironment): Promise<bigint | undefined> {
    const { environmentId } = environment;
    const known = this.chainIds.get(environmentId);
    if (known !== undefined) return known;
    try {
      const [first] = (await this.ports.histories.read(environmentId)).entries;
      if (first === undefined) return undefined;
      const store = await managedBucketOf(environment, this.ports);
      const place = { store, environmentId };
      const found = await readRecorded(place, manifestFile(environmentId, first), this.ports);
      if (found === undefined) return undefined;
      const { chain_id: chainId } = parseManifest(found.bytes);
      if (chainId === '0') return undefined;
      this.chainIds.set(environmentId, BigInt(chainId));
      return BigInt(chainId);
    } catch (error) {
      if (isOurs(error)) throw error;
      // The managed bucket is down or damaged: that is reported where its files are needed.
      return undefined;
    }
  }
}
