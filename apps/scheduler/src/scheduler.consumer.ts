import { idOfStream } from '#libs/event-sourcing';
import { EventPattern, Payload } from '@nestjs/microservices';
import { EventConsumer, type EventMessage } from '#libs/messaging';
import { SchedulerLoop } from './scheduler.loop.js';

/** Edge: what changes an environment's schedule or closes its run is looked at again. */
@EventConsumer()
export class SchedulerConsumer {
  constructor(private readonly loop: SchedulerLoop) {}

  @EventPattern('EnvironmentRegistered')
  onEnvironmentRegistered(@Payload() message: EventMessage): void {
    this.touch(message);
  }

  @EventPattern('BackupConfigured')
  onBackupConfigured(@Payload() message: EventMessage): void {
    this.touch(message);
  }

  @EventPattern('BackupRequested')
  onBackupRequested(@Payload() { ce }: EventMessage): void {
    // Nothing is due by it, but the run must not be forgotten.
    this.loop.lookWithin(idOfStream(ce.subject), this.loop.stallTimeoutMs);
  }

  @EventPattern('BackupCompleted')
  onBackupCompleted(@Payload() message: EventMessage): void {
    this.touch(message);
  }

  @EventPattern('RangeDisputed')
  onRangeDisputed(@Payload() message: EventMessage): void {
    this.touch(message);
  }

  @EventPattern('BackupFailed')
  onBackupFailed(@Payload() message: EventMessage): void {
    this.touch(message);
  }

  private touch({ ce }: EventMessage): void {
    this.loop.touch(idOfStream(ce.subject));
  }
}
