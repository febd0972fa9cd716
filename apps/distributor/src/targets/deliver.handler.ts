import type { History, HistoryEntry, LiveEnvironment, LiveTarget } from '#libs/domain';
import {
  addMs,
  backoffDelayMs,
  hasCode,
  isAhead,
  isCodedError,
  type CodedError,
  type ErrorCode,
} from '#libs/kernel';
import type { ObjectStore } from '#libs/object-store';
import type { FailureDecision, StepResult } from '#libs/runtime';
import { checkTarget, claimPlace, openTarget } from '#libs/services';
import { auditTarget, ledgerOf } from './audit-target.js';
import { deliverBatch } from './deliver-batch.js';
import { canWait, isPublished, publishToTarget } from '../history/target-history.js';
import type { DeliveryContext } from '../delivery-context.js';

/** Files of one step at most. */
const BATCH_FILES = 200;
/** How often the history on the target is updated during a long backfill. */
const PUBLISH_EVERY_MS = 60_000;
/** What someone has to change first is not tried as often as what heals by itself. */
const DENIALS_MAX = 3;
const DENIALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'TARGET_DENIED',
  'TARGET_CREDENTIALS_REFUSED',
  'TARGET_PLACE_MISSING',
]);
/** How often a delivery looks whether the managed bucket is back. */
const MANAGED_WAIT_MS = 10_000;

type TargetJob = Readonly<{
  target: LiveTarget;
  environment: LiveEnvironment;
  history: History;
  to: ObjectStore;
  signal: AbortSignal;
}>;

type Next = Readonly<{ kind: 'audit' | 'deliver' | 'publish'; run: (job: TargetJob) => Promise<StepResult> }>;

/** A target's lane: one step looks after what is due there, delivers the next missing files, then the history. */
export class DeliverHandler {
  constructor(
    private readonly context: DeliveryContext,
    /** Told of files that the managed bucket no longer gives as they were recorded. */
    private readonly onDamaged: (environmentId: string) => void = () => undefined,
  ) {}

  async step(targetId: string, signal: AbortSignal): Promise<StepResult> {
    const { state: target } = await this.context.ports.streams.targets.load(targetId);
    if (target.status !== 'live' || !target.enabled || this.isResting(target)) return 'idle';
    const { state: environment } = await this.context.ports.streams.environments.load(target.environmentId);
    if (environment.status === 'absent') return 'idle';
    if (this.isOld(target.checked?.at, this.context.options.checkEveryMs)) await this.check(target, signal);
    const history = await this.context.ports.histories.read(target.environmentId);
    const next = this.nextFor(target, history, environment);
    if (next === undefined || (next.kind === 'publish' && (await canWait(this.context, target))))
      return 'idle';
    const to = this.context.limited(target, await openTarget(target, this.context.ports));
    // The first word with the place is the marker: it is also what a suspended target is probed with.
    await claimPlace(to, await this.context.targetOwner(environment, target), signal);
    return next.run({ target, environment, history, to, signal });
  }

  /** What a target needs first, known without asking it; `undefined` when it has everything. */
  private nextFor(target: LiveTarget, history: History, environment: LiveEnvironment): Next | undefined {
    if (history.entries.length === 0) return undefined;
    const missing = missingOf(target, history);
    // A requested heal comes before new files, because a bad file may block them.
    if (this.isAuditDue(target, missing)) return { kind: 'audit', run: (job) => this.audit(job) };
    if (missing.length > 0) return { kind: 'deliver', run: (job) => this.deliver(job, missing) };
    if (isPublished(target, history, environment)) return undefined;
    return { kind: 'publish', run: (job) => this.publish(job) };
  }

  /** Suspended until its next probe, which is never further away than the time between two of them. */
  private isResting({ suspension }: LiveTarget): boolean {
    const now = this.context.now();
    const { retrySuspendedMs } = this.context.options;
    if (suspension === undefined || isAhead(suspension.nextProbeAt, addMs(now, retrySuspendedMs)))
      return false;
    return suspension.nextProbeAt > now;
  }

  private isOld(at: string | undefined, everyMs: number): boolean {
    const now = this.context.now();
    return at === undefined || at <= addMs(now, -everyMs) || isAhead(at, now);
  }

  private isAuditDue(target: LiveTarget, missing: readonly HistoryEntry[]): boolean {
    if (target.healAsked) return true;
    return missing.length === 0 && this.isOld(target.auditedAt, this.context.options.auditEveryMs);
  }

  private async check(target: LiveTarget, signal: AbortSignal): Promise<void> {
    const { ok, findings } = await checkTarget(target, this.context.ports, signal);
    await this.context.give(target.targetId, { type: 'RecordCheck', ok, findings, at: this.context.now() });
  }

