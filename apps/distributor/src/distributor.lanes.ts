import { Lanes } from '#libs/runtime';
import { DeliverHandler } from './targets/deliver.handler.js';
import type { DeliveryOptions } from './delivery.options.js';
import { ManagedBucketHandler } from './managed-bucket/managed-bucket.handler.js';
import { DeliveryContext, type DeliveryPorts } from './delivery-context.js';

/** Steps wait for the places they talk to; only transfers are scarce, and those have their own slots. */
const TARGETS_AT_ONCE = 256;
const ENVIRONMENTS_AT_ONCE = 4;

/** The lanes of the distributor: one per target, one per managed bucket. */
export class DistributorLanes {
  readonly targets: Lanes;
  readonly managed: Lanes;
  private readonly context: DeliveryContext;
  private readonly buckets: ManagedBucketHandler;

  constructor(ports: DeliveryPorts, options: Partial<DeliveryOptions> = {}) {
    this.context = new DeliveryContext(ports, options);
    this.buckets = new ManagedBucketHandler(this.context);
    const deliver = new DeliverHandler(this.context, (environmentId) => {
      this.lookAtManaged(environmentId, true);
    });
    const { clock, gate, log } = ports;
    this.targets = new Lanes({
      name: 'delivery',
      step: (targetId, signal) => deliver.step(targetId, signal),
      onFailure: (targetId, error, attempt) => deliver.failed(targetId, error, attempt),
      concurrencyMax: TARGETS_AT_ONCE,
      gate,
      clock,
      log,
    });
    this.managed = new Lanes({
      name: 'managed-history',
      step: (environmentId, signal) => this.buckets.step(environmentId, signal),
      onFailure: (environmentId, error, attempt) => this.buckets.failed(environmentId, error, attempt),
      concurrencyMax: ENVIRONMENTS_AT_ONCE,
      gate,
      clock,
      log,
    });
  }

  /** Compares the managed bucket with the history now, before it is due. */
  lookAtManaged(environmentId: string, readBack: boolean): void {
    this.buckets.look(environmentId, readBack);
    this.managed.wake(environmentId, 'now');
  }

  /** Ends the lanes of the targets and removes what was kept for them. */
  async close(): Promise<void> {
    await this.targets.stop();
    await this.context.shared.close();
  }
}
