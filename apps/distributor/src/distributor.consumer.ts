import { idOfStream } from '#libs/event-sourcing';
import { Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { decodeEvent, type EventData } from '#libs/contracts';
import { busMessage, EventConsumer, type EventMessage } from '#libs/messaging';
import { placeInStore, type ServicePorts } from '#libs/services';
import { announceDelivery } from './targets/announce-delivery.js';
import { DistributorLanes } from './distributor.lanes.js';

/** Nest's token of `ConsumerPorts`. */
export const CONSUMER_PORTS = 'ports of the consumer';
export type ConsumerPorts = Pick<ServicePorts, 'catalogue' | 'clock' | 'store' | 'streams'>;

const idOf = ({ ce }: EventMessage): string => idOfStream(ce.subject);

/** Edge: new files are announced to the targets; what concerns a target wakes its lane. */
@EventConsumer()
export class DistributorConsumer {
  constructor(
    private readonly lanes: DistributorLanes,
    @Inject(CONSUMER_PORTS) private readonly ports: ConsumerPorts,
  ) {}

  @EventPattern('SegmentExported')
  async onSegmentExported(
    @Payload(busMessage(decodeEvent)) message: EventMessage<EventData<'SegmentExported'>>,
  ): Promise<void> {
    const { ce, data } = message;
    await announceDelivery(this.ports, {
      environmentId: idOf(message),
      ordinal: data.ordinal,
      position: await placeInStore(this.ports.store, message),
      eventId: ce.id,
      correlationId: ce.correlationid,
    });
  }

  @EventPattern('BranchSegmentKept')
  onBranchSegmentKept(
    @Payload(busMessage(decodeEvent)) message: EventMessage<EventData<'BranchSegmentKept'>>,
  ): Promise<void> {
    return this.onSegmentExported(message);
  }

  /** Finality that broke is proved by a small file beside the others. */
  @EventPattern('RangeDisputed')
  async onRangeDisputed(
    @Payload(busMessage(decodeEvent)) message: EventMessage<EventData<'RangeDisputed'>>,
  ): Promise<void> {
    if (message.data.proof !== undefined) await this.refreshHistory(message);
  }

  @EventPattern('SegmentsSuperseded')
  onSegmentsSuperseded(@Payload() message: EventMessage): Promise<void> {
    return this.refreshHistory(message);
  }

  @EventPattern('BackupCompleted')
  onBackupCompleted(@Payload() message: EventMessage): Promise<void> {
    return this.refreshHistory(message);
  }

  @EventPattern('BackupFailed')
  onBackupFailed(@Payload() message: EventMessage): Promise<void> {
    return this.refreshHistory(message);
  }

  @EventPattern('GenesisProvided')
  onGenesisProvided(@Payload() message: EventMessage): Promise<void> {
    return this.refreshHistory(message);
  }

  @EventPattern('TargetEnabled')
  onTargetEnabled(@Payload() message: EventMessage): void {
    this.lanes.targets.wake(idOf(message), 'now');
  }

  @EventPattern('TargetChanged')
  onTargetChanged(@Payload() message: EventMessage): void {
    this.lanes.targets.wake(idOf(message), 'now');
  }

  @EventPattern('HealRequested')
  async onHealRequested(
    @Payload(busMessage(decodeEvent)) message: EventMessage<EventData<'HealRequested'>>,
  ): Promise<void> {
    const { state } = await this.ports.streams.targets.load(idOf(message));
    // What a target is healed from has to be whole itself.
    if (state.status === 'live') {
      this.lanes.lookAtManaged(state.environmentId, message.data.readBack === true);
    }
    this.lanes.targets.wake(idOf(message), 'now');
  }

  /** An operator asked to retry now instead of at the end of the pause. */
  @EventPattern('DeliveryResumed')
  onDeliveryResumed(@Payload() message: EventMessage): void {
    this.lanes.targets.wake(idOf(message), 'now');
  }

  @EventPattern('PlaceTakenOver')
  onPlaceTakenOver(@Payload() message: EventMessage): void {
    this.lanes.targets.wake(idOf(message), 'now');
  }

  /** What is in progress is broken off; what is there already is recorded. */
  @EventPattern('TargetDisabled')
  onTargetDisabled(@Payload() message: EventMessage): void {
    void this.lanes.targets.drop(idOf(message));
  }

  @EventPattern('TargetRemoved')
  onTargetRemoved(@Payload() message: EventMessage): void {
    void this.lanes.targets.drop(idOf(message));
  }

  @EventPattern('DeliveryDue')
  onDeliveryDue(@Payload() message: EventMessage): void {
    this.lanes.targets.wake(idOf(message));
  }

  private async refreshHistory(message: EventMessage): Promise<void> {
    const environmentId = idOf(message);
    this.lanes.managed.wake(environmentId);
    await this.ports.catalogue.waitFor(await placeInStore(this.ports.store, message));
    for (const { configurationId } of await this.ports.catalogue.targets(environmentId)) {
      this.lanes.targets.wake(configurationId);
    }
  }
}
