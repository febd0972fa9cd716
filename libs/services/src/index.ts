/**
 * services owns what services share: the ports of a process, opening a node, a target or a managed bucket
 * with the secrets it has now, reading blocks of stored files, the marker that makes a place ours, and closing work that can't be handled.
 * It does not own the adapters behind the ports (composition) or what a single service does (apps).
 */
export { placeInStore } from './place-in-store.js';
export { type StoreHosts } from './store-outage.js';
export { closeWorkOf } from './close-work.js';
export { managedBucketOf } from './managed-bucket.js';
export { monitorOf, openNode, startClient } from './monitor-client.js';
export {
  endpointOf,
  openNodeSecrets,
  sealNodeSecrets,
  type NodeConnection,
  type NodeSecrets,
} from './node-endpoint.js';
export { finalityProof, finalityProofFile, isSealedBy, listedIn } from './finality-proof.js';
export { genesisRulesOf, readGenesis } from './genesis-rules.js';
export { keptOperatorKey } from './operator-key-file.js';
export { ensureOperatorKey, issueOperatorKey, newKeyText, OPERATORS } from './operator-keys.js';
export { asTarget, claimPlace, MANAGED, takeOverPlace, type PlaceOwner } from './marker.js';
export { PlaceRules, type WantedPlace } from './place-rules.js';
export { readSmall } from './read-small.js';
export {
  genesisFile,
  holdsFileOf,
  manifestFile,
  readFitting,
  readRecorded,
  type CopyParts,
  type RecordedFile,
} from './recorded-files.js';
export {
  createServicePorts,
  gateOf,
  systemContext,
  type Adapters,
  type ServicePorts,
} from './service-ports.js';
export { plainBytesOf, StoredBlocks } from './stored-blocks.js';
export { checkTarget, holderOf, isHeldIn, openTarget, type CheckParts } from './target-store.js';