  private async resume({ targetId, suspension }: LiveTarget): Promise<void> {
    if (suspension) await this.context.give(targetId, { type: 'Resume', at: this.context.now() });
  }

  private async deliver(job: TargetJob, entries: readonly HistoryEntry[]): Promise<StepResult> {
    const { target, environment, to, signal } = job;
    await this.startBackfill(job);
    const batch = entries.slice(0, BATCH_FILES);
    const onSuccess = () => this.resume(target);
    const done = await deliverBatch(this.context, {
      target,
      environment,
      to,
      entries: batch,
      onSuccess,
      signal,
    });
    if (done === BATCH_FILES) await this.publishNowAndThen(job);
    return 'more';
  }

  private async publishNowAndThen(job: TargetJob): Promise<void> {
    const { state: target } = await this.context.ports.streams.targets.load(job.target.targetId);
    if (target.status !== 'live' || !target.enabled) return;
    if (this.isOld(target.published?.at, PUBLISH_EVERY_MS))
      await publishToTarget(this.context, { ...job, target });
  }

  private async startBackfill({ target, history }: TargetJob): Promise<void> {
    const throughOrdinal = history.entries.length - 1;
    const missing = throughOrdinal - target.deliveredThrough;
    if (target.backfill !== undefined || missing < 2) return;
    const at = this.context.now();
    await this.context.give(target.targetId, { type: 'StartBackfill', missing, throughOrdinal, at });
  }

  private async audit({ target, environment, history, to, signal }: TargetJob): Promise<StepResult> {
    const { ports, sides } = this.context;
    const ledger = await ledgerOf(ports.store, target);
    const found = await auditTarget({
      ...{ target, history, store: to, ledger, signal },
      nowMs: ports.clock.nowMs(),
      areSidesGood: () => sides.areIn(to, environment),
    });
    await this.resume(target);
    const { destination } = target;
    await this.context.give(target.targetId, {
      type: 'RecordAudit',
      ...found,
      destination,
      at: this.context.now(),
    });
    return 'more';
  }

  private async publish(job: TargetJob): Promise<StepResult> {
    await publishToTarget(this.context, job);
    await this.resume(job.target);
    return 'idle';
  }

  async failed(targetId: string, error: CodedError, attempt: number): Promise<FailureDecision> {
    this.context.ports.log.warn('A delivery failed.', { target: targetId, error, attempt });
    const { state: target } = await this.context.ports.streams.targets.load(targetId);
    if (target.status !== 'live' || !target.enabled) return 'give-up';
    if (error.code === 'MANAGED_UNAVAILABLE' || error.code === 'MANAGED_OBJECT_DAMAGED') {
      // It is not the member's target that failed: nothing is said against it.
      if (error.code === 'MANAGED_OBJECT_DAMAGED') this.onDamaged(target.environmentId);
      return { waitMs: MANAGED_WAIT_MS };
    }
    const delay = this.delayAfter(error, attempt);
    const waitMs = target.suspension || delay === undefined ? this.context.options.retrySuspendedMs : delay;
    const suspend = delay === undefined || target.suspension !== undefined;
    await this.recordFailure(target, error, { waitMs, suspend });
    return { retryAfterMs: waitMs };
  }

  /** `undefined` when it is time to suspend. */
  private delayAfter(error: CodedError, attempt: number): number | undefined {
    if (isCodedError(error) && !error.retryable) return undefined;
    if (DENIALS.has(error.code) && attempt >= DENIALS_MAX) return undefined;
    return backoffDelayMs(this.context.options.retry, attempt, this.context.ports.random());
  }

  private async recordFailure(
    target: LiveTarget,
    error: CodedError,
    { waitMs, suspend }: Readonly<{ waitMs: number; suspend: boolean }>,
  ): Promise<void> {
    // The same suspension is not said again at every probe.
    if (target.suspension !== undefined && hasCode(error, target.suspension.code)) return;
    const at = this.context.now();
    const [missing] = missingOf(target, await this.context.ports.histories.read(target.environmentId));
    const { code, message } = error;
    await this.context.give(target.targetId, {
      type: 'RecordFailure',
      file: missing?.file ?? 'backup_snapshot.json',
      code,
      message: message.slice(0, 2_000),
      nextAttemptAt: addMs(at, waitMs),
      suspend,
      at,
    });
  }
}

/**
 * What a target lacks: what was found missing or altered there, then history minus what its destination has, read from
 * the store at this moment. One algorithm for live delivery, backfill, retry and healing; superseded files included.
 */
const missingOf = (target: LiveTarget, { entries }: History): readonly HistoryEntry[] => {
  const faulty = new Set(target.faults.map(({ ordinal }) => ordinal));
  const healing = entries.filter(({ ordinal }) => faulty.has(ordinal));
  return healing.length > 0 ? healing : entries.slice(target.deliveredThrough + 1);
};
