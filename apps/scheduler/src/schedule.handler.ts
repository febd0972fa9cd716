import {
  clockWentBack,
  HEIGHT_MAX,
  nthLargest,
  quorumOf,
  type BackupCommand,
  type BackupState,
  type LiveEnvironment,
  type NodeDescription,
  type RunRequest,
  type Slot,
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

type DueHere = Readonly<{ backup: BackupState; due: Due; at: Instant; head: bigint | undefined }>;

const HEAD_TIMEOUT_MS = 5_000;

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
      after = (await this.emit(environment, { backup: after, due, at: now, head })) ?? after;
    }
    return nextLook({ environment, backup: after, now, stallTimeoutMs });
  }

  /**
   * The highest block that a quorum of the validators reaches: no node alone moves the schedule. While too few answer, the
   * monitor's: the run that it leads to says who is silent.
   */
  private async headOf(environment: LiveEnvironment): Promise<bigint | undefined> {
    const { settings, nodes, status } = environment;
    if (status !== 'live' || !settings.enabled || settings.schedule.kind !== 'blocks') return undefined;
    const asked = [...nodes.values()].filter(({ role }) => role !== 'other');
    const answers = await Promise.all(
      asked.map(async (node) => ({ role: node.role, head: await this.headOfNode(node, environment) })),
    );
    const heads = (wanted: NodeDescription['role']) =>
      answers.flatMap(({ role, head }) => (role === wanted ? (head ?? []) : []));
    const validators = answers.filter(({ role }) => role === 'validator').length;
    return nthLargest(heads('validator'), quorumOf(Math.max(1, validators))) ?? heads('monitor')[0];
  }

  private async headOfNode(
    description: NodeDescription,
    environment: LiveEnvironment,
  ): Promise<bigint | undefined> {
    const { nodeId } = description;
    try {
      const node = await openNode(description, environment, this.ports);
      const { head } = await node.survey([], { timeoutMs: HEAD_TIMEOUT_MS });
      if (head <= HEIGHT_MAX) return head;
      throw new CodedError('NODE_ANSWER_INVALID', `${nodeId} claims a head above ${HEIGHT_MAX}.`);
    } catch (error) {
      const { environmentId } = environment;
      this.ports.log.warn('A node did not report its head.', {
        environment: environmentId,
        node: nodeId,
        error,
      });
      return undefined;
    }
  }

  private commandFor(environment: LiveEnvironment, { backup, due, at, head }: DueHere): BackupCommand {
    const { environmentId } = environment;
    switch (due.kind) {
      case 'overdue':
        return { type: 'NoteOverdue', since: due.since, at };
      case 'stalled':
        return { type: 'CheckProgress', stallTimeoutMs: this.stallTimeoutMs, at };
      case 'slot':
      case 'retry': {
        const request = requestOf(environmentId, due, { backup, at });
        const found = head === undefined ? {} : { head };
        return { type: 'RequestBackup', environmentId, request, gate: gateOf(environment), ...found };
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
  const { slot } = due;
  const runId = deterministicId('slot', environmentId, slot.kind, ...placeOf(slot, { backup, at }));
  return { runId, trigger: 'schedule', slot, attempt: 0, requestedAt: at };
};

/** What tells the run of a slot from those of other slots, and from an earlier run of a slot that comes again. */
const placeOf = (slot: Slot, { backup, at }: Pick<DueHere, 'backup' | 'at'>): readonly string[] => {
  const { lastClosed, lastTimeSlot, clockAhead } = backup;
  // A block comes again after a false head or a supersession: then another run was closed before it.
  if (slot.kind === 'block')
    return [slot.number.toString(), ...(lastClosed === undefined ? [] : [lastClosed.runId])];
  // An instant comes again when the clock went back.
  const again = isAhead(lastTimeSlot, at) ? lastTimeSlot : clockAhead?.recorded;
  return [slot.at, ...(again ? [again] : [])];
};
