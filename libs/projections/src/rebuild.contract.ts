import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CodedError, isCodedError } from '#libs/kernel';
import { historyProjection } from './history.projection.js';
import { rebuildHistory } from './index.js';
import { physicalName } from './projection.js';
import { Projector } from './projector.js';
import {
  aWorld,
  caughtUp,
  context,
  ENVIRONMENT,
  playRuns,
  requestOf,
  runsOf,
  type Stores,
  type World,
} from './testing.js';

const HISTORY = physicalName(historyProjection);

/** What a rebuild keeps, and what readers see of it, over the stores that `open` opens. */
export const describeRebuildContract = (name: string, open: () => Promise<Stores>): void => {
  describe(`rebuildHistory over ${name}`, () => {
    let world: World;
    let projector: Projector;
    beforeEach(async () => {
      world = await aWorld(open);
      projector = new Projector(historyProjection, world);
      projector.start();
      await playRuns(world.streams);
      await caughtUp(world);
    });
    afterEach(async () => {
      await projector.stop();
      await world.close();
    });

    it('makes equal rows, changes over to them and drops the old ones', async () => {
      const live = await world.readModels.fingerprint(HISTORY);
      const head = await world.store.head();
      const rebuilt = await rebuildHistory(world);
      expect(rebuilt).toStrictEqual({
        events: (await world.store.readAll(-1n, 1_000)).filter(({ type }) => type !== 'SegmentStaged').length,
        position: head,
        sha256: live.sha256,
        equal: true,
      });
      const active = await world.readModels.active('history');
      expect(active).toMatch(new RegExp(`^${HISTORY}-[0-9a-f]{8}$`));
      expect(await world.readModels.count(HISTORY, 'run')).toBe(0);
      expect(await world.store.head()).toBe(head);

      await world.streams.targets.handle(
        't',
        {
          type: 'RegisterTarget',
          targetId: 't',
          consortiumId: 'c',
          environmentId: ENVIRONMENT,
          description: { name: 'A', membershipId: 'm', provider: 'directory', details: {}, destination: 'd' },
          at: context.at,
        },
        context,
      );
      await caughtUp(world);
      expect(await world.readModels.count(HISTORY, 'run')).toBe(0);
      expect((await rebuildHistory(world)).equal).toBe(true);
    });

    it('keeps the live rows and says so when they are not what the events make', async () => {
      const row = await world.readModels.get(HISTORY, 'run', 'r1');
      const { position } = await world.readModels.checkpoint(HISTORY);
      await world.readModels.apply({
        projection: HISTORY,
        expected: position,
        position,
        changes: [
          {
            kind: 'put',
            collection: 'run',
            id: 'r1',
            parent: row!.parent!,
            sort: row!.sort,
            document: { ...(row!.document as object), state: 'failed' },
          },
        ],
      });
      const failure: unknown = await rebuildHistory(world).catch((error: unknown) => error);
      expect(failure).toMatchObject({
        code: 'PROJECTION_DIVERGED',
        context: { live: HISTORY, position },
      });
      expect(await world.readModels.active('history')).toBe(HISTORY);
      const green = isCodedError(failure) ? String(failure.context['green']) : '';
      expect(await world.readModels.count(green, 'run')).toBe(7);
    });

    it('takes what the events make when it is told to, although the live rows differ', async () => {
      const { position } = await world.readModels.checkpoint(HISTORY);
      const lost = { kind: 'delete', collection: 'run', id: 'r1' } as const;
      await world.readModels.apply({ projection: HISTORY, expected: position, position, changes: [lost] });
      expect(await rebuildHistory(world, { takeDifferent: true })).toMatchObject({ equal: false, position });
      expect(await runsOf(world, ENVIRONMENT)).toHaveLength(7);
      expect((await rebuildHistory(world)).equal).toBe(true);
    });

    it('compares and changes over while events keep coming', async () => {
      let going = true;
      const writing = (async () => {
        for (let round = 0; going; round += 1) {
          const slot = {
            kind: 'time',
            at: new Date(Date.UTC(2026, 5, 1) + round * 60_000).toISOString(),
          } as const;
          await world.streams.backups.handle(ENVIRONMENT, requestOf(`s${round}`, { slot }), context);
          await new Promise((resolve) => setTimeout(resolve, 15));
        }
      })();
      const rebuilt = await rebuildHistory(world);
      going = false;
      await writing;
      expect(rebuilt.equal).toBe(true);
      await caughtUp(world);
      const again = await rebuildHistory(world);
      expect(again.position).toBe(await world.store.head());
    });

    it('is done by two at once as if one after the other, and leaves one projection', async () => {
      const written = new Set<string>();
      const apply = world.readModels.apply.bind(world.readModels);
      world.readModels.apply = async (command) => {
        written.add(command.projection);
        await apply(command);
      };
      const rebuilt = await Promise.all([rebuildHistory(world), rebuildHistory(world)]);
      const read = await world.store.readAll(-1n, 1_000);
      const events = read.filter(({ type }) => type !== 'SegmentStaged').length;
      for (const outcome of rebuilt) expect(outcome).toMatchObject({ events, equal: true });
      const active = await world.readModels.active('history');
      for (const projection of [HISTORY, ...written])
        expect([projection, await world.readModels.count(projection, 'run')]).toStrictEqual([
          projection,
          projection === active ? 7 : 0,
        ]);
    });

    it('brings in what the live rows took in between the comparison and the change-over', async () => {
      const activate = world.readModels.activate.bind(world.readModels);
      world.readModels.activate = async (name, projection, instead) => {
        await world.streams.backups.handle(ENVIRONMENT, requestOf('late'), context);
        await caughtUp(world);
        await activate(name, projection, instead);
      };
      await rebuildHistory(world);
      expect(await world.readModels.active('history')).not.toBe(HISTORY);
      await caughtUp(world);
    });

    it('shows readers every run at every moment of the change-over', async () => {
      let reading = true;
      const counts = new Set<number>();
      const reader = (async () => {
        while (reading) {
          counts.add((await runsOf(world, ENVIRONMENT)).length);
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      await rebuildHistory(world);
      reading = false;
      await reader;
      expect([...counts]).toStrictEqual([7]);
    });

    it('shows a reader every run when a whole rebuild runs between its two reads', async () => {
      const active = world.readModels.active.bind(world.readModels);
      let rebuilt: ReturnType<typeof rebuildHistory> | undefined;
      world.readModels.active = async (name) => {
        const before = await active(name);
        if (rebuilt === undefined) await (rebuilt = rebuildHistory(world));
        return before;
      };
      expect(await runsOf(world, ENVIRONMENT)).toHaveLength(7);
      expect(await world.readModels.count(HISTORY, 'run')).toBe(0);
    });

    it('appends nothing, and leaves no trace when it fails', async () => {
      const appended: string[] = [];
      world.store.append = async (stream) => {
        appended.push(stream);
        throw new CodedError('INTERNAL', 'Nothing may be appended.');
      };
      const dropped: string[] = [];
      const drop = world.readModels.drop.bind(world.readModels);
      world.readModels.drop = async (projection) => {
        dropped.push(projection);
        await drop(projection);
      };
      world.store.readAll = async () => {
        throw new CodedError('STORE_UNAVAILABLE', 'The disk is gone.');
      };
      await expect(rebuildHistory(world)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect(dropped).toHaveLength(1);
      expect(dropped[0]).toMatch(new RegExp(`^${HISTORY}-`));
      expect(await world.readModels.active('history')).toBe(HISTORY);
      expect(appended).toStrictEqual([]);
    });
  });
};
