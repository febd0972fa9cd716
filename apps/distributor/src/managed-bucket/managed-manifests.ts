import { manifestKey } from '#libs/archive';
import type { ObjectStore } from '#libs/object-store';
import { readSmall } from '#libs/services';
import { managedFailure } from './managed-file.js';

const KEPT_MAX = 64;

/** Manifests of the managed buckets: each is read once for the targets that want it at about the same time. */
export class ManagedManifests {
  private readonly kept = new Map<string, Promise<Buffer>>();

  /** Rejects with MANAGED_UNAVAILABLE or MANAGED_OBJECT_DAMAGED. */
  async read(from: ObjectStore, environmentId: string, file: string): Promise<Buffer> {
    const key = manifestKey(environmentId, file);
    const reading = this.kept.get(key) ?? this.start(from, key);
    try {
      return await reading;
    } catch (error) {
      if (this.kept.get(key) === reading) this.kept.delete(key);
      throw error;
    }
  }

  private start(from: ObjectStore, key: string): Promise<Buffer> {
    const reading = readSmall(from, key).then(
      (bytes) => {
        if (bytes === undefined) throw managedFailure(undefined, key);
        return bytes;
      },
      (error: unknown) => {
        throw managedFailure(error, key);
      },
    );
    this.kept.set(key, reading);
    const oldest = this.kept.size > KEPT_MAX ? this.kept.keys().next() : undefined;
    if (oldest?.done === false) this.kept.delete(oldest.value);
    return reading;
  }
}
