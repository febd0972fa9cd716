import type { BucketLocation } from './bucket-location.js';
import type { ObjectStore } from './object-store.js';
import type { Providers } from './providers.js';

/** Port: opens object stores by description, and knows the providers there are. */
export abstract class ObjectStores {
  abstract readonly providers: Providers;

  /**
   * Cheap, and may be repeated. Rejects with TARGET_PROVIDER_UNSUPPORTED or INPUT_INVALID, and with TARGET_UNAVAILABLE
   * when the bucket can't be reached.
   */
  abstract open(location: BucketLocation): Promise<ObjectStore>;
}
