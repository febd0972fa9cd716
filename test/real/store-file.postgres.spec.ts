/** @proves A store of an older version is imported into PostgreSQL and back, event by event. A damaged file is refused. */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { START, type EventStore } from '#libs/event-sourcing';
import { openLibsqlDatabase } from '#libs/event-store/adapters/libsql-database';
import { LibsqlEventStore } from '#libs/event-store/adapters/libsql.event-store';
import { openPostgresDatabase } from '#libs/event-store/adapters/postgres-database';
import { PostgresEventStore } from '#libs/event-store/adapters/postgres.event-store';
import { PostgresServer } from '../support/servers/postgres-server.js';
import { describeWith } from '../support/servers/real-servers.js';
import { cliError, runCliProcess } from '../support/programs/run-cli.js';

/** A store that version 0.1.0 wrote. */
const OLDER = join(import.meta.dirname, '../fixtures/stores/0.1.0/chainkeep.db');

const eventsOf = async (store: EventStore) =>
  (await store.readAll(START, 5_000)).map(({ position: _, ...event }) => event);

describeWith('postgres')('chainkeep store import and export with DATABASE_URL', () => {
  let server: PostgresServer;
  let directory: string;
  let file: string;
  beforeEach(async () => {
    server = await PostgresServer.start();
    directory = await mkdtemp(join(tmpdir(), 'chainkeep-store-'));
    file = join(directory, 'store.ndjson');
    await mkdir(join(directory, 'home'));
    await copyFile(OLDER, join(directory, 'home', 'chainkeep.db'));
    const home = { CHAINKEEP_HOME: join(directory, 'home') };
    expect(await runCliProcess(['store', 'export', file], home)).toMatchObject({ code: 0, err: '' });
  });
  afterEach(async () => {
    await server.stop();
    await rm(directory, { recursive: true });
  });

  const eventsIn = async (url: string) => {
    const database = await openPostgresDatabase({ url });
    const store = new PostgresEventStore(database);
    const events = await eventsOf(store);
    await store.close();
    await database.close();
    return events;
  };
  const eventsInHome = async () => {
    const database = await openLibsqlDatabase(join(directory, 'home', 'chainkeep.db'));
    const store = new LibsqlEventStore(database);
    const events = await eventsOf(store);
    await store.close();
    await database.close();
    return events;
  };
  const linesOf = async (path: string) => (await readFile(path, 'utf8')).split('\n').slice(1);

  it('carries the store of one machine, of an older version, into PostgreSQL and back, event by event', async () => {
    const env = { DATABASE_URL: await server.createDatabase() };
    const imported = await runCliProcess(['store', 'import', file], env);
    expect(imported).toMatchObject({ code: 0, err: '' });
    const events = await eventsInHome();
    expect(imported.out).toContain(`${events.length} events`);
    expect(await eventsIn(env.DATABASE_URL)).toStrictEqual(events);
    const back = join(directory, 'back.ndjson');
    expect(await runCliProcess(['store', 'export', back], env)).toMatchObject({ code: 0, err: '' });
    expect(await linesOf(back)).toStrictEqual(await linesOf(file));
  });

  it('refuses a store that is not empty, a spoiled file and a database that is away, and writes nothing', async () => {
    const env = { DATABASE_URL: await server.createDatabase() };
    const spoiled = join(directory, 'spoiled.ndjson');
    await writeFile(spoiled, (await readFile(file, 'utf8')).replace('"manual"', '"Manual"'));
    expect((await runCliProcess(['store', 'import', spoiled], env)).err).toMatch(
      cliError('STORE_FILE_INVALID'),
    );
    expect(await eventsIn(env.DATABASE_URL)).toStrictEqual([]);
    expect(await runCliProcess(['store', 'import', file], env)).toMatchObject({ code: 0 });
    const before = await eventsIn(env.DATABASE_URL);
    expect((await runCliProcess(['store', 'import', file], env)).err).toMatch(cliError('STORE_NOT_EMPTY'));
    expect(await eventsIn(env.DATABASE_URL)).toStrictEqual(before);
    const away = { DATABASE_URL: 'postgres://nobody:secret-word@127.0.0.1:9/nowhere' };
    const { code, err } = await runCliProcess(['store', 'import', file], away);
    expect([code, err]).toStrictEqual([3, expect.stringMatching(cliError('STORE_UNAVAILABLE'))]);
    expect(err).not.toContain('secret-word');
  });
});
