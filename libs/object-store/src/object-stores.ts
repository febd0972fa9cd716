import type { ObjectStore } from './object-store.js';

/** A place where files go: a provider, its details without secrets, and the secrets. */
export type BucketLocation = Readonly<{
  provider: string;
  details: Readonly<Record<string, unknown>>;
  secrets: Readonly<Record<string, string>>;
  /** Whose place it is: the environment's own bucket, or a member's. */
  role: 'managed' | 'target';
}>;

/**
 * Port: opens object stores by description. Opening is cheap and may be repeated; it rejects with
 * TARGET_PROVIDER_UNSUPPORTED or INPUT_INVALID, and with TARGET_UNAVAILABLE when the place can't be reached.
 */
export abstract class ObjectStores {
  abstract open(place: BucketLocation): Promise<ObjectStore>;
}
