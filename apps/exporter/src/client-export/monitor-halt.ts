import { randomUUID } from 'node:crypto';
import type { ChainNode, CommandController, HaltedClient } from '#libs/chain';
import type { HaltRequest, LiveEnvironment, NodeDescription, OpenHalt, ResumedBy } from '#libs/domain';
import { CodedError, isOurs, toEpochMs, toInstant, type Instant } from '#libs/kernel';
import { monitorOf, openNode, startClient, systemContext, type ServicePorts } from '#libs/services';

/** Share of the limit, and its bounds in ms, that is kept for starting the client again. */
const RESERVE = { share: 0.1, minMs: 2_000, maxMs: 60_000 };
const MINUTE_MS = 60_000;
/** A halt command that a crash left behind may still be running: only a client that goes on answering runs. */
const STEADY_MS = 3_000;
/** The process is about to end: the answer is not waited for long; the next life looks again. */
const LAST_WAIT_MS = 8_000;

export type HaltJob = Readonly<{ environment: LiveEnvironment; runId: string; signal: AbortSignal }>;

/** Does what needs the halted client; the signal aborts when the time is up. */
export type HaltedWork<T> = (client: HaltedClient, signal: AbortSignal) => Promise<T>;

type Resumed = Readonly<{ by: ResumedBy; at: Instant }>;

/**
 * Halts the monitor's client so that it always runs again. The halt is in the event store before, is checked again after,
 * and is ended by whichever comes first: this run, the controller's watchdog, the next start of this process, or the
 * sweep of any replica.
 */
export class MonitorHalt {
  /** Halts whose client runs again, as long as that could not be recorded: waiting for a store is no halt. */
  private readonly unrecorded = new Map<string, Resumed>();

  constructor(
    private readonly ports: Pick<
      ServicePorts,
      'clock' | 'controllers' | 'log' | 'nodes' | 'streams' | 'vault'
    >,
  ) {}

