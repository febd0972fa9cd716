import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { START, type StoredEvent } from '#libs/event-sourcing';
import { spawnTs } from '../../../../test/support/run-ts.js';
import { openLibsqlDatabase } from './libsql-database.js';
import { LibsqlEventStore } from './libsql.event-store.js';
import { LibsqlReadModelStore } from './libsql.read-model-store.js';

type Acknowledged = Readonly<{ kind: string; name: string; at: bigint; batch: string }>;

const BATCH = 3;
const KILLS = 5;

/** Lets the writer run for a random moment, kills it, and tells what it had acknowledged. */
const writeAndKill = async (file: string): Promise<Acknowledged[]> => {
  const child = await spawnTs('test/support/store-writer.ts', {
    args: [file],
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acknowledged: Acknowledged[] = [];
  const lines = createInterface({ input: child.stdout! });
  lines.on('line', (line) => {
    const [kind, name, at, batch] = line.split(' ') as [string, string, string, string];
    acknowledged.push({ kind, name, at: BigInt(at), batch });
  });
  const ended = Promise.all([once(child, 'exit'), once(lines, 'close')]);
  await Promise.race([once(lines, 'line'), ended]);
  await sleep(Math.random() * 250);
  child.kill('SIGKILL');
  const [[, signal]] = await ended;
  expect(signal).toBe('SIGKILL');
  return acknowledged;
};

/** Every stream gap-free, every batch whole and in its place. */
const checkStreams = (events: readonly StoredEvent[]): Map<string, StoredEvent[]> => {
  const streams = new Map<string, StoredEvent[]>();
  for (const event of events) {
    const stream = streams.get(event.stream) ?? [];
    stream.push(event);
    streams.set(event.stream, stream);
  }
  for (const stream of streams.values()) {
    expect(stream.length % BATCH).toBe(0);
    stream.forEach(({ revision, data }, index) => {
      const first = stream[index - (index % BATCH)]!.data as { batch: string };
      expect([revision, data]).toMatchObject([BigInt(index), { batch: first.batch, index: index % BATCH }]);
    });
  }
  return streams;
};

describe('the libsql store under kill -9', () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'chainkeep-crash-'));
  });
  afterAll(async () => {
    await rm(home, { recursive: true });
  });

  it(`loses nothing it acknowledged and holds no torn batch, ${KILLS} times over`, async () => {
    const file = join(home, 'chainkeep.db');
    const acknowledged: Acknowledged[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = acknowledged.length;
      acknowledged.push(...(await writeAndKill(file)));
      expect(acknowledged.length).toBeGreaterThan(before);
      const database = await openLibsqlDatabase(file);
      const streams = checkStreams(await new LibsqlEventStore(database).readAll(START, 1_000_000));
      const models = new LibsqlReadModelStore(database);
      const projected = await models.checkpoint('killed@1-blue');
      expect(await models.count('killed@1-blue', 'rows')).toBe(2 * Number(projected + 1n));
      const lost = acknowledged.filter(({ kind, name, at, batch }) =>
        kind === 'apply'
          ? at > projected
          : (streams.get(name)?.[Number(at)]?.data as { batch: string } | undefined)?.batch !== batch,
      );
      expect(lost).toStrictEqual([]);
      await database.close();
    }
  }, 60_000);
});
