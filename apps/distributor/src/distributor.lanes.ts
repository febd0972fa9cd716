import { Lanes, type ServicePorts } from '#libs/platform';
import { DeliverHandler } from './deliver.handler.js';
import { ManagedHistoryHandler } from './managed-history.handler.js';

/** Enough that some slow or dead targets leave room for the others; each holds a few chunks in memory. */
const TARGETS_AT_ONCE = 32;
const ENVIRONMENTS_AT_ONCE = 4;

/** The lanes of the distributor: one per target, one per managed bucket. */
export class DistributorLanes {
  readonly targets: Lanes;
  readonly managed: Lanes;

  constructor(readonly ports: ServicePorts) {
    const deliver = new DeliverHandler(ports);
    const history = new ManagedHistoryHandler(ports);
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
}
