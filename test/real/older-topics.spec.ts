/**
 * @proves Topics written by released versions can be read. A reader waits at a newer version until it is updated (the newer version is SIMULATED).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { z } from 'zod';
import { decodeEvent, EVENT_CONTRACTS } from '#libs/contracts';
import { TOPICS, type EventMessage, type SchemaPipe } from '#libs/messaging';
import { createVersionedCodec } from '../../libs/contracts/src/versioned-codec.js';
import { committed, consumerOf, describeKafka, KafkaBench, until } from '../support/worlds/kafka-bench.js';

/** One folder per release: the records that its relay published of the store in fixtures/stores. Never regenerated. */
const FOLDER = join(import.meta.dirname, '../fixtures/topics');
const EVENTS = join(import.meta.dirname, '../fixtures/events');

type Published = Readonly<{ topic: string; key: string; headers: Record<string, string>; value: string }>;
type Golden = Readonly<{ type: string; schemaVersion: number; examples: readonly unknown[] }>;

const publishedBy = (version: string): readonly Published[] =>
  readFileSync(join(FOLDER, version, 'records.ndjson'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Published);

const goldenFiles = (): readonly Golden[] =>
  readdirSync(EVENTS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(EVENTS, file), 'utf8')) as Golden);

describeKafka('Topics that hold what other versions published, on a real broker', (client) => {
  let bench: KafkaBench;
  const seen: EventMessage[] = [];
  const consumers = Object.keys(EVENT_CONTRACTS).map((type) =>
    consumerOf(type, (message) => seen.push(message)),
  );
  const topics = [TOPICS.events, TOPICS.deliveries];
  beforeEach(async () => {
    seen.length = 0;
    bench = await KafkaBench.start(2, { client });
  });
  afterEach(async () => {
    await bench.close();
  });

  it.each(readdirSync(FOLDER))('reads every record of version %s, in order by key', async (version) => {
    const records = publishedBy(version);
    for (const { topic, ...record } of records) await bench.send(topic, record);
    await bench.listen('reader', consumers, { topics, check: decodeEvent });
    await until('every record', () => seen.length === records.length);
    for (const key of new Set(records.map((record) => record.key))) {
      const ids = records.filter((record) => record.key === key).map(({ headers }) => headers['ce_id']);
      expect(seen.map(({ ce: { id } }) => id).filter((id) => ids.includes(id))).toStrictEqual(ids);
    }
    const values = new Map(records.map(({ headers, value }) => [headers['ce_id'], value]));
    for (const { ce, data } of seen) expect(JSON.stringify(data)).toBe(values.get(ce.id));
    expect(await bench.deadLetters.list(10)).toStrictEqual([]);
  });

  it('reads every released version of every event', async () => {
    const events = goldenFiles().flatMap(({ type, schemaVersion, examples }) =>
      examples.map((data) => committed(type, `backup-${type}`, data, schemaVersion)),
    );
    for (const event of events) await bench.publish(TOPICS.events, event.type, event);
    await bench.listen('reader', consumers, { check: decodeEvent });
    await until('every event', () => seen.length === events.length);
    expect(await bench.deadLetters.list(10)).toStrictEqual([]);
  });

  it('waits at a newer version until its reader is replaced, which brings older ones up (a SIMULATED version)', async () => {
    // No event has a second version yet: in that of BackupOverdue `since` is called `from`.
    const schema = z.object({ from: z.string(), at: z.string() });
    const upcasters = [
      (data: unknown) => {
        const { since, ...rest } = data as Readonly<{ since: string }>;
        return { ...rest, from: since };
      },
    ];
    const next = createVersionedCodec(() => ({ version: 2, schema, upcasters }));
    const upcast: unknown[] = [];
    const decodeNext: SchemaPipe = (type, data, schemaVersion) => {
      upcast.push(next.decode(type, data, schemaVersion));
      return { type, data: data as object };
    };
    const at = '2026-01-31T12:00:00.000Z';
    const overdue = (stream: string, version: 1 | 2) =>
      committed('BackupOverdue', stream, version === 2 ? { from: at, at } : { since: at, at }, version);
    const handled = (): string[] =>
      seen.map(({ ce: { subject, schemaversion } }) => `${subject}/${schemaversion}`);
    const listen = (check: SchemaPipe) => bench.listen('reader', consumers, { check });

    const versions = [1, 2, 1] as const;
    await bench.publish(TOPICS.events, 'a', ...versions.map((version) => overdue('backup-a', version)));
    await bench.publish(TOPICS.events, 'b', overdue('backup-b', 1));
    const today = await listen(decodeEvent);
    await until('what today’s reader knows', () => handled().length === 2);
    await until('what it waits at', () => today.server.state().waiting.length === 1);
    expect(handled().sort()).toStrictEqual(['backup-a/1', 'backup-b/1']);
    expect(today.server.state().waiting[0]).toMatchObject({ type: 'BackupOverdue', code: 'EVENT_UNKNOWN' });
    await today.close();
    await listen(decodeNext);
    // What was done behind it in its partition may come again: its offset could not be committed.
    const ofA = (): string =>
      handled()
        .filter((text) => text.startsWith('backup-a'))
        .join();
    await until(
      'what was waited at, and what queued behind it',
      () => ofA() === 'backup-a/1,backup-a/2,backup-a/1',
    );
    for (const data of upcast) expect(data).toStrictEqual({ from: at, at });
    expect(await bench.deadLetters.list(10)).toStrictEqual([]);
  });
});
