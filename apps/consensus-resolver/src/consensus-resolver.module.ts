import { Module, type DynamicModule } from '@nestjs/common';
import { LaneKeeper, Lanes } from '#libs/runtime';
import type { ServicePorts } from '#libs/services';
import { ConsensusResolverConsumer } from './consensus-resolver.consumer.js';
import { ResolveHandler } from './resolve.handler.js';

const ENVIRONMENTS_AT_ONCE = 16;

@Module({})
export class ConsensusResolverModule {
  /** The resolver over the process's adapters. */
  static register(ports: ServicePorts): DynamicModule {
    const handler = new ResolveHandler(ports);
    const lanes = new Lanes({
      name: 'agreement',
      step: (environmentId, signal) => handler.step(environmentId, signal),
      onFailure: (environmentId, error, attempt) => handler.failed(environmentId, error, attempt),
      concurrencyMax: ENVIRONMENTS_AT_ONCE,
      gate: ports.gate,
      clock: ports.clock,
      log: ports.log,
    });
    const keeper = new LaneKeeper(lanes, {
      ...ports,
      ownership: ports.environmentOwnership,
      keys: () => ports.catalogue.environmentIds(),
    });
    return {
      module: ConsensusResolverModule,
      controllers: [ConsensusResolverConsumer],
      providers: [
        { provide: Lanes, useValue: lanes },
        { provide: LaneKeeper, useValue: keeper },
      ],
    };
  }
}
