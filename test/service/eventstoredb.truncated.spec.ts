/** @proves A stream that somebody cut or deleted in EventStoreDB is refused, not read from its middle (DOUBLE). */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventStoreDbClient } from '#libs/event-store/adapters/eventstoredb-client';
import { EventStoreDbEventStore } from '#libs/event-store/adapters/eventstoredb.event-store';
import { all, revisions, some } from '#libs/event-store/testing';
import { KurrentDouble } from '../support/simulated/kurrentdb-double.js';

const MISSING = { code: 'STREAM_TRUNCATED' };

describe('a stream that somebody cut (DOUBLE)', () => {
  let double: KurrentDouble;
  let client: EventStoreDbClient;
  let store: EventStoreDbEventStore;
  beforeEach(async () => {
    double = await KurrentDouble.start();
    client = EventStoreDbClient.open({ url: double.url });
    store = new EventStoreDbEventStore(client, { prefix: 'ck', categories: ['s'] });
    await store.append('s-1', some(10), 'no_stream');
  });
  afterEach(async () => {
    await store.close();
    await client.close();
    await double.stop();
  });

  it.each([{ $maxCount: 2 }, { $tb: 8 }])('by %j is refused in both directions', async (metadata) => {
    double.log.setMetadata('ck.s-1', metadata);
    await expect(all(store.readStream('s-1'))).rejects.toMatchObject(MISSING);
    await expect(all(store.readStream('s-1', { from: 3n }))).rejects.toMatchObject(MISSING);
    await expect(all(store.readStream('s-1', { direction: 'backwards' }))).rejects.toMatchObject(MISSING);
    expect(revisions(await all(store.readStream('s-1', { from: 9n, limit: 1 })))).toStrictEqual([9n]);
  });

  it('is not begun again after it was deleted, nor after it was deleted for good', async () => {
    double.log.remove('ck.s-1', false);
    const head = await store.head();
    await expect(store.append('s-1', some(1), 'no_stream')).rejects.toMatchObject(MISSING);
    expect(await store.head()).toBe(head);
    double.log.remove('ck.s-1', true);
    await expect(store.append('s-1', some(1), 9n)).rejects.toMatchObject(MISSING);
    await expect(all(store.readStream('s-1'))).rejects.toMatchObject(MISSING);
  });
});
