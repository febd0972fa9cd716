import type { ErrorEntry } from './error-entry.js';

export const BACKUP_ERRORS = {
  BACKUP_DISABLED: {
    meaning: 'Backups of this environment are turned off.',
    hint: 'Turn on backups for the environment, then request the backup again.',
    retryable: false,
    status: 409,
  },
  CLOCK_WENT_BACK: {
    meaning: 'Something was recorded at a time that has not come yet: the clock of the server was ahead.',
    hint: 'Keep the clock right with NTP. Backups go on by the present time. New files are dated just after the last one until the present is later.',
    retryable: false,
    status: 409,
  },
  SETTING_OUT_OF_BOUNDS: {
    meaning: 'An older version recorded a setting that lies outside the bounds of today.',
    hint: 'Set it to a value inside its bounds. Until then the nearest one is used.',
    retryable: false,
    status: 409,
  },
  BACKUP_STALLED: {
    meaning: 'A run made no progress for too long and was stopped.',
    hint: 'Fix the error shown for its last phase, then request the backup again.',
    retryable: true,
    status: 409,
  },
  BACKUP_SEGMENT_UNPLANNED: {
    meaning: 'A worker reported a file that is not the next one in the plan.',
    hint: 'No action needed: the outdated worker was refused and the run goes on.',
    retryable: false,
    status: 409,
  },
  BACKUP_RANGE_GAP: {
    meaning: 'A proposed range does not start after the last backed-up block.',
    hint: 'No action needed: the outdated proposal was refused.',
    retryable: false,
    status: 409,
  },
  BACKUP_ALREADY_CONFIGURED: {
    meaning: 'Backups of this environment are already set up.',
    hint: 'Change the existing settings instead (PATCH in the API).',
    retryable: false,
    status: 409,
  },
  MONITOR_RESET_REQUIRED: {
    meaning: 'Backups were turned on or off, so the monitor must be reset before the next client-export run.',
    hint: 'Reset the monitor node, then request the backup again.',
    retryable: false,
    status: 409,
  },
  MONITOR_HALT_REFUSED: {
    meaning: 'The monitor cannot be halted now: it is already halted, or the run is no longer exporting.',
    hint: 'No action needed: the current halt ends at its deadline, then the run goes on.',
    retryable: true,
    status: 409,
  },
  MONITOR_HALT_TIME_USED: {
    meaning: 'The run used all of max_halt_minutes. The monitor was started again.',
    hint: 'Raise max_halt_minutes, lower segment_blocks, or set gather to "rpc", which never halts the monitor.',
    retryable: false,
    status: 409,
  },
  CONTROLLER_UNKNOWN: {
    meaning: 'A node has no controller, or its controller is not defined on this server.',
    hint: 'Define the controller under "controllers" in the network file on the server, or correct its name on the node. The API cannot define controllers.',
    retryable: false,
    status: 400,
  },
  CONTROLLER_FAILED: {
    meaning: 'A controller command failed, was killed or timed out.',
    hint: 'Run the command by hand as the user that runs Chainkeep. The error context has its exit code and last output.',
    retryable: false,
    status: 502,
  },
  EXPORT_DISK_LOW: {
    meaning: 'There is not enough free disk space for the export. The monitor was not halted.',
    hint: 'Free space in the data directory of Chainkeep, lower segment_blocks, or set gather to "rpc".',
    retryable: true,
    fault: 'ours',
    status: 507,
  },
  EXPORT_FILE_INVALID: {
    meaning: 'The file that the client wrote is missing, too short or too long.',
    hint: 'Compare the export command of the controller with docs/how-to/client-export.md.',
    retryable: false,
    status: 502,
  },
  CERTIFICATE_INVALID: {
    meaning: 'The seals of a file are not what the genesis requires, whichever node served its blocks.',
    hint: 'Check the named block and nodes: they may hold a forged chain. The file is staged but not recorded. If you are sure that it is right, release it: chainkeep backup release RUN --reason TEXT.',
    retryable: false,
    status: 409,
  },
  CERTIFICATE_UNPROVEN: {
    meaning:
      'The seals of a file prove nothing, because the validators behind them could not be followed from the genesis.',
    hint: 'The validators confirmed the blocks. Check the file with "chainkeep verify". If the validators that the nodes state now are right, run: chainkeep backup reanchor --reason TEXT.',
    retryable: false,
    status: 409,
  },
  EVIDENCE_WEAKENED: {
    meaning: 'A file has weaker evidence than the files before it.',
    hint: 'Find out why the seals changed. If the change is right, provide the genesis document that plans it, or run: chainkeep backup reanchor --reason TEXT.',
    retryable: false,
    status: 409,
  },
  GENESIS_ALTERED: {
    meaning: 'The genesis document in the managed bucket is missing, or is not the one that was provided.',
    hint: 'Provide the genesis document again, and find out what changed the object in the bucket.',
    retryable: false,
    status: 409,
  },
  NOTHING_TO_RELEASE: {
    meaning: 'The run holds back no file, or a newer run has taken its place.',
    hint: 'Release the newest run that failed with CERTIFICATE_INVALID or EVIDENCE_WEAKENED.',
    retryable: false,
    status: 409,
  },
  NOTHING_TO_REANCHOR: {
    meaning: 'The environment has no backed-up block to follow the validators from.',
    hint: 'Run a backup first. It starts from the genesis.',
    retryable: false,
    status: 409,
  },
  SCHEDULE_INVALID: {
    meaning: 'The schedule is not valid or runs too often.',
    hint: 'Use one of: a frequency (once, twice, three or four times a day), a cron expression, at least every 15 minutes, or at least every 10,000 blocks.',
    retryable: false,
    status: 400,
  },
  BACKUP_OVERDUE: {
    meaning: 'No run has succeeded for longer than the schedule allows.',
    hint: 'Look at the last runs of the environment: each error says how to fix it. Check that the service is running.',
    retryable: true,
    status: 409,
  },
  BACKUP_NONE_YET: {
    meaning: 'Nothing of the environment is backed up yet.',
    hint: 'Run a backup now ("chainkeep backup run", or "Back up now" in the console), or wait for the first run of the schedule.',
    retryable: true,
    status: 409,
  },
  BACKUP_LAGGING: {
    meaning:
      'The network has blocks that should be backed up by now: no new file was written for longer than the schedule allows.',
    hint: 'Compare the head of each node with the protected block: the monitor may not follow the chain. Then run a backup.',
    retryable: true,
    status: 409,
  },
  HEAD_BELOW_BACKUP: {
    meaning: 'The block that a quorum of the validators reaches is below the last backed-up block.',
    hint: 'Wait if the nodes are synchronizing. Otherwise run a backup: it compares the blocks and says what to do. The existing files are safe.',
    retryable: true,
    status: 409,
  },
  GENESIS_MISSING: {
    meaning:
      'The genesis document of the environment is not known, so its copies can be verified but not restored.',
    hint: 'Provide it: set "genesis" of the environment in the network file, or send it to PUT .../genesis.',
    retryable: false,
    status: 409,
  },
  MONITOR_HALT_OVERDUE: {
    meaning: 'The monitor was halted for an export and did not answer again by its deadline.',
    hint: 'Start the client of the monitor by hand. Then check the start command of its controller.',
    retryable: true,
    status: 409,
  },
} as const satisfies Record<string, ErrorEntry>;
