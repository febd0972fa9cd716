import { rebuildHistory, type Rebuilt, type RebuildPorts } from '#libs/projections';
import type { RebuiltAnswer } from '../answers/operation.answers.js';
import { requireOperator } from '../access.js';
import type { Caller } from '../edge/request.js';

/** Rebuilding the history: one at a time; a second request gets the outcome of the first. */
export class RebuildHandler {
  private running: Promise<Rebuilt> | undefined;

  constructor(private readonly ports: RebuildPorts) {}

  /** Resolves when readers have changed over; see `rebuild`. */
  async run(caller: Caller, options: Readonly<{ takeDifferent: boolean }>): Promise<RebuiltAnswer> {
    requireOperator(caller);
    this.running ??= rebuildHistory(this.ports, options).finally(() => {
      this.running = undefined;
    });
    const rebuilt = await this.running;
    return { ...rebuilt, position: String(rebuilt.position) };
  }
}
