import { nextSlots, type BackupState, type LiveEnvironment } from '#libs/domain';
import { toEpochMs, type Instant, plainNumber } from '#libs/kernel';
import type { StatusAnswer } from '../answers/backup.answers.js';
import type { Caller } from '../edge/request.js';
import { blocksOf, type Examined, type Situations } from '../findings/situations.js';
import type { Kit } from '../kit.js';
import type { EnvironmentPath } from '../resources.js';

const RATE_FILES = 10;

const phaseOf = (state: BackupState): StatusAnswer['phase'] =>
  (({ idle: 'idle', requested: 'agreeing', exporting: 'exporting' }) as const)[state.status];

const monitorOf = (environment: LiveEnvironment, { backup, look }: Examined): StatusAnswer['monitor'] => {
  if (backup.halt !== undefined) return 'halted';
  const said = look?.nodes.find(({ nodeId }) => environment.nodes.get(nodeId)?.role === 'monitor');
  return said !== undefined && 'head' in said ? 'online' : 'unreachable';
};

const timesOf = (
  state: BackupState,
  { settings }: LiveEnvironment,
  now: Instant,
): Pick<StatusAnswer, 'last_success_at' | 'next_run_at' | 'overdue_since' | 'last_run'> => {
  const [next] = settings.enabled ? nextSlots(settings.schedule, now, 1) : [];
  const closed = state.lastClosed;
  return {
    last_success_at: state.lastSuccessAt ?? null,
    next_run_at: next ?? null,
    overdue_since: state.overdueSince ?? null,
    last_run: closed
      ? {
          _id: closed.runId,
          outcome: closed.outcome,
          at: closed.at,
          ...(closed.code ? { code: closed.code } : {}),
        }
      : null,
  };
};

export type StatusQuery = Readonly<{ thorough: boolean }>;

/** What is going on with an environment's backup. */
export class StatusHandler {
  constructor(
    private readonly kit: Pick<Kit, 'commands' | 'histories' | 'resources'>,
    private readonly situations: Situations,
  ) {}

  /** With `thorough` the nodes are asked now, and again where that leaves a doubt. */
  async get(path: EnvironmentPath, query: StatusQuery, caller: Caller): Promise<StatusAnswer> {
    const { commands, resources } = this.kit;
    const { state: environment } = await resources.environment(caller, path);
    const examined = await this.situations.of(environment, query);
    const { backup: state, findings } = examined;
    const { settings, monitorResetRequired } = environment;
    return {
      enabled: settings.enabled,
      in_progress: state.status !== 'idle',
      phase: phaseOf(state),
      run_id: state.status === 'idle' ? null : state.run.runId,
      monitor: monitorOf(environment, examined),
      halted_until: state.halt?.deadline ?? null,
      monitor_reset_required: monitorResetRequired,
      unavailable_services: state.halt ? [...settings.unavailableWhileHalted] : [],
      ...blocksOf(environment, examined),
      ...timesOf(state, environment, commands.now()),
      progress: state.status === 'exporting' ? await this.progress(path.e, state) : null,
      findings,
    };
  }

  /** How far a run is, and how long its whole backlog takes at the pace of the last files. */
  private async progress(
    environmentId: string,
    state: Extract<BackupState, { status: 'exporting' }>,
  ): Promise<StatusAnswer['progress']> {
    const { entries } = await this.kit.histories.read(environmentId);
    const end = state.agreed.backlogEnd;
    const left = end - (state.tip?.number ?? -1n);
    const recent = entries.slice(-RATE_FILES - 1);
    const perSecond = paceOf(recent.map(({ exportedAt, end: to }) => ({ at: exportedAt, to })));
    return {
      files_done: state.done,
      files_planned: state.plan.length,
      backlog_end: plainNumber(end),
      blocks_left: plainNumber(left),
      seconds_left: perSecond === undefined ? null : Math.ceil(plainNumber(left) / perSecond),
    };
  }
}

/** Blocks a second between the first and the last of some files. */
const paceOf = (files: readonly Readonly<{ at: Instant; to: bigint }>[]): number | undefined => {
  const [first, last] = [files[0], files.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const seconds = (toEpochMs(last.at) - toEpochMs(first.at)) / 1_000;
  const blocks = plainNumber(last.to - first.to);
  return seconds > 0 && blocks > 0 ? blocks / seconds : undefined;
};
