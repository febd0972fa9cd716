/** @proves A false head neither moves nor silences the schedule "every N blocks" (SIMULATED nodes and time). */
import { afterEach, describe, expect, it } from '@jest/globals';
import { STALL_TIMEOUT_MS } from '#libs/domain';
import { ManualClock } from '#libs/runtime/testing';
import { ScheduleHandler } from '../../apps/scheduler/src/schedule.handler.js';
import { lazyChain } from '../support/simulated/simulated-chain.js';
import { startSimulatedNode, type SimulatedNode } from '../support/simulated/simulated-node.js';
import { BackupWorld } from '../support/worlds/backup-world.js';

const FALSE_HEAD = 1_000_000_000_000n;
const VALIDATORS = ['v1', 'v2', 'v3', 'v4'];

describe('every 10,000 blocks', () => {
  const nodes = new Map<string, SimulatedNode>();
  let world: BackupWorld;
  let clock: ManualClock;
  afterEach(async () => {
    await Promise.all([...nodes.values()].map((node) => node.close()));
    await world.close();
  });

  const at = (head: bigint, ...ids: readonly string[]): void => {
    for (const id of ids) nodes.get(id)!.rpc.chain = lazyChain({ head });
  };
  const start = async (validators = VALIDATORS): Promise<void> => {
    clock = new ManualClock(Date.UTC(2026, 0, 2));
    world = await BackupWorld.create(clock);
    nodes.clear();
    for (const nodeId of ['monitor', ...validators])
      nodes.set(nodeId, await startSimulatedNode({ chain: lazyChain({ head: 0n }), nodeId }));
    const described = [...nodes].map(
      ([id, { url }]) => [id, id === 'monitor' ? 'monitor' : 'validator', url] as const,
    );
    await world.environment(described, { schedule: { kind: 'blocks', everyBlocks: 10_000 } });
  };
  /** Two schedulers look; the run that this leads to ends without a new block. */
  const look = async (): Promise<void> => {
    const schedulers = [1, 2].map(() => new ScheduleHandler(world.ports, STALL_TIMEOUT_MS));
    await Promise.all(schedulers.map((scheduler) => scheduler.look('e')));
    await clock.advance(15_000);
    const { at: now, context } = world.context();
    const state = await world.backup();
    if (state.status === 'idle') return;
    const skip = { type: 'SkipBackup', runId: state.run.runId, reason: 'NO_NEW_BLOCK', at: now } as const;
    await world.ports.streams.backups.handle('e', skip, context);
  };
  const slots = async () =>
    (await world.events()).flatMap(({ type, data }) =>
      type === 'BackupRequested' ? [(data['slot'] as { number: string }).number] : [],
    );
  const runIds = async () =>
    (await world.events()).flatMap(({ type, data }) => (type === 'BackupRequested' ? [data['runId']] : []));

  it('counts to the block that a quorum reaches, whatever the monitor or one validator claims', async () => {
    await start();
    at(25_000n, ...VALIDATORS);
    for (const liar of ['monitor', 'v2']) {
      at(FALSE_HEAD, 'monitor', liar);
      await look();
      expect(await slots()).toEqual(['19999']);
    }
    at(0n, 'monitor', 'v3');
    at(25_000n, 'v2');
    at(30_000n, 'v1', 'v4');
    await look();
    expect(await slots()).toEqual(['19999']);
    at(30_000n, ...VALIDATORS);
    await look();
    expect(await slots()).toEqual(['19999', '29999']);
  });

  it('goes on after a slot from a false head was recorded, as another run each time', async () => {
    await start(['v1']);
    for (const honest of [25_000n, 26_000n]) {
      at(honest, 'v1');
      await look();
      at(FALSE_HEAD, 'v1');
      await look();
    }
    at(45_000n, 'v1');
    await look();
    await look();
    const ofFalse = String(9_999n + ((FALSE_HEAD - 9_999n) / 10_000n) * 10_000n);
    expect(await slots()).toEqual(['19999', ofFalse, '19999', ofFalse, '39999']);
    expect(new Set(await runIds()).size).toBe(5);
  });

  it('asks for a run by the monitor alone while too few validators answer: the run names them', async () => {
    await start();
    at(25_000n, 'monitor', ...VALIDATORS);
    for (const id of ['v1', 'v2']) await nodes.get(id)!.close();
    await look();
    expect(await slots()).toEqual(['19999']);
  });
});
