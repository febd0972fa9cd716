import { EventPattern, Payload } from '@nestjs/microservices';
import { EventConsumer, type EventMessage } from '#libs/messaging';
import { Lanes } from '#libs/platform';

/** Edge: an agreed range or a recorded segment wakes the lane of its environment. */
@EventConsumer()
export class ExporterConsumer {
  constructor(private readonly lanes: Lanes) {}

  @EventPattern('RangeAgreed')
  onRangeAgreed(@Payload() { ce }: EventMessage): void {
    this.lanes.wake(ce.subject.slice('backup-'.length));
  }

  @EventPattern('SegmentExported')
  onSegmentExported(@Payload() { ce }: EventMessage): void {
    this.lanes.wake(ce.subject.slice('backup-'.length));
  }
}
