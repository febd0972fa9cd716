import type { ErrorEntry } from './error-entry.js';

export const BACKUP_ERRORS = {
  BACKUP_DISABLED: {
    meaning: 'A backup was requested while backups of the environment are disabled.',
    hint: 'Enable them: PATCH .../backup {"enabled": true}.',
    retryable: false,
    status: 409,
  },
  BACKUP_STALLED: {
    meaning: 'A run made no progress within the stall time-out and was closed.',
    hint: 'See the error of the last phase; request the backup again once its cause is mended.',
    retryable: true,
    status: 409,
  },
  BACKUP_SEGMENT_UNPLANNED: {
    meaning: 'A segment was reported that the agreed plan does not contain next.',
    hint: 'Nothing to do: a stale worker was refused; the plan goes on with the right segment.',
    retryable: false,
    status: 409,
  },
  BACKUP_RANGE_GAP: {
    meaning: 'A range was proposed that does not follow the last backed-up block.',
    hint: 'Nothing to do: the proposal was made on stale state and is refused.',
    retryable: false,
    status: 409,
  },
  BACKUP_ALREADY_CONFIGURED: {
    meaning: 'The backup of this environment was configured before.',
    hint: 'Use PATCH to change it.',
    retryable: false,
    status: 409,
  },
  MONITOR_RESET_REQUIRED: {
    meaning:
      'Gathering by client-export needs the monitor to be reset after backups were enabled or disabled.',
    hint: 'PUT .../nodes/{monitor}/reset with {} and request the backup again.',
    retryable: false,
    status: 409,
  },
  SCHEDULE_INVALID: {
    meaning: 'A schedule cannot be understood or is finer than allowed.',
    hint: 'Use frequency once|twice|three|four, a cron expression, every_blocks >= 10000 or every_minutes >= 15.',
    retryable: false,
    status: 400,
  },
} as const satisfies Record<string, ErrorEntry>;
