/** @proves A store of a released version opens, its events, secrets, checkpoints and dead letters can be read, and it can be written to. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createChainkeepStreams, decodeEvent } from '#libs/contracts';
import { START } from '#libs/event-sourcing';
import type { SecretRef } from '#libs/event-store';
import { openLibsqlDatabase, type LibsqlDatabase } from '#libs/event-store/adapters/libsql-database';
import { LibsqlCheckpointStore } from '#libs/event-store/adapters/libsql.checkpoint-store';
import { LibsqlDeadLetterSink } from '#libs/event-store/adapters/libsql.dead-letter-sink';
import { LibsqlEventStore } from '#libs/event-store/adapters/libsql.event-store';
import { LibsqlReadModelStore } from '#libs/event-store/adapters/libsql.read-model-store';
import { LibsqlVault } from '#libs/event-store/adapters/libsql.vault';
import { buildThrough, catalogueProjection, historyProjection } from '#libs/projections';

/** One folder per release: the database it wrote, and what was in it. Never regenerated. */
const FOLDER = join(import.meta.dirname, '../fixtures/stores');
const KEY = createHash('sha256').update('the key of the fixture').digest();

type Expected = Readonly<{
  environment: string;
  events: number;
  head: string;
  fingerprints: Readonly<Record<string, string>>;
  secretRef: SecretRef;
}>;

/**
 * What the events of each release's store become in later versions of a projection. It must not change with the wording
 * of the error catalogue or with anything else but the projection's version.
 */
const REBUILT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '0.1.0': {
    'history@4': 'ea42658b992fa9d36a897efc24aeec5a1c56c753a7efe1a84686c8ef0bb56ec3',
    'catalogue@2': '9f27315256b17d14695b24f392a3f81e0ef61af4a03523caf841e3dbff7de140',
  },
};

describe.each(readdirSync(FOLDER))('a store that version %s wrote', (version) => {
  const expected = JSON.parse(readFileSync(join(FOLDER, version, 'expected.json'), 'utf8')) as Expected;
  let directory: string;
  let database: LibsqlDatabase;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'chainkeep-older-'));
    copyFileSync(join(FOLDER, version, 'chainkeep.db'), join(directory, 'chainkeep.db'));
    database = await openLibsqlDatabase(join(directory, 'chainkeep.db'));
  });
  afterEach(async () => {
    await database.close();
    rmSync(directory, { recursive: true });
  });

  it('opens, and every event of it is read', async () => {
    const store = new LibsqlEventStore(database);
    const events = await store.readAll(START, 10_000);
    expect(events).toHaveLength(expected.events);
    for (const { type, data, metadata } of events)
      expect(decodeEvent(type, data, metadata.schemaVersion).type).toBe(type);
    expect(String(await store.head())).toBe(expected.head);
    await store.close();
  });

  it('gives its secret, its checkpoint and its dead letter', async () => {
    expect(await new LibsqlVault(database, KEY).get(expected.secretRef)).toStrictEqual({
      password: 'of a fixture',
    });
    expect(String((await new LibsqlCheckpointStore(database).load('exporter')).position)).toBe(expected.head);
    expect(await new LibsqlDeadLetterSink(database).list(10)).toMatchObject([{ code: 'INTERNAL' }]);
  });

  it.each([historyProjection, catalogueProjection])(
    'has read models ($name) that its events still make, row for row',
    async (projection) => {
      const store = new LibsqlEventStore(database);
      const readModels = new LibsqlReadModelStore(database);
      const active = await readModels.active(projection.name);
      expect(active).toMatch(new RegExp(`^${projection.name}@\\d+-`));
      expect((await readModels.fingerprint(active!)).sha256).toBe(expected.fingerprints[projection.name]);
      const physical = `${projection.name}@${projection.version}-again`;
      await buildThrough({ store, readModels }, projection, {
        physical,
        through: { position: await store.head() },
      });
      const rebuilt = await readModels.fingerprint(physical);
      expect(String(rebuilt.position)).toBe(expected.head);
      const isSameVersion = active!.startsWith(`${projection.name}@${projection.version}-`);
      const wanted = isSameVersion
        ? expected.fingerprints[projection.name]
        : REBUILT[version]?.[`${projection.name}@${projection.version}`];
      expect(rebuilt.sha256).toBe(wanted);
      await store.close();
    },
  );

  it('goes on being written', async () => {
    const store = new LibsqlEventStore(database);
    const streams = createChainkeepStreams(store);
    const before = await streams.targets.load('t');
    const after = await streams.targets.handle(
      't',
      { type: 'DisableTarget', at: '2026-02-01T00:00:00.000Z' },
      { actor: 'system', correlationId: 'c', at: '2026-02-01T00:00:00.000Z' },
    );
    expect(after.revision).toBe((before.revision as bigint) + 1n);
    await store.close();
  });
});
