/** @proves On a real Kafka, consumers get every event in order by key. Bad, foreign, unknown and newer messages hold up no other key. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { CodedError } from '#libs/kernel';
import { TOPICS, type EventMessage } from '#libs/messaging';
import { committed, consumerOf, describeKafka, KafkaBench, until } from '../support/worlds/kafka-bench.js';

const numberOf = ({ data }: EventMessage): number => (data as { n: number }).n;

describeKafka('The Kafka bus on a real broker', (client) => {
  let bench: KafkaBench;
  beforeAll(async () => {
    bench = await KafkaBench.start(2, { client });
  });
  afterAll(async () => {
    await bench.close();
  });

  it('gives a new group every event from the beginning, in order by key, on the exact group id', async () => {
    const stream = 'environment-order';
    await bench.publish(TOPICS.events, 'order', ...[1, 2, 3].map((n) => committed('Ordered', stream, { n })));
    const seen: EventMessage[] = [];
    const { close } = await bench.listen('order', [consumerOf('Ordered', (message) => seen.push(message))]);
    await until('three events', () => seen.length === 3);
    await bench.publish(TOPICS.events, 'order', committed('Ordered', stream, { n: 4 }));
    await until('the fourth', () => seen.length === 4);
    expect(seen.map(numberOf)).toStrictEqual([1, 2, 3, 4]);
    expect(seen[0]?.ce).toMatchObject({
      subject: stream,
      type: 'Ordered',
      source: 'chainkeep',
      schemaversion: 1,
    });
    const admin = bench.kafka.admin();
    await admin.connect();
    const { groups } = await admin.listGroups();
    await admin.disconnect();
    expect(groups.map(({ groupId }) => groupId)).toContain('chainkeep.order');
    await close();
  });

  it('sets a poison message and whatever is no event aside, with reasons, and goes on', async () => {
    const seen: number[] = [];
    const poisoned = consumerOf('Poison', (message) => {
      if (numberOf(message) === 1) throw new CodedError('EVENT_INVALID', 'Bad for ever.');
      if (numberOf(message) === 2) throw new TypeError('A fault of ours.');
      seen.push(numberOf(message));
    });
    await bench.publish(TOPICS.events, 'p', ...[1, 2].map((n) => committed('Poison', 'backup-p', { n })));
    const headers = { ce_specversion: '1.0', ce_id: 'x', ce_type: 'Poison' };
    await bench.send(
      TOPICS.events,
      { key: 'p', value: null },
      { key: 'p', value: Buffer.from([0xff, 0xfe, 0x00]), headers },
      { key: 'p', value: '{"n":', headers: { ...headers, ce_schemaversion: '99999999999999999999' } },
    );
    await bench.publish(TOPICS.events, 'p', committed('Poison', 'backup-p', { n: 3 }));
    const letters = await bench.letters(TOPICS.events);
    const { close } = await bench.listen('poison', [poisoned]);
    await until('the last event and five letters', () => seen.length === 1 && letters.length === 5);
    expect(seen).toStrictEqual([3]);
    expect(letters.map(({ headers: { dlq_code: code } }) => code).sort()).toStrictEqual([
      'EVENT_INVALID',
      'INTERNAL',
      'MESSAGE_MALFORMED',
      'MESSAGE_MALFORMED',
      'MESSAGE_MALFORMED',
    ]);
    expect(letters[0]?.headers).toMatchObject({ dlq_topic: TOPICS.events, dlq_service: 'poison' });
    expect(await bench.deadLetters.list(10)).toHaveLength(2);
    await close();
  });

  it('passes types it does not know, keeps every digit, and lets a newer version hold up its key only', async () => {
    const huge = (2n ** 77n + 1n).toString();
    const at = '2026-01-31T12:00:00.000Z';
    const seen: EventMessage[] = [];
    const heldUp: string[] = [];
    const consumers = [
      consumerOf('BackupOverdue', (message) => seen.push(message)),
      consumerOf('BackfillCompleted', (message) => heldUp.push(message.ce.subject)),
    ];
    await bench.publish(
      TOPICS.events,
      'v',
      committed('NobodyKnowsThis', 'backup-v', { n: 1 }),
      committed('BackupOverdue', 'backup-v', { since: at, at, number: huge }),
      committed('BackfillCompleted', 'target-v', { throughOrdinal: 1, at }, 2),
      committed('BackupOverdue', 'backup-v', { since: at, at }),
    );
    // The same partition or another: no other key waits.
    const keys = ['a', 'b', 'c', 'd', 'e'];
    for (const key of keys)
      await bench.publish(TOPICS.events, key, committed('BackupOverdue', `backup-${key}`, { since: at, at }));
    const { server, close } = await bench.listen('versions', consumers, {
      check: (await import('#libs/contracts')).decodeEvent,
    });
    await until('the other keys', () => seen.length === 1 + keys.length);
    await until('a newer version that waits', () => server.state().waiting.length === 1);
    expect(server.state().waiting[0]).toMatchObject({ type: 'BackfillCompleted', code: 'EVENT_UNKNOWN' });
    expect(seen[0]?.data).toMatchObject({ number: huge });
    expect(heldUp).toStrictEqual([]);
    await close();
    // Its offset was not committed: a member that knows the version handles it, and what queued behind it.
    const later = await bench.listen('versions', consumers);
    await until('what was held up', () => heldUp.length === 1 && seen.length >= 2 + keys.length);
    await later.close();
  });
});
