import { join } from 'node:path';
import type { LiveEnvironment, LiveTarget } from '#libs/domain';
import type { SecretRef } from '#libs/event-store';
import { CodedError } from '#libs/kernel';
import type { BucketLocation, Space } from '#libs/object-store';
import { managedLocationOf } from './managed-bucket.js';
import type { ServicePorts } from './service-ports.js';

type Parts = Pick<ServicePorts, 'home' | 'local' | 'objects' | 'reads' | 'streams' | 'vault'>;

/** A place that somebody wants: the id of the target, or of the environment where it is its managed bucket. */
export type WantedPlace = Readonly<{ id: string; environmentId: string; location: BucketLocation }>;

type Taken = Readonly<{ holder: 'managed' | 'target'; environmentId: string; space: Space }>;

const TAKEN_BY = { managed: 'the managed bucket of an environment', target: 'another target' } as const;

/** Below these the system shows itself as files. */
const SYSTEM = ['proc', 'sys', 'dev'];

const isBelow = (folder: string, above: string): boolean =>
  above === '' || folder === above || folder.startsWith(`${above}/`);

/** Where the files of an environment lie. */
const filesOf = ({ folder }: Space, environmentId: string): string =>
  [...(folder === '' ? [] : [folder]), environmentId].join('/');

const overlap = (one: string, other: string): boolean => isBelow(one, other) || isBelow(other, one);

/** Where buckets may be: directories below allowed folders, and no two places over each other. */
export class PlaceRules {
  constructor(private readonly parts: Parts) {}

  /** Throws TARGET_PATH_REFUSED for a directory elsewhere, TARGET_OVERLAPS for a place that is taken. */
  async assertAllowed(wanted: WantedPlace): Promise<void> {
    if (wanted.location.role === 'target' && this.isDirectory(wanted.location))
      await this.assertFolder(wanted, await this.spaceOf(wanted.location));
    await this.assertFree(wanted);
  }

  /** Throws TARGET_OVERLAPS for a place that is taken; with `beside: 'targets'` only when it is a managed bucket. */
  async assertFree(wanted: WantedPlace, beside?: 'targets'): Promise<void> {
    const space = await this.spaceOf(wanted.location);
    const files = filesOf(space, wanted.environmentId);
    for await (const taken of this.taken(wanted)) {
      if (taken.space.store !== space.store || !overlap(files, filesOf(taken.space, taken.environmentId)))
        continue;
      if (taken.holder === 'target' && beside === 'targets') continue;
      throw new CodedError('TARGET_OVERLAPS', `The location overlaps ${TAKEN_BY[taken.holder]}.`);
    }
  }

  /** Is the directory where the API may put one today? Older versions let it be anywhere. */
  async isInAllowedFolder(wanted: WantedPlace): Promise<boolean> {
    if (!this.isDirectory(wanted.location)) return true;
    const space = await this.spaceOf(wanted.location);
    return (await this.isSpelled(wanted, space)) || (await this.isBelowRoot(wanted, space));
  }

  private isDirectory({ provider }: BucketLocation): boolean {
    return this.parts.objects.providers.get(provider).isDirectory === true;
  }

  private get roots(): readonly string[] {
    return this.parts.local?.directoryRoots ?? [join(this.parts.home, 'targets')];
  }

  private folderOf(location: BucketLocation, path: string): Promise<Space> {
    return this.spaceOf({ ...location, details: { path }, secrets: {} });
  }

  private async assertFolder(wanted: WantedPlace, space: Space): Promise<void> {
    if (await this.isSpelled(wanted, space)) return;
    const { folder: home } = await this.folderOf(wanted.location, this.parts.home);
    const isOurs = isBelow(space.folder, home) && !isBelow(space.folder, `${home}/targets`);
    const isSystem = SYSTEM.some((each) => isBelow(space.folder, each));
    if (!isOurs && !isSystem && (await this.isBelowRoot(wanted, space))) return;
    throw new CodedError(
      'TARGET_PATH_REFUSED',
      `Directory targets must be below ${this.roots.join(' or ') || 'a folder that the network file allows'}.`,
    );
  }

  private async isBelowRoot({ location }: WantedPlace, { folder }: Space): Promise<boolean> {
    for (const root of this.roots) {
      if (isBelow(folder, (await this.folderOf(location, root)).folder)) return true;
    }
    return false;
  }

  private async isSpelled({ id, location }: WantedPlace, { folder }: Space): Promise<boolean> {
    const spelled = this.parts.local?.targets.get(id);
    if (spelled?.provider !== location.provider) return false;
    return (await this.spaceOf({ ...location, ...spelled, secrets: {} })).folder === folder;
  }

  private async spaceOf(location: BucketLocation): Promise<Space> {
    const provider = this.parts.objects.providers.get(location.provider);
    return (await provider.space?.(location)) ?? { store: provider.destination(location), folder: '' };
  }

  /** Every place in use, but the wanted one's own. */
  private async *taken({ id, location: { role } }: WantedPlace): AsyncGenerator<Taken> {
    for await (const [ownerId, taken] of this.managedPlaces())
      if (role !== 'managed' || ownerId !== id) yield taken;
    for await (const [ownerId, taken] of this.targetPlaces())
      if (role !== 'target' || ownerId !== id) yield taken;
  }

  private async *managedPlaces(): AsyncGenerator<readonly [id: string, taken: Taken]> {
    const { reads, streams } = this.parts;
    for (const { environmentId } of await reads.list('catalogue', 'environment')) {
      const { state } = await streams.environments.load(environmentId);
      const space = state.status === 'live' ? await this.managedSpace(state) : undefined;
      if (space) yield [environmentId, { holder: 'managed', environmentId, space }];
    }
  }

  private async *targetPlaces(): AsyncGenerator<readonly [id: string, taken: Taken]> {
    const { reads, streams } = this.parts;
    for (const { configurationId, kind, removed } of await reads.list('catalogue', 'configuration')) {
      if (kind !== 'target' || removed) continue;
      const { state } = await streams.targets.load(configurationId);
      const space = state.status === 'live' ? await this.targetSpace(state) : undefined;
      if (space && state.status === 'live')
        yield [configurationId, { holder: 'target', environmentId: state.environmentId, space }];
    }
  }

  /** `undefined` where its secrets can't be read, or its details are not valid any more. */
  private async managedSpace(environment: LiveEnvironment): Promise<Space | undefined> {
    try {
      return await this.spaceOf(await managedLocationOf(environment, this.parts));
    } catch {
      return undefined;
    }
  }

  private async targetSpace({ provider, details, secretRef }: LiveTarget): Promise<Space | undefined> {
    try {
      const secrets = secretRef === undefined ? {} : await this.parts.vault.get(secretRef as SecretRef);
      return await this.spaceOf({ provider, details, secrets, role: 'target' });
    } catch {
      return undefined;
    }
  }
}
