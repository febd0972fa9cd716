import { randomUUID } from 'node:crypto';
import type { BackupState, RunRequest } from '#libs/domain';
import { CodedError, deterministicId } from '#libs/kernel';
import { requireOperator } from '../access.js';
import type { Caller } from '../edge/request.js';
import type { Kit } from '../kit.js';
import { notFound, type EnvironmentPath, type NodePath } from '../resources.js';

const RUNS_BY_DEFAULT = 100;

export type RunQuery = Readonly<{ limit?: number | undefined; before?: string | undefined }>;

const slotOf = ({ slot }: RunRequest): unknown => {
  if (slot === undefined) return undefined;
  return slot.kind === 'time' ? slot.at : Number(slot.number);
};

/** A run the projection does not show yet. */
const toRun = (run: RunRequest, environmentId: string, state: string): Record<string, unknown> => ({
  _id: run.runId,
  environment_id: environmentId,
  trigger: run.trigger,
  ...(run.slot ? { slot: slotOf(run) } : {}),
  state,
  requested_at: run.requestedAt,
  ...(run.retryOf === undefined ? {} : { retry_of: run.retryOf }),
  attempt: run.attempt,
  phases: [{ phase: 'requested', at: run.requestedAt }],
  confirmations: [],
  departures: [],
  files: [],
  warnings: [],
});

const openRun = (state: BackupState, runId: string): RunRequest | undefined => {
  if (state.status !== 'idle' && state.run.runId === runId) return state.run;
  return state.queued?.runId === runId ? state.queued : undefined;
};

/** Runs: requested here, carried out by the services, read from the projection. */
export class RunHandler {
  constructor(private readonly kit: Kit) {}

  /** A request during a run becomes its one follow-up; a further one is answered with that follow-up. */
  async request({ c, e }: EnvironmentPath, caller: Caller): Promise<unknown> {
    requireOperator(caller);
    const { commands, ports, resources } = this.kit;
    const { state: environment } = await resources.environment(caller, { c, e });
    const { idempotencyKey } = caller;
    const runId = idempotencyKey === undefined ? randomUUID() : deterministicId('run', e, idempotencyKey);
    const before = idempotencyKey === undefined ? undefined : await this.find(e, runId);
    if (before !== undefined) return before;
    const { settings, monitorResetRequired } = environment;
    const command = {
      type: 'RequestBackup',
      environmentId: e,
      request: { runId, trigger: 'manual', attempt: 0, requestedAt: commands.now() },
      gate: { settings, monitorResetRequired, removed: false },
    } as const;
    const { state } = await commands.give(ports.streams.backups, e, command, caller);
    const run = openRun(state, runId) ?? state.queued;
    if (run !== undefined) return toRun(run, e, 'requested');
    throw new CodedError('INTERNAL', 'The run was accepted but cannot be found.');
  }

  async get(path: NodePath, caller: Caller): Promise<unknown> {
    await this.kit.resources.environment(caller, path);
    const found = await this.find(path.e, path.id);
    if (found === undefined) throw notFound('run', path.id);
    return found;
  }

  /** Newest first. */
  async list(path: EnvironmentPath, query: RunQuery, caller: Caller): Promise<unknown[]> {
    const { commands, reads, resources } = this.kit;
    await resources.environment(caller, path);
    await reads.reaches('history', commands.last);
    const rows = await reads.list('history', 'run', {
      parent: path.e,
      descending: true,
      limit: query.limit ?? RUNS_BY_DEFAULT,
      ...(query.before === undefined ? {} : { afterSort: query.before }),
    });
    return [...rows];
  }

  private async find(environmentId: string, runId: string): Promise<unknown> {
    const { ports, reads } = this.kit;
    const row = await reads.get('history', 'run', runId);
    if (row !== undefined) return row.environment_id === environmentId ? row : undefined;
    const { state } = await ports.streams.backups.load(environmentId);
    const open = openRun(state, runId);
    return open && toRun(open, environmentId, state.status === 'exporting' ? 'agreed' : 'requested');
  }
}
