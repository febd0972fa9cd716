import {
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { ServicePorts } from '#libs/services';
import { catalogueProjection, historyProjection, Projector } from '#libs/projections';

const PROJECTORS = Symbol('projectors');

/** Runs the projectors between the application's start and its end. */
class ProjectorRunner implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly projectors: readonly Projector[]) {}

  onApplicationBootstrap(): void {
    for (const projector of this.projectors) projector.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.projectors.map((projector) => projector.stop()));
  }
}

@Module({})
export class HistoryProjectorModule {
  /** The read models `catalogue` and `history`, kept up to date from the process's store. */
  static register(
    ports: Pick<ServicePorts, 'clock' | 'gate' | 'log' | 'random' | 'readModels' | 'store'>,
  ): DynamicModule {
    const projectors = [catalogueProjection, historyProjection].map(
      (projection) => new Projector(projection, ports),
    );
    return {
      module: HistoryProjectorModule,
      providers: [{ provide: PROJECTORS, useValue: new ProjectorRunner(projectors) }],
    };
  }
}
