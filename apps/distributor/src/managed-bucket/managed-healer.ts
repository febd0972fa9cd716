import type { FaultKind, HistoryEntry, LiveEnvironment, LiveTarget } from '#libs/domain';
import { CodedError, isOurs, toCodedError } from '#libs/kernel';
import { digestOf, type ObjectInfo, type ObjectStore } from '#libs/object-store';
import { manifestFile, openTarget, readRecorded } from '#libs/services';
import { manifestsDue } from '../targets/audit-target.js';
import { listedObjects } from '../targets/listed-objects.js';
import type { DeliveryContext } from '../delivery-context.js';

type Damage = Readonly<{ entry: HistoryEntry; kind: FaultKind; there: ObjectInfo | undefined }>;
type Managed = Readonly<{ environment: LiveEnvironment; store: ObjectStore; signal: AbortSignal }>;

/**
 * Compares the managed bucket with the history and heals it from members' copies. A member's copy is believed only as
 * far as its digest is the recorded one.
 */
export class ManagedHealer {
  private readonly lastAt = new Map<string, number>();
  /** Requested before it is due; `true` when every byte must be read back. */
  private readonly asked = new Map<string, boolean>();

  constructor(private readonly context: DeliveryContext) {}

  /** The next step looks, due or not; with `readBack` it reads every byte. */
  ask(environmentId: string, readBack: boolean): void {
    this.asked.set(environmentId, readBack || this.asked.get(environmentId) === true);
  }

  /**
   * Compares the small files, and audits and heals when it is due; MANAGED_OBJECT_DAMAGED when a file has no good copy
   * anywhere.
   */
  async look(managed: Managed): Promise<void> {
    const { environmentId } = managed.environment;
    const { clock } = this.context.ports;
    const lost = await this.lostSides(managed);
    const since = clock.monotonicMs() - (this.lastAt.get(environmentId) ?? -Infinity);
    const readBack = this.asked.get(environmentId);
    const isDue = readBack !== undefined || since >= this.context.options.auditEveryMs;
    if (isDue) lost.push(...(await this.audit(managed, readBack === true)));
    if (lost.length === 0) return;
    throw new CodedError(
      'MANAGED_OBJECT_DAMAGED',
      `No target has a good copy of ${lost.slice(0, 5).join(', ')}.`,
      {
        context: { environmentId, files: lost.length },
      },
    );
  }

  /** Compares all files; the names of those that have no good copy anywhere. */
  private async audit(managed: Managed, readBack: boolean): Promise<readonly string[]> {
    const { environmentId } = managed.environment;
    this.asked.delete(environmentId);
    const lost: string[] = [];
    const { damages, manifests } = await this.damages(managed, readBack);
    for (const damage of damages) {
      if (!(await this.restore(managed, damage))) lost.push(damage.entry.file);
    }
    for (const damage of manifests) {
      if (!(await this.restoreManifest(managed, damage)))
        lost.push(manifestFile(environmentId, damage.entry).key);
    }
    this.lastAt.set(environmentId, this.context.ports.clock.monotonicMs());
    return lost;
  }

  private async lostSides({ environment, store }: Managed): Promise<string[]> {
    const { environmentId } = environment;
    const { ports, sides } = this.context;
    const lost: string[] = [];
    for (const file of await sides.of(environment)) {
      if ((await readRecorded({ store, environmentId }, file, ports)) === undefined) lost.push(file.key);
    }
    return lost;
  }

  /** True when it is as recorded, or is again. */
  private async restoreManifest({ environment, store }: Managed, damage: Damage): Promise<boolean> {
    const { ports } = this.context;
    const { environmentId } = environment;
    const file = manifestFile(environmentId, damage.entry);
    const found = await readRecorded({ store, environmentId }, file, ports);
    if (found?.restoredFrom === undefined) return found !== undefined;
    const { state: target } = await ports.streams.targets.load(found.restoredFrom);
    if (target.status === 'live') await this.record(target, damage);
    return true;
  }

  private async damages(
    { environment, store, signal }: Managed,
    readBack: boolean,
  ): Promise<Readonly<{ damages: readonly Damage[]; manifests: readonly Damage[] }>> {
    const { environmentId } = environment;
    const { entries } = await this.context.ports.histories.read(environmentId);
    const wanted = entries.flatMap((entry) => [entry.key, manifestFile(environmentId, entry).key]);
    const { found: listed } = await listedObjects(store, `${environmentId}/`, new Set(wanted), signal);
    const damages: Damage[] = [];
    const manifests: Damage[] = [];
    const isDue = manifestsDue(entries.length, this.context.ports.clock.nowMs());
    for (const entry of entries) {
      signal.throwIfAborted();
      const there = listed.get(entry.key);
      const hasManifest = listed.has(manifestFile(environmentId, entry).key);
      if (!hasManifest || readBack || isDue(entry.ordinal))
        manifests.push({ entry, kind: hasManifest ? 'altered' : 'missing', there });
      if (there === undefined) damages.push({ entry, kind: 'missing', there });
      else if (there.bytes !== entry.bytes) damages.push({ entry, kind: 'altered', there });
      else if (readBack && (await digestOf(store, entry.key, signal, entry.bytes)).sha256 !== entry.sha256)
        damages.push({ entry, kind: 'altered', there });
    }
    return { damages, manifests };
  }

  /** Tries the targets that have the file, one after another. */
  private async restore(managed: Managed, damage: Damage): Promise<boolean> {
    const { ports } = this.context;
    const { environmentId } = managed.environment;
    for (const { configurationId } of await ports.catalogue.targets(environmentId)) {
      const { state: target } = await ports.streams.targets.load(configurationId);
      if (target.status !== 'live' || target.deliveredThrough < damage.entry.ordinal) continue;
      try {
        await this.copyBack(managed, damage, await openTarget(target, ports));
      } catch (error) {
        managed.signal.throwIfAborted();
        if (isOurs(error)) throw error;
        const { code } = toCodedError(error);
        ports.log.warn('A copy could not be used to heal the managed bucket.', {
          target: configurationId,
          code,
          error,
        });
        continue;
      }
      await this.record(target, damage);
      return true;
    }
    return false;
  }

  private async record(target: LiveTarget, { entry, kind }: Damage): Promise<void> {
    const { file, ordinal, sha256 } = entry;
    this.context.ports.log.warn('A file of the managed bucket was restored from a copy.', { file, kind });
    const at = this.context.now();
    await this.context.give(target.targetId, { type: 'RecordRestored', file, ordinal, kind, sha256, at });
  }

  /** `put` refuses bytes that are not the recorded ones: nothing unverified gets in. */
  private async copyBack({ store, signal }: Managed, { entry, there }: Damage, copy: ObjectStore) {
    const { key, bytes, sha256 } = entry;
    const isIntact = there !== undefined && (await digestOf(store, key, signal, bytes)).sha256 === sha256;
    if (isIntact) return;
    const body = { bytes, sha256, retain: true, open: () => copy.get(key, signal) };
    const condition = there === undefined ? 'if-absent' : { ifMatch: there.etag };
    const { outcome } = await store.put(key, body, condition, signal);
    if (outcome === 'refused')
      throw new CodedError('TARGET_UNAVAILABLE', `${key} changed while Chainkeep was healing it.`);
  }
}
