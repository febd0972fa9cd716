import { isOurs, keepNewest } from '#libs/kernel';
import type { ObjectStore } from '#libs/object-store';
import { readRecorded, type CopyParts, type RecordedFile } from '#libs/services';
import { managedFailure } from './managed-file.js';

const KEPT_MAX = 64;

type Place = Readonly<{ store: ObjectStore; environmentId: string }>;

/** Manifests as they were recorded: each is read once for the targets that want it at about the same time. */
export class ManagedManifests {
  private readonly kept = new Map<string, Promise<Buffer>>();

  constructor(private readonly parts: CopyParts) {}

  /** Rejects with MANAGED_UNAVAILABLE, or MANAGED_OBJECT_DAMAGED when no copy of it is as recorded. */
  async read(from: Place, file: RecordedFile): Promise<Buffer> {
    const reading = this.kept.get(file.key) ?? this.start(from, file);
    try {
      return await reading;
    } catch (error) {
      if (this.kept.get(file.key) === reading) this.kept.delete(file.key);
      throw error;
    }
  }

  private start(from: Place, file: RecordedFile): Promise<Buffer> {
    const reading = readManaged(from, file, this.parts);
    keepNewest(this.kept, file.key, reading, KEPT_MAX);
    return reading;
  }
}

/** `readRecorded`; what goes wrong is a fault of the managed bucket. */
export const readManaged = async (from: Place, file: RecordedFile, parts: CopyParts): Promise<Buffer> => {
  const found = await readRecorded(from, file, parts).catch((error: unknown) => {
    throw isOurs(error) ? error : managedFailure(error, file.key);
  });
  if (found === undefined) throw managedFailure(undefined, file.key);
  return found.bytes;
};
