import type { LiveEnvironment, LiveTarget, TargetCommand } from '#libs/domain';
import { addMs, backoffDelayMs, hasCode, toInstant, type BackoffPolicy, type CodedError } from '#libs/kernel';
import {
  claimPlace,
  managedBucketOf,
  systemContext,
  type FailureDecision,
  type ServicePorts,
  type StepResult,
} from '#libs/platform';
import { historyDocumentOf, publishHistory } from './history-publisher.js';
import { nextMissing, type MissingSegment } from './next-missing.js';
import { copyGenesis, isPassing, openTarget } from './place.js';
import { deliverSegment } from './segment-delivery.js';

const RETRY: BackoffPolicy = { baseMs: 1_000, factor: 2, delayMaxMs: 60_000, attemptsMax: 8 };
/** A suspended target is probed by trying its next file this often. */
const PROBE_MS = 5 * 60_000;
/** In a long backfill the history there is brought up to date after so many files. */
const HISTORY_EVERY_FILES = 50;

/** A target's lane: one step delivers the next missing file, or the history when none is missing. */
export class DeliverHandler {
  constructor(private readonly ports: ServicePorts) {}

  async step(targetId: string, signal: AbortSignal): Promise<StepResult> {
    const { state: target } = await this.ports.streams.targets.load(targetId);
    if (target.status !== 'live' || !target.enabled || this.isResting(target)) return 'idle';
    const { state: environment } = await this.ports.streams.environments.load(target.environmentId);
    if (environment.status === 'absent') return 'idle';
    const missing = await nextMissing(this.ports.store, target);
    if (missing === undefined) return this.catchUpHistory(target, environment, signal);
    await this.startBackfill(target);
    await this.deliver(target, environment, { ...missing, signal });
    return 'more';
  }

  /** Suspended until its next probe. */
  private isResting({ suspension }: LiveTarget): boolean {
    return suspension !== undefined && suspension.nextProbeAt > this.now();
  }

  private now(): string {
    return toInstant(this.ports.clock.nowMs());
  }

  private async command(targetId: string, command: TargetCommand): Promise<void> {
    await this.ports.streams.targets.handle(
      targetId,
      command,
      systemContext(this.ports.clock, { correlationId: targetId }),
    );
  }

  private async startBackfill(target: LiveTarget): Promise<void> {
    if (target.backfill !== undefined) return;
    const { state: backup } = await this.ports.streams.backups.load(target.environmentId);
    const throughOrdinal = backup.nextOrdinal - 1;
    const missing = throughOrdinal - target.deliveredThrough;
    if (missing < 2) return;
    await this.command(target.targetId, { type: 'StartBackfill', missing, throughOrdinal, at: this.now() });
  }

  private async deliver(
    target: LiveTarget,
    environment: LiveEnvironment,
    { segment, revision, signal }: MissingSegment & Readonly<{ signal: AbortSignal }>,
  ): Promise<void> {
    const to = await openTarget(target, this.ports);
    const from = await managedBucketOf(environment, this.ports);
    const { environmentId } = environment;
    if (target.deliveredThrough < 0) await this.prepare(to, environment, signal);
    const object = await deliverSegment({ from, to, environmentId, segment, heal: target.healing, signal });
    signal.throwIfAborted();
    if (target.suspension) await this.command(target.targetId, { type: 'Resume', at: this.now() });
    await this.command(target.targetId, {
      type: 'RecordDelivery',
      file: segment.file,
      ordinal: segment.ordinal,
      sourceRevision: revision,
      bytes: segment.bytes,
      sha256: segment.sha256,
      etag: object.etag,
      destination: target.destination,
      at: this.now(),
    });
    if ((segment.ordinal + 1) % HISTORY_EVERY_FILES === 0) {
      await this.publish({ ...target, deliveredThrough: segment.ordinal }, environment, signal);
    }
  }

  /** Before the first file: whose place it is, and the genesis. */
  private async prepare(
    to: Awaited<ReturnType<typeof openTarget>>,
    environment: LiveEnvironment,
    signal: AbortSignal,
  ): Promise<void> {
    const { state: backup } = await this.ports.streams.backups.load(environment.environmentId);
    const genesisHash = backup.genesisHash ?? environment.genesis?.genesisHash ?? 'unknown';
    await claimPlace(to, environment, { installation: this.ports.installation, genesisHash }, signal);
    await copyGenesis(to, environment, this.ports, signal);
  }

  private async catchUpHistory(
    target: LiveTarget,
    environment: LiveEnvironment,
    signal: AbortSignal,
  ): Promise<StepResult> {
    if (target.suspension) await this.command(target.targetId, { type: 'Resume', at: this.now() });
    if (target.deliveredThrough >= 0) await this.publish(target, environment, signal);
    return 'idle';
  }

  private async publish(
    target: LiveTarget,
    environment: LiveEnvironment,
    signal: AbortSignal,
  ): Promise<void> {
    const history = await this.ports.histories.read(environment.environmentId);
    if (target.published !== undefined && target.published.revision >= history.revision) return;
    const document = historyDocumentOf(history, environment.provider, target.deliveredThrough);
    const store = await openTarget(target, this.ports);
    await copyGenesis(store, environment, this.ports, signal);
    const etag = await publishHistory(store, environment.environmentId, document, signal);
    const complete = history.entries.every(({ ordinal }) => ordinal <= target.deliveredThrough);
    // Only a complete document counts as the history at this revision; a partial one is replaced by the next.
    const revision = complete ? history.revision : (target.published?.revision ?? -1n);
    const files = document.history.length;
    await this.command(target.targetId, { type: 'RecordHistory', etag, revision, files, at: this.now() });
  }

  async failed(targetId: string, error: CodedError, attempt: number): Promise<FailureDecision> {
    this.ports.log.warn('A delivery failed.', { target: targetId, error, attempt });
    const { state: target } = await this.ports.streams.targets.load(targetId);
    if (target.status !== 'live' || !target.enabled) return 'give-up';
    const delay = isPassing(error) ? backoffDelayMs(RETRY, attempt, this.ports.random()) : undefined;
    const waitMs = target.suspension || delay === undefined ? PROBE_MS : delay;
    await this.recordFailure(target, error, {
      waitMs,
      suspend: delay === undefined || target.suspension !== undefined,
    });
    return { retryAfterMs: waitMs };
  }

  private async recordFailure(
    target: LiveTarget,
    error: CodedError,
    { waitMs, suspend }: Readonly<{ waitMs: number; suspend: boolean }>,
  ): Promise<void> {
    const at = this.now();
    const missing = await nextMissing(this.ports.store, target);
    const file = missing?.segment.file ?? 'backup_snapshot.json';
    // The same suspension is not said again at every probe.
    if (target.suspension !== undefined && hasCode(error, target.suspension.code)) return;
    const { code, message } = error;
    const nextAttemptAt = addMs(at, waitMs);
    await this.command(target.targetId, {
      type: 'RecordFailure',
      file,
      code,
      message: message.slice(0, 2_000),
      nextAttemptAt,
      suspend,
      at,
    });
  }
}
