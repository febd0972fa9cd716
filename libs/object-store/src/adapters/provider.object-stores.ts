import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { CodedError, canonicalJson } from '#libs/kernel';
import type { ObjectStore } from '../object-store.js';
import { ObjectStores, type BucketLocation } from '../object-stores.js';
import { DirectoryObjectStore } from './directory.object-store.js';
import { parseAzureSettings } from './azure/azure-settings.js';
import { AzureObjectStore } from './azure/azure.object-store.js';
import { S3_LIMITS } from './s3/s3-connection.js';
import { parseS3Settings } from './s3/s3-settings.js';
import { S3ObjectStore } from './s3/s3.object-store.js';

/** Opened places that are kept, with their connections and sessions; the one opened longest ago goes first. */
const KEPT_MAX = 500;

export type ProviderOptions = Readonly<{
  /** Do ordinary S3 requests go without the layers of the SDK (ADR 53)? They do when it is left out. */
  isS3Direct?: boolean;
}>;

const openS3 = (place: BucketLocation, { isS3Direct = true }: ProviderOptions): ObjectStore =>
  new S3ObjectStore(parseS3Settings(place), { ...S3_LIMITS, isDirect: isS3Direct });

const openDirectory = ({ details, role }: BucketLocation): ObjectStore => {
  const path = details['path'];
  if (typeof path !== 'string' || !isAbsolute(path)) {
    throw new CodedError('INPUT_INVALID', 'A directory needs "path", an absolute path on the server.');
  }
  // A member's directory may be a mount: creating it while it is absent would fill the wrong disk.
  return new DirectoryObjectStore({ root: path, create: role === 'managed' || details['create'] === true });
};

const PROVIDERS: Readonly<Record<string, (place: BucketLocation, options: ProviderOptions) => ObjectStore>> =
  {
    aws: openS3,
    s3: openS3,
    azure: (place) => new AzureObjectStore(parseAzureSettings(place)),
    directory: openDirectory,
  };

/** Opens the providers this version has. The same place with the same secrets is the same store. */
export class ProviderObjectStores extends ObjectStores {
  private readonly kept = new Map<string, ObjectStore>();

  constructor(private readonly options: ProviderOptions = {}) {
    super();
  }

  override async open(place: BucketLocation): Promise<ObjectStore> {
    const opener = Object.hasOwn(PROVIDERS, place.provider) ? PROVIDERS[place.provider] : undefined;
    if (opener === undefined) {
      const known = Object.keys(PROVIDERS).join(', ');
      throw new CodedError(
        'TARGET_PROVIDER_UNSUPPORTED',
        `Provider "${place.provider}" is not supported. Use one of ${known}.`,
        { context: { provider: place.provider } },
      );
    }
    // Digested, so that the secrets are not kept a second time.
    const name = createHash('sha256').update(canonicalJson(place)).digest('hex');
    const store = this.kept.get(name) ?? opener(place, this.options);
    this.kept.delete(name);
    this.kept.set(name, store);
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT_MAX && oldest !== undefined) this.kept.delete(oldest);
    return store;
  }
}
