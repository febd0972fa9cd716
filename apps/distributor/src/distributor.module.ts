import { Module, type DynamicModule } from '@nestjs/common';
import { LaneKeeper } from '#libs/runtime';
import type { ServicePorts } from '#libs/services';
import type { DeliveryOptions } from './delivery.options.js';
import { CONSUMER_PORTS, DistributorConsumer } from './distributor.consumer.js';
import { DistributorLanes } from './distributor.lanes.js';

@Module({})
export class DistributorModule {
  /** The distributor over the process's adapters. */
  static register(ports: ServicePorts, options: Partial<DeliveryOptions> = {}): DynamicModule {
    const lanes = new DistributorLanes(ports, options);
    const targets = new LaneKeeper(lanes.targets, {
      ...ports,
      ownership: ports.targetOwnership,
      keys: () => ports.catalogue.targetIds(),
    });
    const managed = new LaneKeeper(lanes.managed, {
      ...ports,
      ownership: ports.environmentOwnership,
      keys: () => ports.catalogue.environmentIds(),
    });
    return {
      module: DistributorModule,
      controllers: [DistributorConsumer],
      providers: [
        { provide: DistributorLanes, useValue: lanes },
        { provide: CONSUMER_PORTS, useValue: ports },
        { provide: 'target-keeper', useValue: targets },
        { provide: 'managed-keeper', useValue: managed },
        { provide: 'lanes-end', useValue: { onApplicationShutdown: () => lanes.close() } },
      ],
    };
  }
}
