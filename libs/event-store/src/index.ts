/**
 * event-store owns the adapters of the EventStore port (memory, libsql, PostgreSQL, EventStoreDB), and the stores that live beside the events
 * in one database: checkpoints, dead letters, sealed secrets (Vault) and read models, the store as a file, with the contract suites all adapters pass.
 * It does not own what an event is (event-sourcing), who follows the store (messaging) or what a projection holds (apps).
 */
export {
  JsonText,
  ReadModelStore,
  type ApplyCommand,
  type Fingerprint,
  type ListOptions,
  type ReadModelChange,
  type ReadModelRow,
} from './read-model-store.js';
export { parseEventStoreUrl } from './eventstoredb-url.js';
export { planAcceptance, type Acceptance } from './accept-store.js';
export { GuardedEventStore, type GuardedUse } from './guarded.event-store.js';
export { openIdentity } from './identity.js';
export { StoreGuard } from './store-guard.js';
export {
  PUBLISH_CHOICES,
  StoreMemory,
  type PublishChoice,
  type StoreRecord,
  type StoreRecordChange,
} from './store-memory.js';
export { exportStore, importStore, type ImportProgress, type StoreSummary } from './store-file.js';
export { environmentScope, memberScope, Vault, type SecretRef, type SecretScope } from './vault.js';
