import { Module, type DynamicModule } from '@nestjs/common';
import { LaneKeeper, Lanes, type ServicePorts } from '#libs/platform';
import { ExportHandler } from './export.handler.js';
import { ExporterConsumer } from './exporter.consumer.js';
import { HaltSweep } from './halt-sweep.js';
import { MonitorHalt } from './monitor-halt.js';
import { SegmentExporter, type ExporterOptions } from './segment-exporter.js';

const ENVIRONMENTS_AT_ONCE = 4;
/** Every replica looks this often for halts past their deadline, whoever works for the environment. */
const SWEEP_HALTS_MS = 15_000;

@Module({})
export class ExporterModule {
  /** The exporter over the process's adapters. */
  static register(ports: ServicePorts, options: ExporterOptions = {}): DynamicModule {
    const halts = new MonitorHalt(ports);
    const handler = new ExportHandler(ports, new SegmentExporter(ports, halts, options), halts);
    const lanes = new Lanes({
      name: 'export',
      step: (environmentId, signal) => handler.step(environmentId, signal),
      onFailure: (environmentId, error, attempt) => handler.failed(environmentId, error, attempt),
      concurrencyMax: ENVIRONMENTS_AT_ONCE,
      clock: ports.clock,
      log: ports.log,
    });
    const keeper = new LaneKeeper(lanes, ports, () => ports.catalogue.environmentIds());
    const sweep = new HaltSweep(ports, halts);
    const overdue = new Lanes({
      name: 'halt',
      step: (environmentId) => sweep.step(environmentId),
      onFailure: () => Promise.resolve({ retryAfterMs: SWEEP_HALTS_MS }),
      concurrencyMax: ENVIRONMENTS_AT_ONCE,
      clock: ports.clock,
      log: ports.log,
    });
    const watch = new LaneKeeper(overdue, ports, () => ports.catalogue.environmentIds(), SWEEP_HALTS_MS);
    return {
      module: ExporterModule,
      controllers: [ExporterConsumer],
      providers: [
        { provide: Lanes, useValue: lanes },
        { provide: LaneKeeper, useValue: keeper },
        { provide: HaltSweep, useValue: watch },
      ],
    };
  }
}
