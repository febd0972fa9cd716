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
  MONITOR_HALT_REFUSED: {
    meaning: 'The monitor may not be halted now: another halt is open, or the run is no longer exporting.',
    hint: 'Nothing to do: the halt that is open ends by itself at its deadline; then the run goes on.',
    retryable: true,
    status: 409,
  },
  MONITOR_HALT_TIME_USED: {
    meaning: 'The halts of a run took all of max_halt_minutes; the monitor was started again.',
    hint: 'Raise max_halt_minutes, lower segment_blocks, or gather by rpc, which needs no halt.',
    retryable: false,
    status: 409,
  },
  CONTROLLER_UNKNOWN: {
    meaning: 'A node names a controller that the local file of the server does not define, or it names none.',
    hint: 'Define it under controllers in the network file of the server (never over the API), or correct the name.',
    retryable: false,
    status: 400,
  },
  CONTROLLER_FAILED: {
    meaning: 'A command of a node controller ended with an exit code, a signal or its time limit.',
    hint: 'Run the command by hand as the user of Chainkeep; its exit code and last output are in the context.',
    retryable: false,
    status: 502,
  },
  EXPORT_DISK_LOW: {
    meaning:
      'There is not enough free disk for the file that the client would write; the monitor was not halted.',
    hint: 'Free space in the data directory of Chainkeep, lower segment_blocks, or gather by rpc.',
    retryable: true,
    status: 507,
  },
  EXPORT_FILE_INVALID: {
    meaning: 'The file that the client wrote is not the planned range: it is missing, short or too long.',
    hint: 'Compare the export command of the controller with docs/how-to/client-export.md.',
    retryable: false,
    status: 502,
  },
  SCHEDULE_INVALID: {
    meaning: 'A schedule cannot be understood or is finer than allowed.',
    hint: 'Use frequency once|twice|three|four, a cron expression, every_blocks >= 10000 or every_minutes >= 15.',
    retryable: false,
    status: 400,
  },
} as const satisfies Record<string, ErrorEntry>;
