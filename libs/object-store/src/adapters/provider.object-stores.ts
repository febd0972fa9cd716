import { createHash } from 'node:crypto';
import { canonicalJson } from '#libs/kernel';
import type { BucketLocation } from '../bucket-location.js';
import type { ObjectStore } from '../object-store.js';
import { ObjectStores } from '../object-stores.js';
import type { Provider } from '../provider.js';
import { Providers } from '../providers.js';
import { BUILT_IN_PROVIDERS } from './built-in.providers.js';

/** Opened buckets that are kept, with their connections and sessions; the one opened longest ago goes first. */
const KEPT_MAX = 500;

/** Opens the buckets of its providers. The same location with the same secrets is the same store. */
export class ProviderObjectStores extends ObjectStores {
  override readonly providers: Providers;
  private readonly kept = new Map<string, ObjectStore>();

  constructor(providers: readonly Provider[] = BUILT_IN_PROVIDERS) {
    super();
    this.providers = new Providers(providers);
  }

  override async open(location: BucketLocation): Promise<ObjectStore> {
    const provider = this.providers.get(location.provider);
    // Digested, so that the secrets are not kept a second time.
    const name = createHash('sha256').update(canonicalJson(location)).digest('hex');
    const store = this.kept.get(name) ?? provider.open(location);
    this.kept.delete(name);
    this.kept.set(name, store);
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT_MAX && oldest !== undefined) this.kept.delete(oldest);
    return store;
  }
}
