import { idOfStream } from '#libs/event-sourcing';
import { EventPattern, Payload } from '@nestjs/microservices';
import { EventConsumer, type EventMessage } from '#libs/messaging';
import { Lanes } from '#libs/runtime';

/** Edge: an agreed range or a recorded segment wakes the lane of its environment. */
@EventConsumer()
export class ExporterConsumer {
  constructor(private readonly lanes: Lanes) {}

  @EventPattern('RangeAgreed')
  onRangeAgreed(@Payload() { ce }: EventMessage): void {
    this.lanes.wake(idOfStream(ce.subject));
  }

  @EventPattern('BackupWoken')
  onBackupWoken(@Payload() { ce }: EventMessage): void {
    this.lanes.wake(idOfStream(ce.subject), 'now');
  }

  /** The run is over: what still works for it (it may hang) must not be in the way of the next one. */
  @EventPattern('BackupFailed')
  onBackupFailed(@Payload() { ce }: EventMessage): void {
    void this.lanes.drop(idOfStream(ce.subject));
  }

  @EventPattern('SegmentExported')
  onSegmentExported(@Payload() { ce }: EventMessage): void {
    this.lanes.wake(idOfStream(ce.subject));
  }
}
