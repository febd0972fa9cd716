import type { ReadModelStore } from '#libs/event-store';
import { checkpointAt, START, type Checkpoint, type EventStore, type Position } from '#libs/event-sourcing';
import {
  backoffDelayMs,
  CodedError,
  hasCode,
  toCodedError,
  type BackoffPolicy,
  type Clock,
  isAborted,
} from '#libs/kernel';
import type { Log, OutageGate } from '#libs/runtime';
import { Batch } from './batch.js';
import { buildThrough } from './build.js';
import { newPhysicalName, physicalName, versionOf, type Projection } from './projection.js';
import { proveProjection } from './prove-projection.js';

export type ProjectorPorts = Readonly<{
  store: EventStore;
  readModels: ReadModelStore;
  clock: Clock;
  log: Log;
  /** Where a fault of ours is waited out, and where an event that can't be applied is told. */
  gate?: Pick<OutageGate, 'note' | 'passed'>;
  /** In [0, 1). */
  random: () => number;
}>;

/** Without end: a projection waits, it never leaves an event out. */
const RETRY: BackoffPolicy = { baseMs: 50, factor: 2, delayMaxMs: 30_000, attemptsMax: Infinity };

/**
 * Keeps one projection up to date: follows the store from the checkpoint that lies with the rows and commits a batch
 * whenever it is full or everything is there. Follows the active physical projection, also when a rebuild exchanges
 * it. An event that can't be read, or a store that is lost, makes it wait and try again, never go on without.
 */
export class Projector {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private failures = 0;
  private failedAt: Position | undefined;

  constructor(
    private readonly projection: Projection,
    private readonly ports: ProjectorPorts,
  ) {}

  /** Begins; repeating it changes nothing. */
  start(): void {
    this.running ??= this.run(this.stopping.signal);
  }

  /** Resolves when nothing is written any more. What was not committed comes again at the next start. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const physical = await this.activePhysical(signal);
        await this.follow(physical, signal);
      } catch (error) {
        if (!isAborted(signal)) await this.pause(toCodedError(error), signal);
      }
    }
  }

  /** Returns when another physical projection became active or the signal aborted. */
  private async follow(physical: string, signal: AbortSignal): Promise<void> {
    const { store, readModels } = this.ports;
    const proved = await proveProjection(this.ports, physical);
    if (proved === undefined) return this.replaceLost(physical, signal);
    const fresh = (from: Checkpoint) => new Batch(this.projection, { readModels, physical, from });
    let batch = fresh(proved);
    for await (const item of store.subscribe({ after: proved.position, signal })) {
      if (item.kind === 'event') {
        try {
          await batch.add(item.event);
        } catch (error) {
          // Everything before the event is shown while it waits.
          if (batch.isWhole) await this.commit(batch, physical);
          this.failedAt = item.event.position;
          throw error;
        }
        if (!batch.isFull) continue;
      }
      if (!batch.isWhole) continue;
      if (!(await this.commit(batch, physical))) return;
      batch = fresh(batch.checkpoint);
    }
  }

  /** False when readers look at another physical projection, before or after: then that one must be followed. */
  private async commit(batch: Batch, physical: string): Promise<boolean> {
    if (!(await this.isActive(physical))) return false;
    await batch.commit();
    if (this.failedAt === undefined || batch.position >= this.failedAt) this.recovered();
    return this.isActive(physical);
  }

  private recovered(): void {
    if (this.failures > 0) this.ports.log.info('A projection resumed.', { projection: this.projection.name });
    this.failures = 0;
    this.failedAt = undefined;
    this.ports.gate?.note(this.projection.name, undefined);
  }

  private async isActive(physical: string): Promise<boolean> {
    return (await this.ports.readModels.active(this.projection.name)) === physical;
  }

  /**
   * The physical projection to follow. After a change of version it is rebuilt first, while readers continue with the old
   * one. Nothing is compared, because another version is meant to differ. Throws STORE_NEWER below a newer one.
   */
  private async activePhysical(signal: AbortSignal): Promise<string> {
    const { readModels, log } = this.ports;
    const { name, version } = this.projection;
    const active = await readModels.active(name);
    const own = physicalName(this.projection);
    if (active === undefined) {
      await readModels.activate(name, own);
      return own;
    }
    if (versionOf(active) === version) return active;
    if (versionOf(active) > version)
      throw new CodedError('STORE_NEWER', `Projection ${active} was written by a newer version.`);
    log.info('A projection of an older version is being rebuilt.', { active, projection: own });
    await this.replace(active, own, signal);
    return own;
  }

  /** The store no longer has what the projection took in last: it is made again under another name. */
  private async replaceLost(active: string, signal: AbortSignal): Promise<void> {
    const own = newPhysicalName(this.projection);
    this.ports.log.warn('The store has lost events that a projection holds. It is being rebuilt.', {
      active,
      projection: own,
    });
    await this.replace(active, own, signal);
  }

  private async replace(active: string, own: string, signal: AbortSignal): Promise<void> {
    const { store, readModels } = this.ports;
    const through = await checkpointAt(store, await store.head());
    const events = await buildThrough(this.ports, this.projection, { physical: own, through, signal });
    await readModels.activate(this.projection.name, own, active);
    await readModels.drop(active);
    this.ports.log.info('A projection was rebuilt.', { projection: own, events });
  }

  private async pause(error: CodedError, signal: AbortSignal): Promise<void> {
    const { clock, gate, log, random } = this.ports;
    this.failures += 1;
    const delayMs = backoffDelayMs(RETRY, this.failures, random()) ?? RETRY.delayMaxMs;
    const fields = {
      projection: this.projection.name,
      position: this.failedAt ?? START,
      code: error.code,
      failures: this.failures,
      delayMs,
      error,
    };
    if (hasCode(error, 'REVISION_CONFLICT')) log.debug('Reading the checkpoint again.', fields);
    else if (this.failedAt === undefined) log.warn('A projection is waiting for its store.', fields);
    else {
      gate?.note(this.projection.name, error);
      log.error('A projection is stuck at an event that it cannot apply.', fields);
    }
    const waits = this.failedAt === undefined && !hasCode(error, 'REVISION_CONFLICT');
    const waited =
      (waits ? gate?.passed(error, this.failures, signal) : undefined) ?? clock.sleep(delayMs, signal);
    await waited.catch(() => undefined);
  }
}
