/*
 * A relay as a separate process, to be stopped and killed: `relay-main <libsql database> <broker> <partitions> <client of Kafka> [prefix]`.
 * Its log goes to stdout.
 */
import { MemoryStoreMemory } from '#libs/event-store/adapters/memory.store-memory';
import { openLibsqlDatabase } from '#libs/event-store/adapters/libsql-database';
import { LibsqlEventStore } from '#libs/event-store/adapters/libsql.event-store';
import { createLog, SystemClock } from '#libs/runtime';
import { clientNamed } from '../worlds/kafka-clients.js';
import { Relay } from '../../../apps/relay/src/relay.handler.js';

const [file = '', broker = '', partitions = '1', client = '', prefix = 'chainkeep'] = process.argv.slice(2);
const store = new LibsqlEventStore(await openLibsqlDatabase(file));
const clock = new SystemClock();
const log = createLog({ level: 'info' });
const kafka = {
  brokers: [broker],
  prefix,
  clientId: 'relay',
  sessionTimeoutMs: 6_000,
  partitions: Number(partitions),
  replicationFactor: 1,
};
const publisher = clientNamed(client).createPublisher({ kafka, clock, log });
const relay = new Relay({ store, memory: new MemoryStoreMemory(), publisher, clock, log });
relay.start();
process.once('SIGTERM', () => {
  void relay
    .stop()
    .then(() => publisher.close())
    .then(() => process.exit(0));
});
