import type { OnApplicationShutdown } from '@nestjs/common';
import { Lanes, type ServicePorts } from '#libs/platform';
import { DeliverHandler } from './deliver.handler.js';
import type { DeliveryOptions } from './delivery.options.js';
import { ManagedHistoryHandler } from './managed-history.handler.js';
import { Work } from './work.js';

/** Steps wait for the places they talk to; only transfers are scarce, and those have slots of their own. */
const TARGETS_AT_ONCE = 256;
const ENVIRONMENTS_AT_ONCE = 4;

/** The lanes of the distributor: one per target, one per managed bucket. */
export class DistributorLanes implements OnApplicationShutdown {
  readonly targets: Lanes;
  readonly managed: Lanes;
  private readonly work: Work;

  constructor(
    readonly ports: ServicePorts,
    options: Partial<DeliveryOptions> = {},
  ) {
    this.work = new Work(ports, options);
    const history = new ManagedHistoryHandler(this.work);
    const deliver = new DeliverHandler(ports, this.work, (environmentId) => {
      history.suspect(environmentId);
      this.managed.wake(environmentId, 'now');
    });
    const { clock, log } = ports;
    this.targets = new Lanes({
      name: 'delivery',
      step: (targetId, signal) => deliver.step(targetId, signal),
      onFailure: (targetId, error, attempt) => deliver.failed(targetId, error, attempt),
      concurrencyMax: TARGETS_AT_ONCE,
      clock,
      log,
    });
    this.managed = new Lanes({
      name: 'managed-history',
      step: (environmentId, signal) => history.step(environmentId, signal),
      onFailure: (environmentId, error, attempt) => history.failed(environmentId, error, attempt),
      concurrencyMax: ENVIRONMENTS_AT_ONCE,
      clock,
      log,
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.targets.stop();
    await this.work.shared.close();
  }
}
