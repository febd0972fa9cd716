import { ignored, type Decision } from '#libs/event-sourcing';
import { addMs, CodedError } from '#libs/kernel';
import type { HaltCommand } from './backup.commands.js';
import type { BackupEvent } from './backup.events.js';
import type { BackupState } from './backup.state.js';

type Start = Extract<HaltCommand, { type: 'StartHalt' }>;

/** One halt at a time, only for the run that exports, and no longer than the run may keep the monitor down. */
const start = (command: Start, state: BackupState): Decision<BackupEvent> => {
  const { runId, haltId, nodeId, controller, haltMaxMs, at } = command;
  if (state.halt?.haltId === haltId) return ignored('HALT_OPEN');
  if (state.status !== 'exporting' || state.run.runId !== runId || state.halt !== undefined) {
    throw new CodedError('MONITOR_HALT_REFUSED', 'The monitor cannot be halted for this run now.', {
      context: { runId, open: state.halt?.haltId },
    });
  }
  const leftMs = haltMaxMs - state.haltUsedMs;
  if (leftMs <= 0) {
    throw new CodedError(
      'MONITOR_HALT_TIME_USED',
      'The run has used up the time that the monitor may be halted.',
      {
        context: { haltMaxMs, usedMs: state.haltUsedMs },
      },
    );
  }
  const deadline = addMs(at, leftMs);
  return [{ type: 'MonitorHaltStarted', data: { runId, haltId, nodeId, controller, deadline, at } }];
};

/** Decides the halt protocol. A message about a halt that is over adds nothing. */
export const decideHalt = (command: HaltCommand, state: BackupState): Decision<BackupEvent> => {
  if (command.type === 'StartHalt') return start(command, state);
  const { haltId, at } = command;
  if (state.halt?.haltId !== haltId) return ignored('HALT_OVER');
  if (command.type === 'NoteResumed') {
    return [{ type: 'MonitorResumed', data: { haltId, by: command.by, at } }];
  }
  if (state.halt.halted) return ignored('ALREADY_HALTED');
  return [{ type: 'MonitorHalted', data: { haltId, at } }];
};
