import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHistoryDocument, type HistoryDocumentEntry } from '#libs/archive';
import { historyFileOf } from '#libs/archive/testing';
import { Projector } from './projector.js';
import { historyProjection } from './history.projection.js';
import {
  aWorld,
  backUp,
  blockHash,
  context,
  ENVIRONMENT,
  minute,
  playRuns,
  requestOf,
  STORES,
  type World,
  caughtUp,
  runsOf,
} from './testing.js';

describe.each(STORES)('the history projection over %s', (_name, open) => {
  let world: World;
  let projector: Projector;
  beforeEach(async () => {
    world = await aWorld(open);
    projector = new Projector(historyProjection, world);
    projector.start();
  });
  afterEach(async () => {
    await projector.stop();
    await world.close();
  });

  it('goes on after a slot of "every N blocks" that no chain reaches, as a false head once made it', async () => {
    const slot = { kind: 'block', number: 2n ** 255n } as const;
    await world.streams.backups.handle(ENVIRONMENT, requestOf('r0', { slot }), context);
    await caughtUp(world);
    expect(await runsOf(world, ENVIRONMENT)).toMatchObject([
      { slot: { kind: 'block', number: Number.MAX_SAFE_INTEGER } },
    ]);
  });

  it('makes the same history document as the stream itself', async () => {
    const same = async () => {
      await caughtUp(world);
      const history = await world.histories.read(ENVIRONMENT);
      const found = await world.reader.get('history', 'environment', ENVIRONMENT);
      const files = (await world.reader.list('history', 'segment', {
        parent: ENVIRONMENT,
      })) as readonly HistoryDocumentEntry[];
      const projected = createHistoryDocument(files.map(historyFileOf), 'geth', found?.latest_backup ?? null);
      expect(projected).toStrictEqual(
        createHistoryDocument(history.entries, 'geth', history.latestBackup ?? null),
      );
      return projected;
    };
    expect((await same()).latest_backup).toBeNull();
    await backUp(world.streams, 'r0', { start: 0n, end: 19n }, 1);
    expect((await same()).latest_backup).toBeNull();
    await world.streams.backups.handle(
      ENVIRONMENT,
      {
        type: 'FailBackup',
        runId: 'r0',
        code: 'BACKUP_STALLED',
        message: 'x',
        retryable: true,
        at: minute(1),
      },
      context,
    );
    await backUp(world.streams, 'r00', { start: 10n, end: 19n }, 1);
    expect((await same()).latest_backup).not.toBeNull();
  });

  it('marks files as off the chain exactly as the stream does', async () => {
    await playRuns(world.streams);
    await caughtUp(world);
    const history = await world.histories.read(ENVIRONMENT);
    const segments = await world.reader.list('history', 'segment', { parent: ENVIRONMENT });
    expect(segments.map(({ ordinal, canonical_chain }) => [ordinal, canonical_chain])).toStrictEqual(
      history.entries.map(({ ordinal, canonical }) => [ordinal, canonical]),
    );
    expect(segments.map(({ canonical_chain }) => canonical_chain)).toStrictEqual([
      ...[true, false, false],
      ...[true, true, true],
    ]);
    expect(await world.reader.get('history', 'environment', ENVIRONMENT)).toStrictEqual({
      latest_backup: history.latestBackup,
      tip: { block: 39, hash: blockHash(2, 39n) },
      head: 44,
      files: 6,
      bytes: 600,
      newest_file: history.latestBackup,
      last_success_at: minute(2),
      run: { id: 'r6', state: 'requested' },
      last_run: { id: 'r5', state: 'completed', at: minute(2) },
    });
  });

  it('tells each run from its request to its end', async () => {
    await playRuns(world.streams);
    await caughtUp(world);
    const items = await runsOf(world, ENVIRONMENT);
    expect(items.map(({ _id, state }) => `${_id} ${state}`)).toStrictEqual([
      'r7 coalesced',
      'r6 requested',
      'r5 completed',
      'r4 failed',
      'r3 disputed',
      'r2 skipped',
      'r1 completed',
    ]);
    const [r7, , r5, r4, r3, r2, r1] = items;
    expect(r1).toMatchObject({
      environment_id: ENVIRONMENT,
      trigger: 'manual',
      attempt: 0,
      requested_at: minute(0),
      finished_at: minute(2),
      range: { start_block: 0, end_block: 29, end_hash: blockHash(0, 29n) },
      rule: 'all',
      rounds: 3,
      lookups: 5,
      head: 34,
      planned_files: 3,
      backlog_end: 29,
      confirmations: [{ node_id: 'v1', outcome: 'agrees', hash: blockHash(0, 29n), head: 34 }],
      departures: [{ node_id: 'v2', height: 30 }],
      files: [
        { ordinal: 0, start_block: 0, end_block: 9, bytes: 100 },
        { ordinal: 1, start_block: 10, end_block: 19 },
        { ordinal: 2, start_block: 20, end_block: 29 },
      ],
    });
    expect(r1?.phases.map(({ phase }) => phase)).toStrictEqual([
      'requested',
      'agreed',
      'exporting',
      'completed',
    ]);
    expect(r2).toMatchObject({ skip_reason: 'NO_NEW_BLOCK', finished_at: minute(4), files: [] });
    expect(r3?.error).toStrictEqual({ code: 'NODE_UNREACHABLE', message: 'v2 does not answer.' });
    expect(r3?.confirmations).toStrictEqual([{ node_id: 'v2', outcome: 'unreachable', detail: 'refused' }]);
    expect(r4?.error).toMatchObject({ code: 'RANGE_MOVED' });
    expect(r4?.superseded).toBeUndefined();
    expect(r5?.superseded).toMatchObject({ from_block: 10, through_ordinal: 2 });
    expect(r7).toMatchObject({ coalesced_into: 'r6', slot: { kind: 'time', at: minute(13) } });
  });

  it('pages runs newest first, and finds a run by its id', async () => {
    await playRuns(world.streams);
    await caughtUp(world);
    const first = await runsOf(world, ENVIRONMENT, { limit: 5 });
    expect(first).toHaveLength(5);
    const { requested_at, _id } = first[4]!;
    const second = await runsOf(world, ENVIRONMENT, { limit: 5, afterSort: `${requested_at}/${_id}` });
    expect(second.map((run) => run._id)).toStrictEqual(['r2', 'r1']);
    expect(await world.reader.get('history', 'run', 'r1')).toMatchObject({ _id: 'r1' });
    expect(await world.reader.get('history', 'run', 'r0')).toBeUndefined();
    expect(await runsOf(world, 'other')).toStrictEqual([]);
  });

  it('lists what a target has at its present destination', async () => {
    const { targets } = world.streams;
    const description = {
      name: 'A',
      membershipId: 'bank-a',
      provider: 'directory',
      details: {},
      destination: 'directory:/a',
    } as const;
    const ids = { targetId: 't', consortiumId: 'c', environmentId: ENVIRONMENT };
    const at = minute(0);
    const deliver = (ordinal: number, destination: string) =>
      targets.handle(
        't',
        {
          type: 'RecordDelivery',
          file: `f${ordinal}`,
          ordinal,
          sourceRevision: BigInt(ordinal),
          bytes: 100,
          sha256: 'ab',
          etag: 'e',
          destination,
          at,
        },
        context,
      );
    await targets.handle('t', { type: 'RegisterTarget', ...ids, description, at }, context);
    await targets.handle('t', { type: 'EnableTarget', at }, context);
    for (let ordinal = 0; ordinal < 12; ordinal += 1) await deliver(ordinal, 'directory:/a');
    await caughtUp(world);
    const deliveries = () => world.reader.list('history', 'delivery', { parent: 't' });
    const items = await deliveries();
    expect(items.map(({ ordinal }) => ordinal)).toStrictEqual(
      Array.from({ length: 12 }, (_, index) => index),
    );
    expect(items[11]).toStrictEqual({
      file: 'f11',
      ordinal: 11,
      state: 'delivered',
      sha256: 'ab',
      bytes: 100,
      etag: 'e',
      at,
      destination: 'directory:/a',
    });
    const change = { type: 'ChangeTarget', description: { ...description, name: 'B' }, at } as const;
    await targets.handle('t', change, context);
    await caughtUp(world);
    expect(await deliveries()).toHaveLength(12);
    const moved = { ...description, destination: 'directory:/b' };
    await targets.handle('t', { type: 'ChangeTarget', description: moved, at }, context);
    await deliver(0, 'directory:/b');
    await caughtUp(world);
    expect(await deliveries()).toMatchObject([{ destination: 'directory:/b' }]);
  });

  it('shows an event that was appended', async () => {
    await caughtUp(world);
    await world.streams.backups.handle(ENVIRONMENT, requestOf('r1'), context);
    await caughtUp(world);
    expect(await world.reader.get('history', 'run', 'r1')).toBeDefined();
  });
});
