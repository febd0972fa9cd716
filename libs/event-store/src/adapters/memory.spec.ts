import { describeCheckpointStoreContract } from '../checkpoint-store.contract.js';
import { describeDeadLetterSinkContract } from '../dead-letter-sink.contract.js';
import { describeEventStoreContract } from '../event-store.contract.js';
import { describeReadModelStoreContract } from '../read-model-store.contract.js';
import { describeUniqueIdsContract } from '../unique-ids.contract.js';
import { describeVaultContract } from '../vault.contract.js';
import { MemoryCheckpointStore } from './memory.checkpoint-store.js';
import { MemoryDeadLetterSink } from './memory.dead-letter-sink.js';
import { MemoryEventStore } from './memory.event-store.js';
import { MemoryReadModelStore } from './memory.read-model-store.js';
import { MemoryVault, type MemorySecrets } from './memory.vault.js';

const aStore = async () => {
  const store = new MemoryEventStore();
  return { store, close: () => store.close() };
};

describeEventStoreContract('memory', aStore);
describeUniqueIdsContract('memory', aStore);

describeCheckpointStoreContract('memory', async () => {
  const store = new MemoryCheckpointStore();
  return { store, reopen: async () => store, close: async () => undefined };
});

describeVaultContract('memory', async () => {
  const secrets: MemorySecrets = new Map();
  return { open: async (key) => new MemoryVault(key, secrets), close: async () => undefined };
});

describeReadModelStoreContract('memory', async () => ({
  store: new MemoryReadModelStore(),
  close: async () => undefined,
}));

describeDeadLetterSinkContract('memory', async () => ({
  sink: new MemoryDeadLetterSink(),
  close: async () => undefined,
}));
