import { EventPattern, Payload } from '@nestjs/microservices';
import { decodeEvent, type ChainkeepStreams, type EventData } from '#libs/contracts';
import { busMessage, EventConsumer, type EventMessage } from '#libs/messaging';
import {
  disputedNotification,
  failedNotification,
  overdueNotification,
  suspendedNotification,
  targetIdOf,
} from './notification.js';
import { Notifier } from './notifier.js';

/** Where the environment of a target is looked up; a token, as its type is gone at run time. */
export abstract class TargetStreams {
  abstract readonly targets: ChainkeepStreams['targets'];
}

/** Edge: turns events into notifications. */
@EventConsumer()
export class NotifierConsumer {
  constructor(
    private readonly notifier: Notifier,
    private readonly streams: TargetStreams,
  ) {}

  @EventPattern('BackupFailed')
  onBackupFailed(@Payload(busMessage(decodeEvent)) message: EventMessage<EventData<'BackupFailed'>>): void {
    this.notifier.notify(failedNotification(message));
  }

  @EventPattern('RangeDisputed')
  onRangeDisputed(@Payload(busMessage(decodeEvent)) message: EventMessage<EventData<'RangeDisputed'>>): void {
    this.notifier.notify(disputedNotification(message));
  }

  @EventPattern('BackupOverdue')
  onBackupOverdue(@Payload(busMessage(decodeEvent)) message: EventMessage<EventData<'BackupOverdue'>>): void {
    this.notifier.notify(overdueNotification(message));
  }

  @EventPattern('DeliverySuspended')
  async onDeliverySuspended(
    @Payload(busMessage(decodeEvent)) message: EventMessage<EventData<'DeliverySuspended'>>,
  ): Promise<void> {
    const { state } = await this.streams.targets.load(targetIdOf(message));
    if (state.status === 'absent') return;
    this.notifier.notify(suspendedNotification(message, state.environmentId));
  }
}
