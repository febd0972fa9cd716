/** @proves Two relays publish each event once, although relays are killed with -9, the broker restarts and a frozen relay wakes up. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openLibsqlDatabase, type LibsqlDatabase } from '#libs/event-store/adapters/libsql-database';
import { LibsqlEventStore } from '#libs/event-store/adapters/libsql.event-store';
import { TOPICS } from '#libs/messaging';
import { describeKafka, KafkaBench, until } from '../support/worlds/kafka-bench.js';
import { RelayProcess } from '../support/programs/relay-process.js';

const PARTITIONS = 2;
const STREAMS = ['environment-a', 'backup-a', 'target-t1', 'member-m', 'backup-b'];

type Published = Readonly<{ id: string; position: bigint; place: string }>;

describeKafka('Relays on a real broker', (client) => {
  let bench: KafkaBench;
  let directory: string;
  let database: LibsqlDatabase;
  let store: LibsqlEventStore;
  const relays: RelayProcess[] = [];
  const published: Published[] = [];
  const appended: string[] = [];

  const startRelay = async (): Promise<RelayProcess> => {
    const file = join(directory, 'store.db');
    const relay = await RelayProcess.start({
      database: file,
      broker: bench.broker.address,
      partitions: PARTITIONS,
      client: client.name,
    });
    relays.push(relay);
    return relay;
  };

  const append = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) {
      const id = randomUUID();
      const stream = STREAMS[appended.length % STREAMS.length] ?? '';
      const metadata = {
        schemaVersion: 1,
        correlationId: 'c',
        actor: 'system',
        at: '2026-01-31T12:00:00.000Z',
      };
      await store.append(stream, [{ id, type: 'Counted', data: { n }, metadata }], 'any');
      appended.push(id);
    }
  };

  /** Everything, once, and within each partition in the order of the store. */
  const expectExact = async (): Promise<void> => {
    await until(`all of ${appended.length} events`, () => published.length >= appended.length);
    // Whatever was published twice would stand before a last event.
    await append(1);
    await until('the last event', () => published.some(({ id }) => id === appended.at(-1)));
    expect(published.map(({ id }) => id).sort()).toStrictEqual([...appended].sort());
    for (const place of new Set(published.map((one) => one.place))) {
      const positions = published.filter((one) => one.place === place).map(({ position }) => position);
      expect(positions).toStrictEqual([...positions].sort((a, b) => (a < b ? -1 : 1)));
    }
  };

  const active = (): RelayProcess | undefined => relays.find((relay) => relay.isActive);

  beforeAll(async () => {
    bench = await KafkaBench.start(PARTITIONS, { client });
    directory = await mkdtemp(join(tmpdir(), 'chainkeep-relay-'));
    database = await openLibsqlDatabase(join(directory, 'store.db'));
    store = new LibsqlEventStore(database);
    // Counted per partition in the order of its offsets; a consumer that lost its place would count twice.
    const places = new Map<string, bigint>();
    await bench.follow([TOPICS.events, TOPICS.deliveries], ({ topic, partition, message }) => {
      const place = `${topic}/${partition}`;
      if (BigInt(message.offset) <= (places.get(place) ?? -1n)) return;
      places.set(place, BigInt(message.offset));
      const position = BigInt(String(message.headers?.['ce_position']));
      published.push({ id: String(message.headers?.['ce_id']), position, place });
    });
  });
  afterAll(async () => {
    for (const relay of relays) await relay.end('SIGKILL');
    await bench.close();
    await store.close();
    await database.close();
    await rm(directory, { recursive: true });
  });

  it('has one active relay of two, and publishes each event once, whichever is killed and whatever the broker does', async () => {
    await append(200);
    await startRelay();
    await startRelay();
    await until('an active relay', () => active() !== undefined);
    for (let round = 0; round < 2; round += 1) {
      await append(100);
      await until('progress', () => published.length > appended.length - 100);
      const appending = append(200);
      const victim = active();
      await victim?.end('SIGKILL');
      relays.splice(relays.indexOf(victim ?? relays[0]!), 1);
      await startRelay();
      await appending;
      await until('another active relay', () => active() !== undefined);
    }
    const appending = append(200);
    await bench.broker.down('SIGKILL');
    await bench.broker.up();
    await appending;
    await expectExact();
  });

  it('fences a relay that stood still while another took over', async () => {
    await until('an active relay', () => active() !== undefined);
    const zombie = active()!;
    const other = relays.find((relay) => relay !== zombie)!;
    const terms = other.terms;
    const appending = append(300);
    zombie.signal('SIGSTOP');
    await appending;
    await until('the other one', () => other.terms > terms);
    await append(50);
    await until('its progress', () => published.length >= appended.length);
    zombie.signal('SIGCONT');
    await append(100);
    await until('the zombie to stand by', () => relays.filter((relay) => relay.isActive).length === 1);
    await expectExact();
    for (const relay of relays) await relay.end('SIGTERM');
  });
});
