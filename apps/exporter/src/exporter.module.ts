import { Module, type DynamicModule } from '@nestjs/common';
import { STALL_TIMEOUT_MS } from '#libs/domain';
import { LaneKeeper, Lanes, type ServicePorts } from '#libs/platform';
import { ExportHandler } from './export.handler.js';
import { ExporterConsumer } from './exporter.consumer.js';
import { SegmentExporter } from './segment-exporter.js';

/** Enough that some slow nodes leave room for the others; each holds some batches of blocks in memory. */
const ENVIRONMENTS_AT_ONCE = 16;

/** Progress is noted so often within the stall time-out that one lost note does no harm. */
const NOTES_A_TIMEOUT = 4;

export type ExporterOptions = Readonly<{
  /** The scheduler's: a run that stands still for so long is woken, then failed, in ms. */
  stallTimeoutMs?: number | undefined;
}>;

@Module({})
export class ExporterModule {
  /** The exporter over the process's adapters. */
  static register(
    ports: ServicePorts,
    { stallTimeoutMs = STALL_TIMEOUT_MS }: ExporterOptions = {},
  ): DynamicModule {
    const exporter = new SegmentExporter(ports, stallTimeoutMs / NOTES_A_TIMEOUT);
    const handler = new ExportHandler(ports, exporter);
    const lanes = new Lanes({
      name: 'export',
      step: (environmentId, signal) => handler.step(environmentId, signal),
      onFailure: (environmentId, error, attempt) => handler.failed(environmentId, error, attempt),
      concurrencyMax: ENVIRONMENTS_AT_ONCE,
      clock: ports.clock,
      log: ports.log,
    });
    const keeper = new LaneKeeper(lanes, {
      ...ports,
      ownership: ports.environmentOwnership,
      keys: () => ports.catalogue.environmentIds(),
    });
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
