import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { START, type NewEvent } from '#libs/event-sourcing';
import { CodedError } from '#libs/kernel';
import { buildThrough } from './build.js';
import { historyProjection } from './history.projection.js';
import { physicalName } from './projection.js';
import { Projector } from './projector.js';
import {
  agreementOf,
  aWorld,
  caughtUp,
  context,
  ENVIRONMENT,
  exportNext,
  playRuns,
  STORES,
  type World,
} from './testing.js';

const HISTORY = physicalName(historyProjection);
const BUILD = `${HISTORY}-b`;

const overdue = (): NewEvent => ({
  id: randomUUID(),
  type: 'BackupOverdue',
  data: { since: context.at, at: context.at },
  metadata: { ...context, schemaVersion: 1 },
});

describe.each(STORES)('a build of several batches over %s', (_name, open) => {
  let world: World;
  beforeEach(async () => {
    world = await aWorld(open);
    const quiet = async (): Promise<void> => {
      for (let round = 0; round < 9; round += 1)
        await world.store.append('backup-quiet', Array.from({ length: 500 }, overdue), 'any');
    };
    await playRuns(world.streams);
    await quiet();
    // What is taken in now comes back to rows of the batch before.
    const agreement = agreementOf('r6', { start: 40n, end: 59n, chain: 2 });
    await world.streams.backups.handle(ENVIRONMENT, agreement, context);
    await exportNext(world.streams);
    await quiet();
  });
  afterEach(async () => {
    await world.close();
  });

  const followed = async (): Promise<string> => {
    const projector = new Projector(historyProjection, world);
    projector.start();
    await caughtUp(world);
    await projector.stop();
    return (await world.readModels.fingerprint(HISTORY)).sha256;
  };
  const build = async (): Promise<number> =>
    buildThrough(world, historyProjection, {
      physical: BUILD,
      through: { position: await world.store.head() },
    });

  it('makes the rows that following makes, however slowly they are written', async () => {
    const apply = world.readModels.apply.bind(world.readModels);
    const positions: bigint[] = [];
    world.readModels.apply = async (command) => {
      if (command.projection === BUILD) {
        positions.push(command.position);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await apply(command);
    };
    await build();
    expect(positions.length).toBeGreaterThan(2);
    expect((await world.readModels.fingerprint(BUILD)).sha256).toBe(await followed());
  });

  it('goes on after one that could not be written, with nothing left out or taken in twice', async () => {
    const apply = world.readModels.apply.bind(world.readModels);
    let written = 0;
    world.readModels.apply = async (command) => {
      written += 1;
      if (written === 2) throw new CodedError('STORE_UNAVAILABLE', 'The disk is full.');
      await apply(command);
    };
    await expect(build()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    const { position: reached } = await world.readModels.checkpoint(BUILD);
    expect(reached).toBeGreaterThan(START);
    const left = await world.store.readAll(reached, 100_000);
    expect(await build()).toBe(left.length);
    expect((await world.readModels.fingerprint(BUILD)).sha256).toBe(await followed());
  });
});
