/**
 * @proves The EventStoreDB adapter passes the store's contract on a DOUBLE, or on the server that EVENTSTORE_URL names.
 */
import { randomUUID } from 'node:crypto';
import { describe } from '@jest/globals';
import { EventStoreDbClient } from '#libs/event-store/adapters/eventstoredb-client';
import { EventStoreDbEventStore } from '#libs/event-store/adapters/eventstoredb.event-store';
import { describeEventStoreContract, type EventStoreUnderTest } from '#libs/event-store/event-store.contract';
import { KurrentDouble } from '../support/simulated/kurrentdb-double.js';
import { TEMPERS, type KurrentTemper } from '../support/simulated/kurrentdb-read.js';

/** A real server's URL runs the same suite against it: `EVENTSTORE_URL=esdb://... npm run test:real -- ...`. */
const REAL = process.env['EVENTSTORE_URL'];

/** On a real server there is its own temper only. */
const tempers: readonly (readonly [string, KurrentTemper | undefined])[] =
  REAL === undefined ? Object.entries(TEMPERS) : [['the server at EVENTSTORE_URL', undefined]];

describe.each(tempers)('as %s behaves', (name, temper) => {
  describeEventStoreContract(`EventStoreDB (${REAL === undefined ? 'DOUBLE' : 'real'}, ${name})`, () =>
    open(temper),
  );
});

async function open(temper: KurrentTemper | undefined): Promise<EventStoreUnderTest> {
  const double = temper && (await KurrentDouble.start({ temper }));
  // A real server keeps what the tests before left: each test has its own streams there.
  const options = { prefix: `ck${randomUUID().replaceAll('-', '')}`, categories: ['s'] };
  const client = () => {
    const opened = EventStoreDbClient.open({
      url: REAL ?? double!.url,
      callMaxMs: 240_000,
      unavailableMaxMs: 240_000,
    });
    return { client: opened, store: new EventStoreDbEventStore(opened, options) };
  };
  let current = client();
  const close = async () => {
    await current.store.close();
    await current.client.close();
  };
  return {
    store: current.store,
    reopen: async () => {
      await close();
      current = client();
      return current.store;
    },
    close: async () => {
      await close();
      await double?.stop();
    },
  };
}
