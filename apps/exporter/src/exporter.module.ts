import { Module, type DynamicModule } from '@nestjs/common';
import { STALL_TIMEOUT_MS } from '#libs/domain';
import { OwnsAll } from '#libs/messaging';
import { LaneKeeper, Lanes } from '#libs/runtime';
import type { ServicePorts } from '#libs/services';
import { ExportHandler } from './export.handler.js';
import { ExporterConsumer } from './exporter.consumer.js';
import { HaltSweep } from './client-export/halt-sweep.js';
import { MonitorHalt } from './client-export/monitor-halt.js';
import { SegmentExporter, type ExportOptions } from './segment/segment-exporter.js';

/** Enough that some slow nodes leave room for the others; each holds some batches of blocks in memory. */
const ENVIRONMENTS_AT_ONCE = 16;

/** Notes of progress per stall time-out; enough that one lost note does no harm. */
const NOTES_A_TIMEOUT = 4;

export type ExporterOptions = Partial<Pick<ExportOptions, 'monitorShare'>> &
  Readonly<{
    /** As in the scheduler: after this time without progress, in ms, a run is woken, then failed. */
    stallTimeoutMs?: number | undefined;
  }>;
/** Nest's token of the second keeper. */
const HALT_KEEPER = 'keeper of overdue halts';
/** How often every replica looks for halts past their deadline, in any environment. */
const SWEEP_HALTS_MS = 15_000;

@Module({})
export class ExporterModule {
  /** The exporter over the process's adapters. */
  static register(
    ports: ServicePorts,
    { stallTimeoutMs = STALL_TIMEOUT_MS, monitorShare = 1 }: ExporterOptions = {},
  ): DynamicModule {
    const halts = new MonitorHalt(ports);
    const noteEveryMs = stallTimeoutMs / NOTES_A_TIMEOUT;
    const exporter = new SegmentExporter(ports, halts, { noteEveryMs, monitorShare });
    const handler = new ExportHandler(ports, exporter, halts);
    const lanes = new Lanes({
      name: 'export',
      step: (environmentId, signal) => handler.step(environmentId, signal),
      onFailure: (environmentId, error, attempt) => handler.failed(environmentId, error, attempt),
      concurrencyMax: ENVIRONMENTS_AT_ONCE,
      gate: ports.gate,
      clock: ports.clock,
      log: ports.log,
    });
    const keys = () => ports.catalogue.environmentIds();
    const keeper = new LaneKeeper(lanes, { ...ports, ownership: ports.environmentOwnership, keys });
    const sweep = new HaltSweep(ports, halts);
    const overdue = new Lanes({
      name: 'halt',
      step: (environmentId) => sweep.step(environmentId),
      onFailure: () => Promise.resolve({ retryAfterMs: SWEEP_HALTS_MS }),
      concurrencyMax: ENVIRONMENTS_AT_ONCE,
      gate: ports.gate,
      clock: ports.clock,
      log: ports.log,
    });
    // Every replica watches every environment, because the replica that works for it may have died.
    const watch = new LaneKeeper(overdue, {
      ...ports,
      ownership: new OwnsAll(),
      keys,
      everyMs: SWEEP_HALTS_MS,
    });
    return {
      module: ExporterModule,
      controllers: [ExporterConsumer],
      providers: [
        { provide: Lanes, useValue: lanes },
        { provide: LaneKeeper, useValue: keeper },
        { provide: HALT_KEEPER, useValue: watch },
      ],
    };
  }
}
