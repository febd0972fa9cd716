import {
  clockWentBack,
  HEIGHT_MAX,
  type BackupCommand,
  type BackupState,
  type LiveEnvironment,
  type RunRequest,
} from '#libs/domain';
import {
  CodedError,
  deterministicId,
  isAhead,
  isCodedError,
  isOurs,
  toInstant,
  type Instant,
} from '#libs/kernel';
import { openNode, systemContext, type ServicePorts } from '#libs/services';
import { dueNow, nextLook, type Due } from './agenda.js';

type DueHere = Readonly<{ backup: BackupState; due: Due; at: Instant }>;

/** Turns what is due into events, and says when to look again. Running it twice, or in ten places, adds nothing. */
export class ScheduleHandler {
  constructor(
    private readonly ports: Pick<ServicePorts, 'clock' | 'gate' | 'log' | 'nodes' | 'streams' | 'vault'>,
    private readonly stallTimeoutMs: number,
  ) {}

  /** One look at one environment; the instant of the next look, `undefined` for none. */
  async look(environmentId: string): Promise<Instant | undefined> {
    const { state: environment } = await this.ports.streams.environments.load(environmentId);
    if (environment.status === 'absent') return undefined;
    const { state: backup } = await this.ports.streams.backups.load(environmentId);
    const now = toInstant(this.ports.clock.nowMs());
    const head = await this.headOf(environment);
    const { stallTimeoutMs } = this;
    const moment = { environment, backup, now, stallTimeoutMs, ...(head === undefined ? {} : { head }) };
    if (isAhead(backup.lastTimeSlot, now)) {
      this.ports.log.warn(
        'The clock is behind what was recorded. The schedule goes on by the present time.',
        {
          code: 'CLOCK_WENT_BACK',
          environment: environmentId,
          recorded: clockWentBack(backup, now),
        },
      );
    }
    let after = backup;
    for (const due of dueNow(moment)) {
      // A run that waits for our stores stands still and is not to blame for it.
      if (due.kind === 'stalled') await this.ports.gate.assertAnswers();
      after = (await this.emit(environment, { backup: after, due, at: now })) ?? after;
    }
    return nextLook({ environment, backup: after, now, stallTimeoutMs });
  }

  private async headOf(environment: LiveEnvironment): Promise<bigint | undefined> {
    const { settings, nodes, status } = environment;
    if (status !== 'live' || !settings.enabled || settings.schedule.kind !== 'blocks') return undefined;
    const monitor = [...nodes.values()].find(({ role }) => role === 'monitor');
    if (monitor === undefined) return undefined;
    try {
      const node = await openNode(monitor, environment, this.ports);
      const { head } = await node.survey([], { timeoutMs: 5_000 });
      if (head <= HEIGHT_MAX) return head;
      throw new CodedError('NODE_ANSWER_INVALID', `${monitor.nodeId} claims a head above ${HEIGHT_MAX}.`);
    } catch (error) {
      this.ports.log.warn('The monitor did not report its head.', {
        environment: environment.environmentId,
        error,
      });
      return undefined;
    }
  }

  private commandFor(environment: LiveEnvironment, { backup, due, at }: DueHere): BackupCommand {
    const { environmentId } = environment;
    switch (due.kind) {
      case 'overdue':
        return { type: 'NoteOverdue', since: due.since, at };
      case 'stalled':
        return { type: 'CheckProgress', stallTimeoutMs: this.stallTimeoutMs, at };
      case 'slot':
      case 'retry': {
        const request = requestOf(environmentId, due, { backup, at });
        return { type: 'RequestBackup', environmentId, request, gate: gateOf(environment) };
      }
    }
  }

  /** The state afterwards; `undefined` when the command was refused. */
  private async emit(environment: LiveEnvironment, due: DueHere): Promise<BackupState | undefined> {
    const { environmentId } = environment;
    const command = this.commandFor(environment, due);
    try {
      const correlationId = command.type === 'RequestBackup' ? command.request.runId : environmentId;
      const { state } = await this.ports.streams.backups.handle(
        environmentId,
        command,
        systemContext(this.ports.clock, { correlationId }),
      );
      return state;
    } catch (error) {
      // Refused (disabled in between, reset required): the next slot asks again.
      if (!isCodedError(error) || error.retryable || isOurs(error)) throw error;
      this.ports.log.warn('A scheduled backup was refused.', { environment: environmentId, error });
      return undefined;
    }
  }
}

const gateOf = ({ settings, monitorResetRequired, status }: LiveEnvironment) => ({
  settings,
  monitorResetRequired,
  removed: status === 'removed',
});

const requestOf = (
  environmentId: string,
  due: Extract<Due, { kind: 'slot' | 'retry' }>,
  { backup, at }: Pick<DueHere, 'backup' | 'at'>,
): RunRequest => {
  if (due.kind === 'retry') {
    const runId = deterministicId('retry', environmentId, due.retryOf);
    return { runId, trigger: 'retry', retryOf: due.retryOf, attempt: due.attempt, requestedAt: at };
  }
  const place = due.slot.kind === 'time' ? due.slot.at : due.slot.number.toString();
  // A slot that comes again because the clock went back is another run.
  const again = isAhead(backup.lastTimeSlot, at) ? backup.lastTimeSlot : backup.clockAhead?.recorded;
  const runId = deterministicId('slot', environmentId, due.slot.kind, place, ...(again ? [again] : []));
  return { runId, trigger: 'schedule', slot: due.slot, attempt: 0, requestedAt: at };
};
