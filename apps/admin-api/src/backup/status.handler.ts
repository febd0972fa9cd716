import { nextSlots, type BackupState, type LiveEnvironment } from '#libs/domain';
import { toEpochMs, type Instant, plainNumber } from '#libs/kernel';
import { openNode } from '#libs/services';
import type { StatusAnswer } from '../answers/backup.answers.js';
import type { Caller } from '../edge/request.js';
import type { Kit } from '../kit.js';
import type { EnvironmentPath } from '../resources.js';

const MONITOR_TIMEOUT_MS = 2_000;
const MONITOR_CACHED_MS = 5_000;
const CACHED_MAX = 1_000;
const RATE_FILES = 10;

type Monitor = Readonly<{ online: boolean; head: bigint | undefined }>;
const SILENT: Monitor = { online: false, head: undefined };

const phaseOf = (state: BackupState): StatusAnswer['phase'] =>
  (({ idle: 'idle', requested: 'agreeing', exporting: 'exporting' }) as const)[state.status];

const orNull = (value: bigint | undefined): number | null =>
  value === undefined ? null : plainNumber(value);

const blocksOf = (
  state: BackupState,
  monitor: Monitor,
): Pick<StatusAnswer, 'protected_block' | 'head_block' | 'lag_blocks'> => {
  const head = monitor.head ?? state.head;
  const tip = state.tip?.number;
  const lag = head === undefined ? undefined : head - (tip ?? -1n);
  return {
    protected_block: orNull(tip),
    head_block: orNull(head),
    lag_blocks: orNull(lag !== undefined && lag < 0n ? 0n : lag),
  };
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

/** What is going on with an environment's backup. */
export class StatusHandler {
  private readonly monitors = new Map<string, { monitor: Promise<Monitor>; atMs: number }>();

  constructor(
    private readonly kit: Pick<
      Kit,
      'clock' | 'commands' | 'histories' | 'nodes' | 'resources' | 'streams' | 'vault'
    >,
  ) {}

  async get(path: EnvironmentPath, caller: Caller): Promise<StatusAnswer> {
    const { commands, resources, streams } = this.kit;
    const { state: environment } = await resources.environment(caller, path);
    const { state } = await streams.backups.load(path.e);
    // A halted monitor is not asked: its silence would be remembered beyond the halt.
    const monitor = state.halt ? SILENT : await this.monitor(environment);
    const { settings, monitorResetRequired } = environment;
    return {
      enabled: settings.enabled,
      in_progress: state.status !== 'idle',
      phase: phaseOf(state),
      run_id: state.status === 'idle' ? null : state.run.runId,
      monitor: state.halt ? 'halted' : monitor.online ? 'online' : 'unreachable',
      halted_until: state.halt?.deadline ?? null,
      monitor_reset_required: monitorResetRequired,
      unavailable_services: state.halt ? [...settings.unavailableWhileHalted] : [],
      ...blocksOf(state, monitor),
      ...timesOf(state, environment, commands.now()),
      progress: state.status === 'exporting' ? await this.progress(path.e, state) : null,
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

  /** The monitor's own word, kept for some seconds: many viewers make one question. */
  private async monitor(environment: LiveEnvironment): Promise<Monitor> {
    const nowMs = this.kit.clock.monotonicMs();
    const { environmentId } = environment;
    const known = this.monitors.get(environmentId);
    if (known && nowMs - known.atMs < MONITOR_CACHED_MS) return known.monitor;
    if (this.monitors.size >= CACHED_MAX) this.monitors.clear();
    const monitor = this.ask(environment);
    this.monitors.set(environmentId, { monitor, atMs: nowMs });
    return monitor;
  }

  private async ask(environment: LiveEnvironment): Promise<Monitor> {
    const node = [...environment.nodes.values()].find(({ role }) => role === 'monitor');
    if (node === undefined) return SILENT;
    try {
      const opened = await openNode(node, environment, this.kit);
      const { head } = await opened.survey([], { timeoutMs: MONITOR_TIMEOUT_MS });
      return { online: true, head };
    } catch {
      // That it does not answer is the answer.
      return SILENT;
    }
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
