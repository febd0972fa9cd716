import type { ExportingBackup, LiveEnvironment, PlannedSegment } from '#libs/domain';
import { toEpochMs, toInstant, type Instant } from '#libs/kernel';
import { systemContext, type ServicePorts } from '#libs/services';

type Job = Readonly<{ environment: LiveEnvironment; backup: ExportingBackup; planned: PlannedSegment }>;

/**
 * Records in the stream that the current file makes progress, or waits and is being retried, at most once per `everyMs`.
 * A scheduler in another process sees nothing else of a file that takes hours, and would treat the run as stalled.
 */
export class ProgressNotes {
  /** On the monotonic clock. */
  private notedAtMs: number;
  private next: bigint;
  private noting: Promise<void> = Promise.resolve();

  constructor(
    private readonly ports: Pick<ServicePorts, 'clock' | 'log' | 'streams'>,
    private readonly job: Job,
    private readonly everyMs: number,
  ) {
    const { clock } = ports;
    const sinceMs = Math.max(0, clock.nowMs() - toEpochMs(job.backup.progressAt));
    this.notedAtMs = clock.monotonicMs() - sinceMs;
    this.next = job.planned.start;
  }

  /** Blocks up to `next`, or bytes of the file, went on just now. */
  gotOn(next = this.next): void {
    this.next = next;
    const { clock } = this.ports;
    if (clock.monotonicMs() - this.notedAtMs < this.everyMs) return;
    this.notedAtMs = clock.monotonicMs();
    const at = toInstant(clock.nowMs());
    this.noting = this.noting.then(() => this.note(at));
  }

  /** The file is waiting for the managed bucket, which was just retried; only the bucket delays it. */
  waits(): void {
    this.gotOn();
  }

  /** Resolves when nothing is being noted any more. */
  async settled(): Promise<void> {
    await this.noting;
  }

  private async note(at: Instant): Promise<void> {
    const { environment, backup, planned } = this.job;
    const { runId } = backup.run;
    const { file, end } = planned;
    try {
      await this.ports.streams.backups.handle(
        environment.environmentId,
        { type: 'NoteProgress', runId, file, next: this.next, end, at },
        systemContext(this.ports.clock, { correlationId: runId }),
      );
    } catch (error) {
      // The work goes on; the next note makes up for this one.
      this.ports.log.warn('Progress could not be recorded.', {
        environment: environment.environmentId,
        error,
      });
    }
  }
}