  /**
   * Halts, works, starts again and waits until the client answers. Rejects with what failed first; then too the client
   * was started. Rejects with `MONITOR_HALT_TIME_USED` when the run's time for halts is up.
   */
  async during<T>(job: HaltJob, work: HaltedWork<T>): Promise<T> {
    const { environment, signal } = job;
    const monitor = monitorOf(environment);
    const controller = this.ports.controllers.command(monitor.controller);
    // Opened before: starting the client again needs neither store nor vault.
    const node = await openNode(monitor, environment, this.ports);
    const halt = await this.begin(job, monitor, controller);
    const limit = this.limitOf(halt);
    const within = AbortSignal.any([signal, limit.signal]);
    let outcome: Readonly<{ value: T } | { error: unknown }>;
    let client: HaltedClient | undefined;
    try {
      const limitMs = toEpochMs(halt.deadline) - this.ports.clock.nowMs();
      client = await controller.halt({ limitMs, signal: within });
      await this.noteHalted(environment.environmentId, halt.haltId);
      outcome = { value: await work(client, within) };
    } catch (error) {
      outcome = { error };
      // Said now: should the client not start either, that is what the step fails with.
      this.ports.log.warn('The export from the halted monitor failed. The monitor is being started.', {
        environment: environment.environmentId,
        error,
      });
    } finally {
      limit.end();
    }
    const start = (): Promise<void> => (client ?? controller).start();
    await this.resume({ environment, node, halt, by: 'run', start, ending: signal.aborted });
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  /** Ends an abandoned halt. Rejects while the client cannot be started. */
  async recover(environmentId: string, by: ResumedBy): Promise<void> {
    const { state: backup } = await this.ports.streams.backups.load(environmentId);
    const { state: environment } = await this.ports.streams.environments.load(environmentId);
    const { halt } = backup;
    if (halt === undefined || environment.status === 'absent') return;
    const resumed = this.unrecorded.get(halt.haltId);
    if (resumed !== undefined) return this.record(environment, halt, resumed);
    this.ports.log.warn('The monitor was still halted and is being started.', {
      environment: environmentId,
      halt,
    });
    const monitor = environment.nodes.get(halt.nodeId);
    const start = async (): Promise<void> => this.ports.controllers.command(halt.controller).start();
    // A node that was removed meanwhile has no URL to ask: starting it is all that can be done.
    const node = monitor === undefined ? undefined : await this.opened(monitor, environment, start);
    if (monitor === undefined) await start();
    await this.resume({ environment, node, halt, by, start, ending: false });
  }

  /** While the vault is away the client is started all the same; whether it answers is asked once it is back. */
  private async opened(
    monitor: NodeDescription,
    environment: LiveEnvironment,
    start: () => Promise<void>,
  ): Promise<ChainNode> {
    try {
      return await openNode(monitor, environment, this.ports);
    } catch (error) {
      if (isOurs(error)) await start();
      throw error;
    }
  }

  private async begin(
    { environment, runId }: HaltJob,
    { nodeId }: NodeDescription,
    { name }: CommandController,
  ): Promise<OpenHalt> {
    const { environmentId, settings } = environment;
    const haltId = randomUUID();
    const haltMaxMs = settings.maxHaltMinutes * MINUTE_MS;
    const start = { type: 'StartHalt', runId, haltId, nodeId, controller: name, haltMaxMs } as const;
    let halt: OpenHalt;
    try {
      await this.give(environmentId, start);
      halt = await this.stillOpen(environmentId, haltId);
    } catch (error) {
      // It may be recorded all the same; nothing was halted.
      if (isOurs(error)) this.unrecorded.set(haltId, { by: 'run', at: this.now() });
      throw error;
    }
    this.ports.log.info('The monitor is halted for an export.', {
      environment: environmentId,
      deadline: halt.deadline,
    });
    return halt;
  }

  /** Halting may take long: when others found the deadline passed meanwhile, the client must be started once more. */
  private async noteHalted(environmentId: string, haltId: string): Promise<void> {
    await this.give(environmentId, { type: 'NoteHalted', haltId });
    await this.stillOpen(environmentId, haltId);
  }

  private async stillOpen(environmentId: string, haltId: string): Promise<OpenHalt> {
    const { state } = await this.ports.streams.backups.load(environmentId);
    if (state.halt?.haltId === haltId) return state.halt;
    throw new CodedError('MONITOR_HALT_REFUSED', 'The halt was ended by another process.', {
      context: { haltId },
    });
  }

  private async resume(
    parts: Readonly<{
      environment: LiveEnvironment;
      node: ChainNode | undefined;
      halt: OpenHalt;
      by: ResumedBy;
      start: () => Promise<void>;
      ending: boolean;
    }>,
  ): Promise<void> {
    const { environment, node, halt, by, start, ending } = parts;
    const { clock } = this.ports;
    if (node !== undefined) {
      const patience = ending ? { answerMs: LAST_WAIT_MS, startsMax: 1 } : {};
      const steadyMs = by === 'run' ? 0 : STEADY_MS;
      await startClient({ start, node, clock, steadyMs, ...patience });
    }
    const resumed = { by, at: this.now() };
    this.unrecorded.set(halt.haltId, resumed);
    await this.record(environment, halt, resumed);
  }

  private async record(
    { environmentId }: LiveEnvironment,
    { haltId, startedAt }: OpenHalt,
    { by, at }: Resumed,
  ): Promise<void> {
    await this.give(environmentId, { type: 'NoteResumed', haltId, by }, at);
    this.unrecorded.delete(haltId);
    const haltedMs = toEpochMs(at) - toEpochMs(startedAt);
    this.ports.log.info('The monitor is answering again.', { environment: environmentId, haltedMs, by });
  }

  /** Aborts early enough for the client to be back at the deadline. */
  private limitOf({ startedAt, deadline }: OpenHalt): Readonly<{ signal: AbortSignal; end: () => void }> {
    const { clock } = this.ports;
    const wholeMs = toEpochMs(deadline) - toEpochMs(startedAt);
    const reserveMs = Math.min(RESERVE.maxMs, Math.max(RESERVE.minMs, wholeMs * RESERVE.share));
    const limit = new AbortController();
    const over = new AbortController();
    void clock.sleep(Math.max(0, toEpochMs(deadline) - reserveMs - clock.nowMs()), over.signal).then(
      () => {
        limit.abort(
          new CodedError(
            'MONITOR_HALT_TIME_USED',
            'The run has used up the time that the monitor may be halted.',
          ),
        );
      },
      () => undefined,
    );
    return {
      signal: limit.signal,
      end: () => {
        over.abort();
      },
    };
  }

  private now(): Instant {
    return toInstant(this.ports.clock.nowMs());
  }

  private async give(environmentId: string, command: HaltRequest, at = this.now()): Promise<void> {
    const context = systemContext(this.ports.clock, { correlationId: command.haltId });
    await this.ports.streams.backups.handle(environmentId, { ...command, at }, context);
  }
}
