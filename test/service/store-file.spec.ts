/** @proves An exported store is imported into a new home, and into EventStoreDB and back, with every event in order (DOUBLE). */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { START, type EventStore, type StoredEvent } from '#libs/event-sourcing';
import { openLibsqlDatabase } from '#libs/event-store/adapters/libsql-database';
import { LibsqlEventStore } from '#libs/event-store/adapters/libsql.event-store';
import { anEvent } from '#libs/event-store/testing';
import { HomeLock } from '#libs/runtime';
import { KurrentDouble } from '../support/simulated/kurrentdb-double.js';
import { cliError, runCliProcess } from '../support/programs/run-cli.js';

const AT = '2026-01-31T12:00:00.000Z';
const overdue = (since = AT) => anEvent({ type: 'BackupOverdue', data: { since, at: AT } });
const removed = () => anEvent({ type: 'ConsortiumRemoved', data: { at: AT } });

describe('chainkeep store export and import', () => {
  let directory: string;
  let home: string;
  let file: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chainkeep-store-'));
    home = join(directory, 'home');
    file = join(directory, 'store.ndjson');
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  const inHome = async <T>(at: string, use: (store: EventStore) => Promise<T>): Promise<T> => {
    const database = await openLibsqlDatabase(join(at, 'chainkeep.db'));
    const store = new LibsqlEventStore(database);
    try {
      return await use(store);
    } finally {
      await store.close();
      await database.close();
    }
  };
  const eventsIn = (at: string): Promise<readonly Omit<StoredEvent, 'position'>[]> =>
    inHome(at, async (store) =>
      (await store.readAll(START, 5_000)).map(({ position: _, ...event }) => event),
    );
  const cli = (at: string, ...args: string[]) => runCliProcess(['store', ...args], { CHAINKEEP_HOME: at });
  /** Two streams that take turns, one event that JSON lines must not break on, one with 1,200 events. */
  const fill = () =>
    inHome(home, async (store) => {
      for (let n = 0n; n < 3n; n += 1n)
        for (const stream of ['backup-a', 'backup-b'])
          await store.append(stream, [overdue()], n === 0n ? 'no_stream' : n - 1n);
      const odd = { ...removed(), metadata: { ...removed().metadata, actor: 'key:\u2028 "\n🦄' } };
      await store.append('consortium-c', [odd], 'no_stream');
      await store.append(
        'backup-long',
        Array.from({ length: 1_200 }, () => overdue()),
        'no_stream',
      );
    });

  it('carries every event over, in order, into a new home, and into EventStoreDB and back (DOUBLE)', async () => {
    await fill();
    expect(await cli(home, 'export', file)).toMatchObject({ code: 0, err: '' });
    const second = join(directory, 'second');
    const imported = await cli(second, 'import', file);
    expect(imported).toMatchObject({ code: 0, err: '' });
    expect(imported.out).toMatch(/1207 events, SHA-256 [0-9a-f]{64}/);
    expect(await eventsIn(second)).toStrictEqual(await eventsIn(home));

    const double = await KurrentDouble.start();
    try {
      const env = { EVENTSTORE_URL: double.url };
      const back = join(directory, 'back.ndjson');
      expect(await runCliProcess(['store', 'import', file], env)).toMatchObject({ code: 0, err: '' });
      expect(await runCliProcess(['store', 'export', back], env)).toMatchObject({ code: 0, err: '' });
      const body = async (name: string) => (await readFile(name, 'utf8')).split('\n').slice(1);
      expect(await body(back)).toStrictEqual(await body(file));
    } finally {
      await double.stop();
    }
  });

  it('exports beside a running service, and imports only where none runs', async () => {
    await fill();
    const lock = await HomeLock.acquire(home);
    try {
      expect(await cli(home, 'export', file)).toMatchObject({ code: 0 });
      const refused = await cli(home, 'import', file);
      expect(refused).toMatchObject({ code: 3 });
      expect(refused.err).toMatch(cliError('STORE_IN_USE'));
    } finally {
      await lock.release();
    }
    expect((await cli(home, 'import', file)).err).toMatch(cliError('STORE_NOT_EMPTY'));
    expect((await cli(home, 'export', file)).err).toMatch(cliError('INPUT_INVALID'));
  });
});
