/**
 * @proves Consumers survive long steps, rebalances, killed brokers and brokers that start late. Topics with different settings are reported.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { TOPICS, type EventMessage } from '#libs/messaging';
import {
  committed,
  consumerOf,
  describeKafka,
  KafkaBench,
  settingsFor,
  until,
} from '../support/worlds/kafka-bench.js';
import { KafkaBroker } from '../support/servers/kafka-broker.js';

const numberOf = ({ data }: EventMessage): number => (data as { n: number }).n;
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describeKafka('The Kafka bus in trouble', (client) => {
  let bench: KafkaBench;
  const publish = async (type: string, key: string, ...ns: number[]): Promise<void> =>
    bench.publish(TOPICS.events, key, ...ns.map((n) => committed(type, `backup-${key}`, { n })));

  beforeAll(async () => {
    bench = await KafkaBench.start(2, { client });
  });
  afterAll(async () => {
    await bench.close();
  });

  it('keeps its partitions during a step longer than a session, and takes others meanwhile', async () => {
    const seen: string[] = [];
    const consumer = consumerOf('Slow', async (message) => {
      if (message.ce.subject === 'backup-slow') await bench.clock.sleep(9_000);
      seen.push(message.ce.subject);
    });
    const { server, close } = await bench.listen('slow', [consumer]);
    await until('the group', () => server.state().joined);
    const ownership = server.ownership(TOPICS.events);
    let changes = 0;
    const off = ownership.onChange(() => (changes += 1));
    // A key of the other partition.
    const other = numbers(50).map((n) => `o${n}`);
    await publish('Slow', 'slow', 1);
    for (const key of other) await publish('Slow', key, 1);
    await until('everything', () => seen.length === 1 + other.length);
    expect(changes).toBe(0);
    expect(ownership.owns('slow')).toBe(true);
    expect(seen.at(-1)).toBe('backup-slow');
    expect(seen.filter((one) => one === 'backup-slow')).toHaveLength(1);
    off();
    await close();
  });

  it('hands a step that a rebalance interrupts to whoever owns its key then, and loses nothing', async () => {
    const seen = new Set<string>();
    const finish: (() => void)[] = [];
    const consumer = consumerOf('Shared', async (message) => {
      // The first step hangs until a second member has come and got its share.
      if (finish.length === 0) await new Promise<void>((resolve) => finish.push(resolve));
      seen.add(`${message.ce.subject} ${numberOf(message)}`);
    });
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    const first = await bench.listen('shared', [consumer]);
    for (const key of keys) await publish('Shared', key, 1, 2);
    await until('the first step', () => finish.length === 1);
    const second = await bench.listen('shared', [consumer]);
    const held = (bus: typeof first): number => bus.server.state().assigned[TOPICS.events]?.length ?? 0;
    await until('a share each', () => held(first) === 1 && held(second) === 1);
    finish[0]?.();
    for (const key of keys) await publish('Shared', key, 3);
    await until('all of it', () => seen.size === keys.length * 3);
    const owners = keys.map((key) =>
      [first, second].filter(({ server }) => server.ownership(TOPICS.events).owns(key)),
    );
    expect(owners.map((list) => list.length)).toStrictEqual(keys.map(() => 1));
    await first.close();
    await until('the whole', () => held(second) === 2);
    await publish('Shared', 'a', 4);
    await until('the last', () => seen.has('backup-a 4'));
    await second.close();
  });

  it('comes back after the broker was killed and restarted, with nothing lost', async () => {
    const seen = new Set<number>();
    const { server, close } = await bench.listen('restart', [
      consumerOf('Restart', (message) => seen.add(numberOf(message))),
    ]);
    await publish('Restart', 'r', ...numbers(10));
    await until('the first ten', () => seen.size === 10);
    await bench.broker.down('SIGKILL');
    await bench.broker.up();
    await until('a producer', async () =>
      publish('Restart', 'r', 11).then(
        () => true,
        () => false,
      ),
    );
    await until('the eleventh', () => seen.has(11));
    expect(server.state().joined).toBe(true);
    expect([...seen].sort((a, b) => a - b)).toStrictEqual(numbers(11));
    await close();
  });

  it('waits for brokers that are not there yet', async () => {
    const late = await KafkaBroker.prepare();
    const settings = settingsFor(late, 2);
    const { server, close } = await bench.listen('early', [], { kafka: settings });
    await until('a vain attempt', () => bench.logged.some((line) => line.includes('chainkeep.early')));
    expect(server.state()).toStrictEqual({
      joined: false,
      since: expect.any(String),
      assigned: { [TOPICS.events]: [] },
      waiting: [],
    });
    await late.up();
    await client.ensureTopics(settings, bench);
    await until('the group', () => server.state().joined);
    await close();
    await late.remove();
  });

  it('checks topics that are there, naming each difference', async () => {
    await client.ensureTopics(bench.settings, bench);
    const admin = bench.kafka.admin();
    await admin.connect();
    await admin.createPartitions({ topicPartitions: [{ topic: TOPICS.requests, count: 3 }] });
    await admin.disconnect();
    await expect(client.ensureTopics(bench.settings, bench)).rejects.toMatchObject({
      code: 'BUS_TOPIC_DIFFERS',
      message: 'chainkeep.requests has 3 partitions instead of 2.',
    });
  });
});
