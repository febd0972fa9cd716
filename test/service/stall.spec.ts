/**
 * @proves A stalled run is woken, failed and repeated once by any of three schedulers. A slow node or an absent managed bucket is not a stall (SIMULATED nodes).
 */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { STALL_TIMEOUT_MS } from '#libs/domain';
import { CodedError, toCodedError } from '#libs/kernel';
import type { ObjectInfo, PutResult } from '#libs/object-store';
import { MemoryObjectStore } from '#libs/object-store/adapters/memory.object-store';
import { ManualClock } from '#libs/runtime/testing';
import { ExportHandler } from '../../apps/exporter/src/export.handler.js';
import { MonitorHalt } from '../../apps/exporter/src/client-export/monitor-halt.js';
import { SegmentExporter } from '../../apps/exporter/src/segment/segment-exporter.js';
import { ResolveHandler } from '../../apps/consensus-resolver/src/resolve.handler.js';
import { ScheduleHandler } from '../../apps/scheduler/src/schedule.handler.js';
import { BackupWorld } from '../support/worlds/backup-world.js';
import { eventually } from '../support/checks/eventually.js';
import { startSimulatedNode } from '../support/simulated/simulated-node.js';
import { syntheticChain } from '../support/simulated/simulated-chain.js';

const NOWHERE = 'http://127.0.0.1:9';
const NOTE_EVERY_MS = STALL_TIMEOUT_MS / 4;
const FIVE_HOURS_MS = 5 * 60 * 60_000;
const signal = new AbortController().signal;

/** A managed bucket that can be away (says so) or silent (never answers). */
class RestlessStore extends MemoryObjectStore {
  asked = 0;

  constructor(public mode: 'answers' | 'away' | 'silent') {
    super();
  }

  override async head(key: string): Promise<ObjectInfo | undefined> {
    await this.answer();
    return super.head(key);
  }

  override async *get(key: string): AsyncIterable<Uint8Array> {
    await this.answer();
    yield* super.get(key);
  }

  override async put(...[key, body, condition]: Parameters<MemoryObjectStore['put']>): Promise<PutResult> {
    await this.answer();
    return super.put(key, body, condition);
  }

  private async answer(): Promise<void> {
    this.asked += 1;
    if (this.mode === 'away') throw new CodedError('TARGET_UNAVAILABLE', 'No answer.');
    if (this.mode === 'silent') await new Promise(() => undefined);
  }
}

const closing: (() => Promise<void>)[] = [];

/** A run of one file whose range is agreed, over a SIMULATED node, with this managed bucket. */
const agreedRun = async (clock: ManualClock, managed: MemoryObjectStore) => {
  const world = await BackupWorld.create(clock);
  const node = await startSimulatedNode({ chain: syntheticChain({ blocks: 40 }), nodeId: 'monitor' });
  await world.environment([
    ['monitor', 'monitor', node.url],
    ['v1', 'validator', node.url],
  ]);
  world.objects.stores.set(join(world.ports.home, 'managed'), managed);
  await world.request();
  await new ResolveHandler(world.ports).step('e', signal);
  const halts = new MonitorHalt(world.ports);
  const segments = new SegmentExporter(world.ports, halts, { noteEveryMs: NOTE_EVERY_MS, monitorShare: 1 });
  const exporter = new ExportHandler(world.ports, segments, halts);
  const scheduler = new ScheduleHandler(world.ports, STALL_TIMEOUT_MS);
  closing.push(
    () => node.close(),
    () => world.close(),
  );
  return { world, exporter, scheduler };
};

describe('runs that stand still', () => {
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

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

  it('are none while the managed bucket is away for hours: the run waits, notes it and goes on with the bucket', async () => {
    const clock = new ManualClock();
    const managed = new RestlessStore('away');
    const { world, exporter, scheduler } = await agreedRun(clock, managed);
    const until = clock.nowMs() + FIVE_HOURS_MS;
    for (let attempt = 1; clock.nowMs() < until; attempt += 1) {
      const error: unknown = await exporter.step('e', signal).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'MANAGED_UNAVAILABLE' });
      const decision = await exporter.failed('e', toCodedError(error), attempt);
      if (decision === 'give-up' || !('waitMs' in decision)) throw new Error('The run does not wait.');
      await clock.advance(decision.waitMs);
      await scheduler.look('e');
    }
    managed.mode = 'answers';
    await exporter.step('e', signal);
    const types = (await world.events()).map(({ type }) => type);
    const notes = types.filter((type) => type === 'SegmentProgressed').length;
    expect(types.filter((type) => type !== 'SegmentProgressed')).toEqual([
      'BackupRequested',
      'RangeAgreed',
      'SegmentExported',
      'BackupCompleted',
    ]);
    // One in a quarter of the stall time-out, up to a wait later.
    expect(notes).toBeGreaterThanOrEqual(Math.floor(FIVE_HOURS_MS / (NOTE_EVERY_MS + 10_000)));
    expect(notes).toBeLessThanOrEqual(FIVE_HOURS_MS / NOTE_EVERY_MS);
  });

  it('are those whose step hangs in the managed bucket: nothing is noted for them', async () => {
    const clock = new ManualClock();
    const managed = new RestlessStore('silent');
    const { world, exporter, scheduler } = await agreedRun(clock, managed);
    void exporter.step('e', signal);
    await eventually('the bucket is asked', 240_000, async () => managed.asked > 0);
    for (let look = 1; look <= 2; look += 1) {
      await clock.advance(STALL_TIMEOUT_MS);
      await scheduler.look('e');
    }
    const types = (await world.events()).map(({ type }) => type);
    expect(types).toEqual(['BackupRequested', 'RangeAgreed', 'BackupWoken', 'BackupFailed']);
  });
});
