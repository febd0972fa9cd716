import { idOfStream } from '#libs/event-sourcing';
import { EventPattern, Payload } from '@nestjs/microservices';
import { EventConsumer, type EventMessage } from '#libs/messaging';
import { Lanes } from '#libs/runtime';

/** Edge: a request, or a closed run behind which a request waited, wakes the lane of its environment. */
@EventConsumer()
export class ConsensusResolverConsumer {
  constructor(private readonly lanes: Lanes) {}

  @EventPattern('BackupRequested')
  onBackupRequested(@Payload() message: EventMessage): void {
    this.wake(message);
  }

  @EventPattern('BackupWoken')
  onBackupWoken(@Payload() { ce }: EventMessage): void {
    this.lanes.wake(idOfStream(ce.subject), 'now');
  }

  @EventPattern('BackupCompleted')
  onBackupCompleted(@Payload() message: EventMessage): void {
    this.wake(message);
  }

  @EventPattern('BackupFailed')
  onBackupFailed(@Payload() message: EventMessage): void {
    this.wake(message);
  }

  @EventPattern('BackupSkipped')
  onBackupSkipped(@Payload() message: EventMessage): void {
    this.wake(message);
  }

  @EventPattern('RangeDisputed')
  onRangeDisputed(@Payload() message: EventMessage): void {
    this.wake(message);
  }

  private wake({ ce }: EventMessage): void {
    this.lanes.wake(idOfStream(ce.subject));
  }
}
