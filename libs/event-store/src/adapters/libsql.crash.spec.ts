import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { START, type StoredEvent } from '#libs/event-sourcing';
import { spawnTs } from '../../../../test/support/run-ts.js';
import { openLibsqlDatabase } from './libsql-database.js';
import { LibsqlEventStore } from './libsql.event-store.js';
import { LibsqlReadModelStore } from './libsql.read-model-store.js';

type Acknowledged = Readonly<{ kind: string; name: string; at: bigint; batch: string }>;

const BATCH = 3;
const KILLS = 5;

/** Lets the writer run for a random moment, kills it, and tells what it had acknowledged. */
const writeAndKill = async (file: string, name: string): Promise<Acknowledged[]> => {
  const child = await spawnTs('test/support/store-writer.ts', {
    args: [file, name],
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

/** Opens the store after a kill and compares it with what was acknowledged. */
const check = async (file: string, names: readonly string[], acknowledged: readonly Acknowledged[]) => {
  const database = await openLibsqlDatabase(file);
  try {
    const streams = checkStreams(await new LibsqlEventStore(database).readAll(START, 1_000_000));
    const models = new LibsqlReadModelStore(database);
    const projected = new Map<string, bigint>();
    for (const projection of names.map((name) => `${name}@1-blue`)) {
      projected.set(projection, await models.checkpoint(projection));
      const rows = await models.count(projection, 'rows');
      expect(BigInt(rows)).toBe(2n * (projected.get(projection)! + 1n));
    }
    const lost = acknowledged.filter(({ kind, name, at, batch }) =>
      kind === 'apply'
        ? at > projected.get(name)!
        : (streams.get(name)?.[Number(at)]?.data as { batch: string } | undefined)?.batch !== batch,
    );
    expect(lost).toStrictEqual([]);
  } finally {
    await database.close();
  }
};

describe('the libsql store under kill -9', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'chainkeep-crash-'));
  });
  afterEach(async () => {
    await rm(home, { recursive: true });
  });

  it(`loses nothing it acknowledged and holds no torn batch, ${KILLS} times over`, async () => {
    const file = join(home, 'chainkeep.db');
    const acknowledged: Acknowledged[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = acknowledged.length;
      acknowledged.push(...(await writeAndKill(file, 'lane')));
      expect(acknowledged.length).toBeGreaterThan(before);
      await check(file, ['lane'], acknowledged);
    }
  }, 60_000);

  it('keeps its promises to three processes that write at once and are killed one by one', async () => {
    const file = join(home, 'chainkeep.db');
    const names = ['a', 'b', 'c'];
    const acknowledged = await Promise.all(names.map((name) => writeAndKill(file, name)));
    for (const each of acknowledged) expect(each.length).toBeGreaterThan(0);
    await check(file, names, acknowledged.flat());
  }, 60_000);
});
