import { addMs, toInstant, type Instant } from '#libs/kernel';
import type { ServicePorts } from '#libs/services';
import type { ScheduleHandler } from './schedule.handler.js';

const TICK_MS = 500;
const LOOKS_AT_ONCE = 64;
const RELOAD_MS = 60_000;
const FAILED_LOOK_AGAIN_MS = 5_000;
/** Slower drift is followed too, because each tick compares with the last one; what is smaller makes no difference. */
const CLOCK_STEP_MS = 1_000;

/**
 * Looks at each environment this process owns when something of it is due, or when an event touched it. That another
 * process looks at the same one meanwhile does no harm: the decider takes each thing once.
 */
export class SchedulerLoop {
  private readonly nextLooks = new Map<string, Instant>();
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private forget: () => void = () => undefined;
  private reloadAtMs = 0;
  private aheadMs: number | undefined;

  constructor(
    private readonly ports: Pick<ServicePorts, 'catalogue' | 'clock' | 'environmentOwnership' | 'log'>,
    private readonly handler: ScheduleHandler,
    /** An environment with an open run is looked at at least this often. */
    readonly stallTimeoutMs: number,
  ) {}

  start(): void {
    this.forget = this.ports.environmentOwnership.onChange(() => {
      // Environments that were another's until now are unknown here, or known as they were long ago.
      this.nextLooks.clear();
      this.reloadAtMs = 0;
    });
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.forget();
    this.stopping.abort();
    await this.running;
  }

  /** An event touched this environment: look at it in the next tick. */
  touch(environmentId: string): void {
    this.nextLooks.set(environmentId, toInstant(this.ports.clock.nowMs()));
  }

  /** Look at this environment within `ms`, if nothing else asks for it sooner. */
  lookWithin(environmentId: string, ms: number): void {
    const at = addMs(toInstant(this.ports.clock.nowMs()), ms);
    const known = this.nextLooks.get(environmentId);
    if (known === undefined || at < known) this.nextLooks.set(environmentId, at);
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        this.followClock();
        await this.reload();
        await this.tick();
      } catch (error) {
        this.ports.log.warn('A scheduler tick failed and will be retried.', { error });
      }
      await this.ports.clock.sleep(TICK_MS, this.stopping.signal).catch(() => undefined);
    }
  }

  /** When the clock of the machine was set, all that waits for an instant is looked at once more. */
  private followClock(): void {
    const { clock } = this.ports;
    const aheadMs = clock.nowMs() - clock.monotonicMs();
    const wasSet = this.aheadMs !== undefined && Math.abs(aheadMs - this.aheadMs) > CLOCK_STEP_MS;
    this.aheadMs = aheadMs;
    if (!wasSet) return;
    const now = toInstant(clock.nowMs());
    for (const environmentId of this.nextLooks.keys()) this.nextLooks.set(environmentId, now);
  }

  /** Environments this process has not heard of yet. */
  private async reload(): Promise<void> {
    const nowMs = this.ports.clock.monotonicMs();
    if (nowMs < this.reloadAtMs) return;
    const { environmentOwnership } = this.ports;
    const environmentIds = await this.ports.catalogue.environmentIds();
    this.reloadAtMs = nowMs + RELOAD_MS;
    for (const environmentId of environmentIds) {
      if (environmentOwnership.owns(environmentId) && !this.nextLooks.has(environmentId))
        this.touch(environmentId);
    }
  }

  private async tick(): Promise<void> {
    const now = toInstant(this.ports.clock.nowMs());
    const due = [...this.nextLooks].filter(([, at]) => at <= now).map(([id]) => id);
    const worker = async (): Promise<void> => {
      for (let id = due.pop(); id !== undefined; id = due.pop()) {
        if (this.stopping.signal.aborted) return;
        await this.look(id);
      }
    };
    await Promise.all(Array.from({ length: Math.min(LOOKS_AT_ONCE, due.length) }, worker));
  }

  private async look(environmentId: string): Promise<void> {
    this.nextLooks.delete(environmentId);
    if (!this.ports.environmentOwnership.owns(environmentId)) return;
    try {
      const next = await this.handler.look(environmentId);
      const touched = this.nextLooks.get(environmentId);
      if (next !== undefined && (touched === undefined || next < touched))
        this.nextLooks.set(environmentId, next);
    } catch (error) {
      this.ports.log.warn('An environment could not be scheduled and will be retried.', {
        environment: environmentId,
        error,
      });
      this.nextLooks.set(environmentId, toInstant(this.ports.clock.nowMs() + FAILED_LOOK_AGAIN_MS));
    }
  }
}
