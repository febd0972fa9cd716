import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createChainkeepStreams } from '#libs/contracts';
import { START, type NewEvent, type StoredEvent } from '#libs/event-sourcing';
import { MemoryEventStore } from '#libs/event-store/adapters/memory.event-store';
import { CodedError } from '#libs/kernel';
import { Batch } from './batch.js';
import { buildThrough } from './build.js';
import { historyProjection } from './history.projection.js';
import { physicalName, type Projection } from './projection.js';
import { Projector } from './projector.js';
import { until } from '#libs/runtime/testing';
import {
  aWorld,
  backUp,
  caughtUp,
  context,
  ENVIRONMENT,
  playRuns,
  requestOf,
  runsOf,
  STORES,
  type World,
} from './testing.js';

const HISTORY = physicalName(historyProjection);
/** A version after this one. */
const NEXT: Projection = { ...historyProjection, version: historyProjection.version + 1 };

const overdue = (schemaVersion = 1): NewEvent => ({
  id: randomUUID(),
  type: 'BackupOverdue',
  data: { since: context.at, at: context.at },
  metadata: { ...context, schemaVersion },
});

describe.each(STORES)('a projector over %s', (_name, open) => {
  let world: World;
  const projectors: Projector[] = [];
  const projecting = (projection: Projection = historyProjection, ports: World = world): Projector => {
    const projector = new Projector(projection, ports);
    projectors.push(projector);
    projector.start();
    return projector;
  };
  beforeEach(async () => {
    world = await aWorld(open);
  });
  afterEach(async () => {
    await Promise.all(projectors.splice(0).map((projector) => projector.stop()));
    await world.close();
  });
  const expected = async () => {
    await buildThrough(world, historyProjection, {
      physical: 'check@1',
      through: { position: await world.store.head() },
    });
    return world.readModels.fingerprint('check@1');
  };

  it('goes on where it stopped, and ends with the rows of a run without a stop', async () => {
    await playRuns(world.streams);
    const events = await world.store.readAll(START, 1_000);
    for (const event of events) {
      const from = await world.readModels.checkpoint(HISTORY);
      if (event.position <= from.position) continue;
      const batch = new Batch(historyProjection, {
        readModels: world.readModels,
        physical: HISTORY,
        from,
      });
      await batch.add(event);
      await batch.commit();
      if (event.revision % 5n !== 0n) continue;
      // Taken in and never committed, as a crash in the middle of a batch leaves it.
      const lost = new Batch(historyProjection, {
        readModels: world.readModels,
        physical: HISTORY,
        from: batch.checkpoint,
      });
      await lost.add(event);
    }
    expect(await world.readModels.fingerprint(HISTORY)).toStrictEqual(await expected());
  });

  it('takes up what was appended while it was stopped, at any moment of a catch-up', async () => {
    for (let round = 0; round < 450; round += 1) await world.store.append('backup-prod', [overdue()], 'any');
    const first = projecting();
    await until(async () => (await world.readModels.checkpoint(HISTORY)).position > START);
    await first.stop();
    await playRuns(world.streams);
    projecting();
    await caughtUp(world);
    expect(await world.readModels.fingerprint(HISTORY)).toStrictEqual(await expected());
  });

  it('commits at most 200 events at once, and what is there when it has caught up', async () => {
    for (let round = 0; round < 450; round += 1) await world.store.append('backup-prod', [overdue()], 'any');
    const sizes: bigint[] = [];
    const apply = world.readModels.apply.bind(world.readModels);
    world.readModels.apply = async (command) => {
      sizes.push(command.position - command.expected);
      await apply(command);
    };
    projecting();
    await caughtUp(world);
    expect(Math.max(...sizes.map(Number))).toBeLessThanOrEqual(201);
    expect(sizes).toHaveLength(3);
  });

  it.each([
    ['type', { ...overdue(), type: 'FromTheFuture' }],
    ['version', overdue(99)],
  ])('waits at an event of an unknown %s, with all before it shown', async (_what, unknown) => {
    await world.streams.backups.handle(ENVIRONMENT, requestOf('r1'), context);
    const before = await world.store.head();
    await world.store.append('backup-other', [unknown], 'any');
    await world.store.append('backup-other', [overdue()], 'any');
    const notes: (string | undefined)[] = [];
    const gate = {
      note: (part: string, error: CodedError | undefined) => notes.push(error && `${part}: ${error.code}`),
      passed: () => Promise.resolve(),
    };
    projecting(historyProjection, { ...world, gate } as World);
    await until(() => world.log.lines.filter(({ level }) => level === 'error').length >= 2);
    // So its service is not ready.
    expect(notes.at(-1)).toBe('history: EVENT_UNKNOWN');
    expect(world.log.lines.find(({ level }) => level === 'error')?.fields).toMatchObject({
      code: 'EVENT_UNKNOWN',
      projection: 'history',
      position: before + 1n,
    });
    expect((await world.readModels.checkpoint(HISTORY)).position).toBe(before);
    expect(await world.reader.get('history', 'run', 'r1')).toBeDefined();
  });

  /** The same world over another store, which holds events of the first (and then others) at other positions. */
  const movedTo = async (events: readonly StoredEvent[]): Promise<World> => {
    const store = new MemoryEventStore();
    // Not ours to take in, and not at these positions before.
    for (let n = 0; n < 3; n += 1) await store.append('backup-other', [overdue()], 'any');
    for (const { stream, revision, position: _, ...event } of events)
      await store.append(stream, [event], revision === 0n ? 'no_stream' : revision - 1n);
    return { ...world, store, streams: createChainkeepStreams(store) };
  };

  it('goes on in another store that holds the same events at other positions', async () => {
    await playRuns(world.streams);
    const first = projecting();
    await caughtUp(world);
    await first.stop();
    const before = await world.readModels.fingerprint(HISTORY);
    const moved = await movedTo(await world.store.readAll(START, 10_000));
    const head = await moved.store.head();
    projecting(historyProjection, moved);
    await until(async () => (await world.readModels.checkpoint(HISTORY)).position === head);
    expect(await world.readModels.active('history')).toBe(HISTORY);
    expect((await world.readModels.fingerprint(HISTORY)).sha256).toBe(before.sha256);
    await moved.streams.backups.handle(ENVIRONMENT, requestOf('later'), context);
    await caughtUp(moved);
    expect(await world.reader.get('history', 'run', 'later')).toBeDefined();
  });

  it('is rebuilt under another name from an older copy of the store, also one that grew again', async () => {
    await playRuns(world.streams);
    const first = projecting();
    await caughtUp(world);
    await first.stop();
    const events = await world.store.readAll(START, 10_000);
    const older = await movedTo(events.slice(0, 1));
    for (const run of ['other-1', 'other-2', 'other-3'])
      await older.streams.backups.handle('elsewhere', requestOf(run), context);
    projecting(historyProjection, older);
    await until(async () => (await world.readModels.active('history')) !== HISTORY);
    await caughtUp(older);
    expect(await world.readModels.active('history')).toMatch(new RegExp(`^${HISTORY}-[0-9a-f]{8}$`));
    // Dropped after the change.
    await until(async () => (await world.readModels.count(HISTORY, 'run')) === 0);
    expect((await runsOf(older, ENVIRONMENT)).map(({ _id }) => _id)).toStrictEqual([
      'r1',
      'other-2',
      'other-1',
    ]);
  });

  it('completes what version 0.1 left: a position without its event', async () => {
    await playRuns(world.streams);
    const first = projecting();
    await caughtUp(world);
    await first.stop();
    const { position, event } = await world.readModels.checkpoint(HISTORY);
    await world.readModels.moveCheckpoint(HISTORY, position, { position });
    projecting();
    await until(async () => (await world.readModels.checkpoint(HISTORY)).event !== undefined);
    expect(await world.readModels.checkpoint(HISTORY)).toStrictEqual({ position, event });
    expect(await world.readModels.active('history')).toBe(HISTORY);
  });

  it('asks a lost store again until it answers', async () => {
    const apply = world.readModels.apply.bind(world.readModels);
    let failures = 3;
    world.readModels.apply = async (command) => {
      failures -= 1;
      if (failures >= 0) throw new CodedError('STORE_UNAVAILABLE', 'The disk is full.');
      await apply(command);
    };
    projecting();
    await playRuns(world.streams);
    await caughtUp(world);
    expect(await world.readModels.fingerprint(HISTORY)).toStrictEqual(await expected());
    expect(world.log.lines.map(({ level }) => level)).toStrictEqual(['warn', 'warn', 'warn', 'info']);
  });

  it('gives way to another projector of the same rows', async () => {
    projecting();
    projecting();
    await playRuns(world.streams);
    await caughtUp(world);
    expect(await world.readModels.fingerprint(HISTORY)).toStrictEqual(await expected());
    expect(world.log.lines.filter(({ level }) => level !== 'debug' && level !== 'info')).toStrictEqual([]);
  });

  it('builds an older version anew while readers keep it, and leaves a newer one alone', async () => {
    await backUp(world.streams, 'r1', { start: 0n, end: 9n }, 1);
    const first = projecting();
    await caughtUp(world);
    await first.stop();
    const upgraded = projecting(NEXT);
    await until(async () => (await world.readModels.active('history')) === physicalName(NEXT));
    await upgraded.stop();
    expect(await world.readModels.fingerprint(physicalName(NEXT))).toStrictEqual(await expected());
    expect(await world.readModels.count(HISTORY, 'run')).toBe(0);
    projecting();
    await until(() => world.log.lines.some(({ fields }) => fields['code'] === 'STORE_NEWER'));
    expect(await world.readModels.active('history')).toBe(physicalName(NEXT));
  });
});
