import { Module, type DynamicModule } from '@nestjs/common';
import { LaneKeeper, type ServicePorts } from '#libs/platform';
import { DistributorConsumer } from './distributor.consumer.js';
import { DistributorLanes } from './distributor.lanes.js';

@Module({})
export class DistributorModule {
  /** The distributor over the process's adapters; `installation` marks the places it writes to as its own. */
  static register(ports: ServicePorts, { installation }: Readonly<{ installation: string }>): DynamicModule {
    const lanes = new DistributorLanes(ports, installation);
    const targets = new LaneKeeper(lanes.targets, ports, async () =>
      (await ports.catalogue.targets()).map(({ configurationId }) => configurationId),
    );
    const managed = new LaneKeeper(lanes.managed, ports, async () =>
      (await ports.catalogue.environments()).map(({ environmentId }) => environmentId),
    );
    return {
      module: DistributorModule,
      controllers: [DistributorConsumer],
      providers: [
        { provide: DistributorLanes, useValue: lanes },
        { provide: 'target-keeper', useValue: targets },
        { provide: 'managed-keeper', useValue: managed },
      ],
    };
  }
}
