import { Module, type DynamicModule } from '@nestjs/common';
import { LaneKeeper, Lanes, type ServicePorts } from '#libs/platform';
import { ExportHandler } from './export.handler.js';
import { ExporterConsumer } from './exporter.consumer.js';
import { SegmentExporter } from './segment-exporter.js';

const ENVIRONMENTS_AT_ONCE = 4;

@Module({})
export class ExporterModule {
  /** The exporter over the process's adapters. */
  static register(ports: ServicePorts): DynamicModule {
    const handler = new ExportHandler(ports, new SegmentExporter(ports));
    const lanes = new Lanes({
      name: 'export',
      step: (environmentId, signal) => handler.step(environmentId, signal),
      onFailure: (environmentId, error, attempt) => handler.failed(environmentId, error, attempt),
      concurrencyMax: ENVIRONMENTS_AT_ONCE,
      clock: ports.clock,
      log: ports.log,
    });
    const keeper = new LaneKeeper(lanes, ports, () => ports.catalogue.environmentIds());
    return {
      module: ExporterModule,
      controllers: [ExporterConsumer],
      providers: [
        { provide: Lanes, useValue: lanes },
        { provide: LaneKeeper, useValue: keeper },
      ],
    };
  }
}
