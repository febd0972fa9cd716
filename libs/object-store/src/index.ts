/**
 * object-store owns the port to places where files lie and its adapters (a directory; S3 and Azure behind the same port).
 * It does not own what the files mean (archive) or when they are delivered (distributor).
 */
export { bodyFromBytes, bodyFromFile, checkedChunks, digestOf, type ObjectDigest } from './body.js';
export { LimitedObjectStore, RateLimit } from './limited.object-store.js';
export {
  ObjectStore,
  type CopySource,
  type ObjectBody,
  type ObjectInfo,
  type PutCondition,
  type PutResult,
} from './object-store.js';
export { failedFinding, probeStore, type ProbeReport } from './probe.js';
export type { BucketLocation } from './bucket-location.js';
export { ObjectStores } from './object-stores.js';
export {
  /** @internal For providers outside this lib; today only a test has one. */
  parseDetails,
} from './details.js';
export {
  /** @internal For providers outside this lib; today only a test has one. */
  detail,
  type Provider,
  type ProviderDescription,
  type ProviderDetail,
  type Space,
} from './provider.js';
export { Providers } from './providers.js';
export { NO_LOCAL_PLACES, OwnCredentials, type Holder, type LocalPlaces } from './own-credentials.js';
export { sendWhole } from './whole-body.js';
