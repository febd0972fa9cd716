import type { Instant } from '#libs/kernel';
import { toInstant } from '#libs/kernel';
import type { ServicePorts } from '#libs/platform';
import type { ScheduleHandler } from './schedule.handler.js';

const TICK_MS = 500;
const LOOKS_AT_ONCE = 32;
const RELOAD_MS = 60_000;
const FAILED_LOOK_AGAIN_MS = 5_000;

/** Looks at each environment when something of it is due, or when an event touched it. */
export class SchedulerLoop {
  private readonly nextLooks = new Map<string, Instant>();
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #reloadAtMs = 0;

  constructor(
    private readonly ports: ServicePorts,
    private readonly handler: ScheduleHandler,
  ) {}

  start(): void {
    this.#running = this.run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** An event touched this environment: look at it in the next tick. */
  touch(environmentId: string): void {
    this.nextLooks.set(environmentId, toInstant(this.ports.clock.nowMs()));
  }

  private async run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.reload();
        await this.tick();
      } catch (error) {
        this.ports.log.warn('A tick of the scheduler failed; it is repeated.', { error });
      }
      await this.ports.clock.sleep(TICK_MS, this.#stop.signal).catch(() => undefined);
    }
  }

  /** Environments this process has not heard of yet. */
  private async reload(): Promise<void> {
    const nowMs = this.ports.clock.nowMs();
    if (nowMs < this.#reloadAtMs) return;
    this.#reloadAtMs = nowMs + RELOAD_MS;
    for (const { environmentId } of await this.ports.catalogue.environments()) {
      if (!this.nextLooks.has(environmentId)) this.touch(environmentId);
    }
  }

  private async tick(): Promise<void> {
    const now = toInstant(this.ports.clock.nowMs());
    const due = [...this.nextLooks].filter(([, at]) => at <= now).map(([id]) => id);
    for (let from = 0; from < due.length; from += LOOKS_AT_ONCE) {
      if (this.#stop.signal.aborted) return;
      await Promise.all(due.slice(from, from + LOOKS_AT_ONCE).map((id) => this.look(id)));
    }
  }

  private async look(environmentId: string): Promise<void> {
    this.nextLooks.delete(environmentId);
    try {
      const next = await this.handler.look(environmentId);
      const touched = this.nextLooks.get(environmentId);
      if (next !== undefined && touched === undefined) this.nextLooks.set(environmentId, next);
    } catch (error) {
      this.ports.log.warn('An environment could not be scheduled; it is tried again.', {
        environment: environmentId,
        error,
      });
      this.nextLooks.set(environmentId, toInstant(this.ports.clock.nowMs() + FAILED_LOOK_AGAIN_MS));
    }
  }
}
