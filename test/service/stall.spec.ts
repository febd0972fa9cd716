import { describe, expect, it } from '@jest/globals';
import { STALL_TIMEOUT_MS } from '#libs/domain';
import { ManualClock } from '#libs/platform/testing';
import { ExportHandler } from '../../apps/exporter/src/export.handler.js';
import { MonitorHalt } from '../../apps/exporter/src/monitor-halt.js';
import { SegmentExporter } from '../../apps/exporter/src/segment-exporter.js';
import { ResolveHandler } from '../../apps/consensus-resolver/src/resolve.handler.js';
import { ScheduleHandler } from '../../apps/scheduler/src/schedule.handler.js';
import { BackupWorld } from '../support/backup-world.js';
import { startSimulatedNode } from '../support/simulated-node.js';
import { syntheticChain } from '../support/simulated-chain.js';

const NOWHERE = 'http://127.0.0.1:9';
const signal = new AbortController().signal;

describe('runs that stand still', () => {
  it('are woken, failed and repeated by any of three schedulers, each once', async () => {
    const clock = new ManualClock();
    const world = await BackupWorld.create(clock);
    await world.environment([['monitor', 'monitor', NOWHERE]]);
    await world.request();
    const schedulers = [1, 2, 3].map(() => new ScheduleHandler(world.ports, STALL_TIMEOUT_MS));
    const pass = async (ms: number): Promise<void> => {
      await clock.advance(ms);
      await Promise.all(schedulers.map((scheduler) => scheduler.look('e')));
    };
    await pass(STALL_TIMEOUT_MS - 1);
    await pass(1);
    await pass(STALL_TIMEOUT_MS - 1);
    await pass(1);
    await pass(5 * 60_000);
    const events = await world.events();
    expect(events.map(({ type }) => type)).toEqual([
      'BackupRequested',
      'BackupWoken',
      'BackupFailed',
      'BackupRequested',
    ]);
    expect(events[2]).toMatchObject({ data: { code: 'BACKUP_STALLED', retryable: true } });
    expect(events[3]).toMatchObject({ data: { trigger: 'retry', attempt: 1 } });
    await world.close();
  });

  it('are none while a SIMULATED slow node is read: what was gathered stands in the stream', async () => {
    const world = await BackupWorld.create();
    const node = await startSimulatedNode({ chain: syntheticChain({ blocks: 40 }), nodeId: 'monitor' });
    node.rpc.faults = { msPerBlock: 2 };
    await world.environment([
      ['monitor', 'monitor', node.url],
      ['v1', 'validator', node.url],
    ]);
    await world.request();
    await new ResolveHandler(world.ports).step('e', signal);
    const noteEveryMs = 1;
    const halts = new MonitorHalt(world.ports);
    const exporter = new SegmentExporter(world.ports, halts, { noteEveryMs, monitorShare: 1 });
    await new ExportHandler(world.ports, exporter, halts).step('e', signal);
    const events = await world.events();
    const notes = events.filter(({ type }) => type === 'SegmentProgressed');
    expect(notes.length).toBeGreaterThan(0);
    expect(notes[0]).toMatchObject({ data: { end: '40' } });
    expect(events.at(-1)).toMatchObject({ type: 'BackupCompleted' });
    await node.close();
    await world.close();
  });
});
