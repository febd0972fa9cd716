/** @proves Three schedulers request each slot once over 48 hours with a clock change (SIMULATED time). */
import { afterEach, describe, expect, it } from '@jest/globals';
import { clockWentBack, nextSlots, STALL_TIMEOUT_MS, type Frequency } from '#libs/domain';
import { toEpochMs, toInstant } from '#libs/kernel';
import { ManualClock } from '#libs/runtime/testing';
import { ScheduleHandler } from '../../apps/scheduler/src/schedule.handler.js';
import { lazyChain, startSimulatedNode } from '../support/simulated/simulated-node.js';
import { BackupWorld } from '../support/worlds/backup-world.js';

const HOUR_MS = 3_600_000;
const STEP_MS = 10 * 60_000;

describe('three schedulers over 48 simulated hours with a change of the clock', () => {
  let world: BackupWorld;
  afterEach(async () => {
    await world.close();
  });

  const slotsOf = async (): Promise<string[]> =>
    (await world.events()).flatMap(({ type, data }) => {
      const slot = data['slot'] as { at?: string } | undefined;
      return type === 'BackupRequested' && slot?.at !== undefined ? [slot.at] : [];
    });

  const runFor = async (clock: ManualClock, hours: number): Promise<void> => {
    const schedulers = [1, 2, 3].map(() => new ScheduleHandler(world.ports, STALL_TIMEOUT_MS));
    for (let passed = 0; passed < hours * HOUR_MS; passed += STEP_MS) {
      await clock.advance(STEP_MS);
      await Promise.all(schedulers.map((scheduler) => scheduler.look('e')));
      // The run ends at once, so that the next slot opens its own.
      const { at, context } = world.context();
      const state = await world.backup();
      if (state.status !== 'requested') continue;
      const skip = { type: 'SkipBackup', runId: state.run.runId, reason: 'NO_NEW_BLOCK', at } as const;
      await world.ports.streams.backups.handle('e', skip, context);
    }
  };

  it.each([
    ['once', '2026-03-28T12:00:00.000Z'],
    ['twice', '2026-03-28T12:00:00.000Z'],
    ['three', '2026-10-24T12:00:00.000Z'],
    ['four', '2026-10-24T12:00:00.000Z'],
  ] as const)('%s from %s fires exactly its slots, once each', async (frequency: Frequency, start) => {
    const clock = new ManualClock(toEpochMs(start));
    world = await BackupWorld.create(clock);
    const schedule = { kind: 'frequency', frequency, timeZone: 'Europe/Berlin' } as const;
    await world.environment([['monitor', 'monitor', 'http://127.0.0.1:9']], { schedule });
    await runFor(clock, 48);
    const end = toInstant(toEpochMs(start) + 48 * HOUR_MS);
    const expected = nextSlots(schedule, start, 20).filter((slot) => slot <= end);
    expect(expected.length).toBeGreaterThan(1);
    expect(await slotsOf()).toEqual(expected);
  });

  it('a monitor that claims an absurd head opens no run, and the schedule goes on when it is sane again', async () => {
    const node = await startSimulatedNode({ chain: lazyChain({ head: 5n }) });
    try {
      const clock = new ManualClock(toEpochMs('2026-03-28T12:00:00.000Z'));
      world = await BackupWorld.create(clock);
      const schedule = { kind: 'blocks', everyBlocks: 10_000 } as const;
      await world.environment([['monitor', 'monitor', node.url]], { schedule });
      const requested = async () =>
        (await world.events())
          .filter(({ type }) => type === 'BackupRequested')
          .map(({ data }) => data['slot']);
      for (const head of [2n ** 53n, 2n ** 64n, 2n ** 255n]) {
        node.rpc.chain = lazyChain({ head });
        await runFor(clock, 1);
        expect(await requested()).toEqual([]);
      }
      node.rpc.chain = lazyChain({ head: 10_500n });
      await runFor(clock, 1);
      expect(await requested()).toEqual([{ kind: 'block', number: '9999' }]);
    } finally {
      await node.close();
    }
  });

  it('runs nothing for a new environment, and nothing after disabling', async () => {
    const clock = new ManualClock(toEpochMs('2026-03-28T12:00:00.000Z'));
    world = await BackupWorld.create(clock);
    const four = { kind: 'frequency', frequency: 'four', timeZone: 'UTC' } as const;
    await world.environment([['monitor', 'monitor', 'http://127.0.0.1:9']], {
      enabled: false,
      schedule: four,
    });
    await runFor(clock, 24);
    expect(await world.events()).toEqual([]);
    await world.configure({ enabled: true });
    const { state: enabled } = await world.ports.streams.environments.load('e');
    expect(enabled).toMatchObject({ monitorResetRequired: true });
    const { at, context } = world.context();
    const reset = { type: 'ResetMonitor', nodeId: 'monitor', how: 're-probed', at } as const;
    await world.ports.streams.environments.handle('e', reset, context);
    expect((await world.ports.streams.environments.load('e')).state).toMatchObject({
      monitorResetRequired: false,
    });
    await runFor(clock, 12);
    const fired = await slotsOf();
    expect(fired).toHaveLength(2);
    await world.configure({ enabled: false });
    await runFor(clock, 24);
    expect(await slotsOf()).toEqual(fired);
  });

  it('goes on by the present time after the clock was a year ahead, and counts silence from there', async () => {
    const clock = new ManualClock(toEpochMs('2026-03-02T12:00:00.000Z'));
    world = await BackupWorld.create(clock);
    const four = { kind: 'frequency', frequency: 'four', timeZone: 'UTC' } as const;
    await world.environment([['monitor', 'monitor', 'http://127.0.0.1:9']], { schedule: four });
    await runFor(clock, 12);
    clock.set(toEpochMs('2027-03-03T00:10:00.000Z'));
    await runFor(clock, 6);
    clock.set(toEpochMs('2026-03-03T01:00:00.000Z'));
    expect(clockWentBack(await world.backup(), toInstant(clock.nowMs()))).toBe('2027-03-03T06:00:00.000Z');
    await runFor(clock, 12);
    expect(await slotsOf()).toEqual([
      ...['2026-03-02T18:00:00.000Z', '2026-03-03T00:00:00.000Z'],
      ...['2027-03-03T00:00:00.000Z', '2027-03-03T06:00:00.000Z'],
      // The newest slot comes once more, as another run: what was done in between is not known.
      ...['2026-03-03T00:00:00.000Z', '2026-03-03T06:00:00.000Z', '2026-03-03T12:00:00.000Z'],
    ]);
    const requested = (await world.events()).filter(({ type }) => type === 'BackupRequested');
    expect(new Set(requested.map(({ data }) => data['runId'])).size).toBe(requested.length);
    expect((await world.backup()).lastSuccessAt).toBe('2026-03-03T12:00:00.000Z');
  });
});
