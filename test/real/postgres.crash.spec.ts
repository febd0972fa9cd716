/**
 * @proves With 8 processes writing to PostgreSQL, a follower misses nothing, and kill -9 of writers and server loses nothing acknowledged.
 */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { START, type EventStore, type StoredEvent } from '#libs/event-sourcing';
import { openStore, type OpenedStore } from '../support/worlds/open-store.js';
import { PostgresServer } from '../support/servers/postgres-server.js';
import { describeWith } from '../support/servers/real-servers.js';
import { checkStore, StoreWriter } from '../support/programs/store-writers.js';

const WRITERS = Array.from({ length: 8 }, (_, index) => `writer${index}`);

/** What a reader that never looks back was given. */
class Follower {
  readonly seen: StoredEvent[] = [];
  private readonly stopping = new AbortController();
  private readonly ended: Promise<void>;

  constructor(store: EventStore) {
    this.ended = this.follow(store);
  }

  /** Ends once it has seen this number of events, or after the test's time. */
  async sees(count: number): Promise<void> {
    while (this.seen.length < count && !this.stopping.signal.aborted)
      await new Promise((resolve) => setTimeout(resolve, 20));
    this.stopping.abort();
    await this.ended;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.ended;
  }

  private async follow(store: EventStore): Promise<void> {
    for await (const item of store.subscribe({ after: START, signal: this.stopping.signal }))
      if (item.kind === 'event') this.seen.push(item.event);
  }
}

describeWith('postgres')('PostgreSQL under 8 writing processes', () => {
  let server: PostgresServer;
  let url: string;
  let opened: OpenedStore;
  let follower: Follower;
  let writers: StoreWriter[];

  beforeEach(async () => {
    server = await PostgresServer.start();
    url = await server.createDatabase();
    opened = await openStore(url);
    follower = new Follower(opened.store);
    writers = await Promise.all(WRITERS.map((name) => StoreWriter.start(url, name)));
  });
  afterEach(async () => {
    await Promise.allSettled(writers.map((writer) => writer.kill()));
    await follower.stop().catch(() => undefined);
    await opened.close();
    await server.stop();
  });

  /** Kills what still writes, then compares store, acknowledgements and follower. */
  const settle = async (): Promise<readonly StoredEvent[]> => {
    const acknowledged = (await Promise.all(writers.map((writer) => writer.kill()))).flat();
    const events = await checkStore(url, WRITERS, acknowledged);
    await follower.sees(events.length);
    return events;
  };

  it('gives positions without a gap, and a follower misses, doubles and reorders nothing', async () => {
    await Promise.all(writers.map((writer) => writer.writes(20)));
    const events = await settle();
    expect(events.length).toBeGreaterThanOrEqual(8 * 20 * 3);
    expect(events.map(({ position }) => position)).toStrictEqual(events.map((_, index) => BigInt(index)));
    expect(follower.seen).toStrictEqual(events);
  });

  it('loses nothing it acknowledged when writers and the server are killed with -9', async () => {
    await Promise.all(writers.map((writer) => writer.writes(10)));
    for (let round = 0; round < 2; round += 1) {
      const replaced = writers[round]!;
      const before = await replaced.kill();
      await server.kill();
      await server.boot();
      const next = await StoreWriter.start(url, WRITERS[round]!);
      next.acknowledged.push(...before);
      writers[round] = next;
      await Promise.all(writers.map((writer) => writer.writes(5)));
    }
    expect(follower.seen).toStrictEqual(await settle());
  });
});
