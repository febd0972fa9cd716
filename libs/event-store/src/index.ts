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
export { exportStore, importStore, type StoreSummary } from './store-file.js';
export { environmentScope, memberScope, Vault, type SecretRef, type SecretScope } from './vault.js';
