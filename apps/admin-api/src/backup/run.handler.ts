import { randomUUID } from 'node:crypto';
import type { LiveEnvironment } from '#libs/domain';
import { CodedError, currentCode, deterministicId, hintOf, plainNumber, type ErrorCode } from '#libs/kernel';
import type { ReanchorAnswer, ReleaseAnswer, RunAnswer } from '../answers/backup.answers.js';
import { openRun, runFindings, type RunDocument } from '#libs/projections';
import { z } from 'zod';
import { requireOperator } from '../access.js';
import type { Caller } from '../edge/request.js';
import type { Kit } from '../kit.js';
import { notFound, type EnvironmentPath, type NodePath } from '../resources.js';

const RUNS_BY_DEFAULT = 100;

const REASON_MAX = 1_000;
export const reasonBody = z.object({ reason: z.string().trim().min(1).max(REASON_MAX) });
export type ReasonBody = z.infer<typeof reasonBody>;

export type RunQuery = Readonly<{ limit?: number | undefined; before?: string | undefined }>;

/** A run as the API answers it: the row with the present name of its error's code, the advice, and what it found in words. */
export const toRunAnswer = (environment: LiveEnvironment, document: RunDocument): RunAnswer => {
  const { error, warnings, ...run } = document;
  const findings = runFindings(environment, document);
  const answer = { ...run, warnings: [...new Set(warnings.map(({ code }) => code))], findings };
  if (error === undefined) return answer;
  const code = currentCode(error.code) as ErrorCode;
  return { ...answer, error: { code, message: error.message, hint: hintOf(code, error.cause) } };
};

/** Runs: requested here, carried out by the services, read from the projection. */
export class RunHandler {
  constructor(private readonly kit: Pick<Kit, 'commands' | 'reads' | 'resources' | 'streams'>) {}

  /** A request during a run becomes its one follow-up; a further one is answered with that follow-up. */
  async request({ c, e }: EnvironmentPath, caller: Caller): Promise<RunAnswer> {
    requireOperator(caller);
    const { commands, resources, streams } = this.kit;
    const { state: environment } = await resources.environment(caller, { c, e });
    const { idempotencyKey } = caller;
    const runId = idempotencyKey === undefined ? randomUUID() : deterministicId('run', e, idempotencyKey);
    const before = idempotencyKey === undefined ? undefined : await this.find(environment, runId);
    if (before !== undefined) return before;
    const { settings, monitorResetRequired } = environment;
    const command = {
      type: 'RequestBackup',
      environmentId: e,
      request: { runId, trigger: 'manual', attempt: 0, requestedAt: commands.now() },
      gate: { settings, monitorResetRequired, removed: false },
    } as const;
    const { state } = await commands.give(streams.backups, e, command, caller);
    const run = openRun(state, e, runId) ?? (state.queued && openRun(state, e, state.queued.runId));
    if (run !== undefined) return toRunAnswer(environment, run);
    throw new CodedError('INTERNAL', 'The run was accepted but cannot be found.');
  }

  /** The file that the run holds back because of its evidence is recorded by the next run, with its verdict. */
  async release({ id, ...path }: NodePath, { reason }: ReasonBody, caller: Caller): Promise<ReleaseAnswer> {
    requireOperator(caller);
    const { commands, resources, streams } = this.kit;
    await resources.environment(caller, path);
    const command = { type: 'ReleaseSegment', runId: id, reason, at: commands.now() } as const;
    const { state } = await commands.give(streams.backups, path.e, command, caller);
    const { released } = state;
    if (released === undefined) throw notFound('run', id);
    return {
      run_id: released.runId,
      start_block: plainNumber(released.start),
      end_block: plainNumber(released.end),
      end_hash: released.endHash,
      reason: released.reason,
    };
  }

  /** From the last backed-up block on, the validators are those that the nodes state now. */
  async reanchor(path: EnvironmentPath, { reason }: ReasonBody, caller: Caller): Promise<ReanchorAnswer> {
    requireOperator(caller);
    const { commands, resources, streams } = this.kit;
    await resources.environment(caller, path);
    const command = { type: 'Reanchor', reason, at: commands.now() } as const;
    const { state } = await commands.give(streams.backups, path.e, command, caller);
    const { anchor } = state;
    if (anchor === undefined)
      throw new CodedError('INTERNAL', 'The anchor was recorded but cannot be found.');
    return { block: plainNumber(anchor.number), hash: anchor.hash, reason };
  }

  async get(path: NodePath, caller: Caller): Promise<RunAnswer> {
    const { state: environment } = await this.kit.resources.environment(caller, path);
    const found = await this.find(environment, path.id);
    if (found === undefined) throw notFound('run', path.id);
    return found;
  }

  /** Newest first. */
  async list(path: EnvironmentPath, query: RunQuery, caller: Caller): Promise<readonly RunAnswer[]> {
    const { commands, reads, resources } = this.kit;
    const { state: environment } = await resources.environment(caller, path);
    await reads.reaches('history', commands.last);
    const runs = await reads.list('history', 'run', {
      parent: path.e,
      descending: true,
      limit: query.limit ?? RUNS_BY_DEFAULT,
      ...(query.before === undefined ? {} : { afterSort: query.before }),
    });
    return runs.map((run) => toRunAnswer(environment, run));
  }

  private async find(environment: LiveEnvironment, runId: string): Promise<RunAnswer | undefined> {
    const { reads, streams } = this.kit;
    const { environmentId } = environment;
    const row = await reads.get('history', 'run', runId);
    if (row !== undefined)
      return row.environment_id === environmentId ? toRunAnswer(environment, row) : undefined;
    const { state } = await streams.backups.load(environmentId);
    const run = openRun(state, environmentId, runId);
    return run === undefined ? undefined : toRunAnswer(environment, run);
  }
}
