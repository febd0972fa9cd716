import { isSideFile, readmeKey } from '#libs/archive';
import type { LiveEnvironment } from '#libs/domain';
import { CodedError } from '#libs/kernel';
import { bodyFromBytes, type ObjectStore } from '#libs/object-store';
import { managedBucketOf, readSmall, type ServicePorts } from '#libs/services';
import { managedFailure } from '../managed-bucket/managed-file.js';
import { readmeOf } from './readme-text.js';

const KEYS_KEPT_MAX = 200;

/** The small files beside the segments (genesis, validator sets, README): every copy holds the present ones. */
export class SideFiles {
  /** Keys by environment, listed once for a state of the history and the genesis. */
  private readonly listed = new Map<string, Readonly<{ state: string; keys: readonly string[] }>>();

  constructor(private readonly ports: Pick<ServicePorts, 'home' | 'objects' | 'vault'>) {}

  /** Writes to a place of ours what it lacks of them; those that changed since are replaced. */
  async copyTo(
    to: ObjectStore,
    environment: LiveEnvironment,
    historyRevision: bigint,
    signal: AbortSignal,
  ): Promise<void> {
    await writeReadme(to, environment, signal);
    const managed = await managedBucketOf(environment, this.ports);
    const { environmentId, genesis } = environment;
    const state = `${historyRevision}/${genesis?.sha256 ?? ''}`;
    for (const key of await this.keys(managed, environmentId, state)) {
      const bytes = await readSmall(managed, key).catch((error: unknown) => {
        throw managedFailure(error, key);
      });
      if (bytes !== undefined) await replaceSmall(to, key, bytes, signal);
    }
  }

  private async keys(managed: ObjectStore, environmentId: string, state: string): Promise<readonly string[]> {
    const known = this.listed.get(environmentId);
    if (known?.state === state) return known.keys;
    const keys: string[] = [];
    try {
      for await (const { key } of managed.list(`${environmentId}/`)) {
        if (isSideFile(environmentId, key)) keys.push(key);
      }
    } catch (error) {
      throw managedFailure(error, `${environmentId}/`);
    }
    this.listed.delete(environmentId);
    this.listed.set(environmentId, { state, keys });
    const oldest = this.listed.size > KEYS_KEPT_MAX ? this.listed.keys().next() : undefined;
    if (oldest?.done === false) this.listed.delete(oldest.value);
    return keys;
  }
}

/** Puts the text for the finder where it is missing or out of date. */
export const writeReadme = (
  to: ObjectStore,
  environment: LiveEnvironment,
  signal: AbortSignal,
): Promise<void> =>
  replaceSmall(to, readmeKey(environment.environmentId), Buffer.from(readmeOf(environment)), signal);

const replaceSmall = async (
  to: ObjectStore,
  key: string,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> => {
  const head = await to.head(key);
  if (head !== undefined && (await readSmall(to, key))?.equals(bytes)) return;
  const condition = head === undefined ? 'if-absent' : { ifMatch: head.etag };
  const { outcome } = await to.put(key, bodyFromBytes(bytes), condition, signal);
  if (outcome === 'refused')
    throw new CodedError('TARGET_UNAVAILABLE', `${key} changed while Chainkeep was writing it.`);
};
