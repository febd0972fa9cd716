/**
 * @proves The EventStoreDB adapter passes the store's contract on a DOUBLE, or on the server that EVENTSTORE_URL names.
 */
import { randomUUID } from 'node:crypto';
import { EventStoreDbClient } from '#libs/event-store/adapters/eventstoredb-client';
import { EventStoreDbEventStore } from '#libs/event-store/adapters/eventstoredb.event-store';
import { describeEventStoreContract } from '#libs/event-store/event-store.contract';
import { KurrentDouble } from '../support/simulated/kurrentdb-double.js';

/** A real server's URL runs the same suite against it: `EVENTSTORE_URL=esdb://... npm run test:real -- ...`. */
const REAL = process.env['EVENTSTORE_URL'];

describeEventStoreContract(`EventStoreDB (${REAL ? 'the server at EVENTSTORE_URL' : 'DOUBLE'})`, async () => {
  const double = REAL === undefined ? await KurrentDouble.start() : undefined;
  // A real server keeps what the tests before left: each test has its own streams there.
  const options = { prefix: `ck${randomUUID().replaceAll('-', '')}`, categories: ['s'] };
  const open = () => {
    const client = EventStoreDbClient.open({
      url: REAL ?? double!.url,
      callMaxMs: 240_000,
      unavailableMaxMs: 240_000,
    });
    return { client, store: new EventStoreDbEventStore(client, options) };
  };
  let current = open();
  const close = async () => {
    await current.store.close();
    await current.client.close();
  };
  return {
    store: current.store,
    reopen: async () => {
      await close();
      current = open();
      return current.store;
    },
    close: async () => {
      await close();
      await double?.stop();
    },
  };
});
