import { parentOfNext, type BackupCommand, type ExportingBackup, type LiveEnvironment } from '#libs/domain';
import {
  deterministicId,
  toInstant,
  type BackoffPolicy,
  type CodedError,
  type Instant,
  backoffDelayMs,
} from '#libs/kernel';
import type { FailureDecision, StepResult } from '#libs/runtime';
import { systemContext, type ServicePorts } from '#libs/services';
import type { MonitorHalt } from './client-export/monitor-halt.js';
import { ReplacementRefused } from './segment/replacement-refusal.js';
import type { SegmentExporter } from './segment/segment-exporter.js';

/** How often a run looks whether its bucket is back. */
const MANAGED_WAIT_MS = 10_000;
const RETRY: BackoffPolicy = { baseMs: 1_000, factor: 3, delayMaxMs: 60_000, attemptsMax: 5 };

/** Delay before a client that did not start is started again. */
const HALT_RETRY_MS = 10_000;

/** How a run ends that can't go on: as failed, or as a dispute when its files may not replace those that are recorded. */
const closing = ({ run, agreed }: ExportingBackup, error: CodedError, at: Instant): BackupCommand => {
  const { code, retryable } = error;
  const { runId } = run;
  const message = error.message.slice(0, 2_000);
  if (!(error instanceof ReplacementRefused))
    return { type: 'FailBackup', runId, code, message, retryable, at };
  const { confirmations, departures } = agreed;
  const { replaces, judgedBy, proof } = error.found;
  const { fromBlock, other } = replaces;
  const question = { code: error.code, fromBlock, other, judgedBy };
  return {
    type: 'DisputeRange',
    ...{ runId, code, retryable, reason: message, confirmations, departures, question },
    ...(proof === undefined ? {} : { proof }),
    whileExporting: true,
    at,
  };
};

/** The exporter's lane: one step makes one segment of an environment's plan, durable first, recorded second. */
export class ExportHandler {
  constructor(
    private readonly ports: Pick<ServicePorts, 'clock' | 'log' | 'random' | 'streams'>,
    private readonly exporter: SegmentExporter,
    private readonly halts: MonitorHalt,
  ) {}

  async step(environmentId: string, signal: AbortSignal): Promise<StepResult> {
    const { state: backup } = await this.ports.streams.backups.load(environmentId);
    const { state: environment } = await this.ports.streams.environments.load(environmentId);
    if (backup.halt !== undefined) {
      // Steps of a lane never overlap, so this halt is abandoned.
      await this.halts.recover(environmentId, 'recovery');
      return 'more';
    }
    if (backup.status !== 'exporting' || environment.status === 'absent') return 'idle';
    const planned = backup.plan[backup.done];
    if (planned === undefined) return 'idle';
    // A replacing file follows the files that stay, which are not the last ones of the history.
    const job = { environment, backup: { ...backup, tip: parentOfNext(backup) }, planned, signal };
    const segment = await this.exporter.export(job);
    signal.throwIfAborted();
    const gate = await this.ports.streams.environments.load(environmentId);
    await this.record(environmentId, backup, segment, gate.state.status === 'live' ? gate.state : undefined);
    return 'more';
  }

  private async record(
    environmentId: string,
    { run }: ExportingBackup,
    segment: Awaited<ReturnType<SegmentExporter['export']>>,
    environment: LiveEnvironment | undefined,
  ): Promise<void> {
    const at = toInstant(this.ports.clock.nowMs());
    await this.ports.streams.backups.handle(
      environmentId,
      {
        type: 'RecordSegment',
        runId: run.runId,
        segment,
        enabled: environment?.settings.enabled ?? false,
        followUpId: deterministicId('backlog', environmentId, run.runId),
        environmentId,
        at,
      },
      systemContext(this.ports.clock, { correlationId: run.runId }),
    );
    this.ports.log.info('A file is in the managed bucket.', {
      environment: environmentId,
      file: segment.file,
      bytes: segment.bytes,
    });
  }

  /** Bounded retries for what may pass; then the run is closed with the error, so that nothing stays open. */
  async failed(environmentId: string, error: CodedError, attempt: number): Promise<FailureDecision> {
    if (error.code === 'MANAGED_UNAVAILABLE') {
      // The run waits as long as it takes: its blocks are staged, and no target gets a file before the bucket has it.
      this.ports.log.warn('The run is waiting for the managed bucket.', {
        environment: environmentId,
        error,
      });
      return { waitMs: MANAGED_WAIT_MS };
    }
    const isFinal =
      error.code === 'RANGE_MOVED' ||
      error.code === 'SUPERSESSION_PENDING' ||
      error instanceof ReplacementRefused;
    const delay = error.retryable && !isFinal ? this.delay(attempt) : undefined;
    this.ports.log.warn('A segment could not be exported.', { environment: environmentId, error, attempt });
    if (delay !== undefined) return { retryAfterMs: delay };
    const { state } = await this.ports.streams.backups.load(environmentId);
    // The client must run again whatever else happens: this is never given up.
    if (state.halt !== undefined) return { retryAfterMs: HALT_RETRY_MS };
    if (state.status !== 'exporting') return 'give-up';
    await this.ports.streams.backups.handle(
      environmentId,
      closing(state, error, toInstant(this.ports.clock.nowMs())),
      systemContext(this.ports.clock, { correlationId: state.run.runId }),
    );
    return 'give-up';
  }

  private delay(attempt: number): number | undefined {
    return backoffDelayMs(RETRY, attempt, this.ports.random());
  }
}
