import { isAhead, toInstant } from '#libs/kernel';
import type { StepResult } from '#libs/runtime';
import type { ServicePorts } from '#libs/services';
import type { MonitorHalt } from './monitor-halt.js';

/** Ends halts that are past their deadline, whichever replica began them, or that a clock recorded which was ahead. */
export class HaltSweep {
  constructor(
    private readonly ports: Pick<ServicePorts, 'clock' | 'streams'>,
    private readonly halts: MonitorHalt,
  ) {}

  async step(environmentId: string): Promise<StepResult> {
    const { state } = await this.ports.streams.backups.load(environmentId);
    const { halt } = state;
    const now = toInstant(this.ports.clock.nowMs());
    if (halt !== undefined && (halt.deadline <= now || isAhead(halt.startedAt, now)))
      await this.halts.recover(environmentId, 'deadline');
    return 'idle';
  }
}
