import { idOfStream } from '#libs/event-sourcing';
import type { EventData } from '#libs/contracts';
import type { EventMessage } from '#libs/messaging';
import { hintOf, type Instant } from '#libs/kernel';

/** The events that someone should know about. */
export type NotableType = 'BackupFailed' | 'RangeDisputed' | 'BackupOverdue' | 'DeliverySuspended';

/** The body of a webhook. `id` is the event's: a receiver that saw it may leave it aside. */
export type Notification = Readonly<{
  id: string;
  type: NotableType;
  time: Instant;
  environment_id: string;
  target_id?: string;
  code: string;
  message: string;
  hint: string;
}>;

type Message<Type extends NotableType> = EventMessage<EventData<Type>>;

const backupNotification = (
  { ce }: EventMessage,
  type: NotableType,
  what: Pick<Notification, 'code' | 'message' | 'hint'>,
): Notification => ({ id: ce.id, type, time: ce.time, environment_id: idOfStream(ce.subject), ...what });

export const failedNotification = (message: Message<'BackupFailed'>): Notification => {
  const { code, message: text } = message.data;
  return backupNotification(message, 'BackupFailed', { code, message: text, hint: hintOf(code) });
};

export const disputedNotification = (message: Message<'RangeDisputed'>): Notification => {
  const { code, cause, reason } = message.data;
  return backupNotification(message, 'RangeDisputed', {
    code,
    message: reason,
    hint: hintOf(code, cause),
  });
};

export const overdueNotification = (message: Message<'BackupOverdue'>): Notification =>
  backupNotification(message, 'BackupOverdue', {
    code: 'BACKUP_OVERDUE',
    message: `The backup due at ${message.data.since} has not succeeded yet.`,
    hint: hintOf('BACKUP_OVERDUE'),
  });

/** The event names no environment: it is that of the target. */
export const suspendedNotification = (
  { ce, data }: Message<'DeliverySuspended'>,
  environmentId: string,
): Notification => ({
  id: ce.id,
  type: 'DeliverySuspended',
  time: ce.time,
  environment_id: environmentId,
  target_id: targetIdOf({ ce }),
  code: data.code,
  message: data.message,
  hint: hintOf(data.code),
});

export const targetIdOf = ({ ce }: Pick<EventMessage, 'ce'>): string => idOfStream(ce.subject);
