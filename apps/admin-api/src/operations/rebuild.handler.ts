import { rebuildHistory, type Rebuilt } from '#libs/projections';
import type { RebuiltAnswer } from '../answers/operation.answers.js';
import { requireOperator } from '../access.js';
import type { Caller } from '../edge/request.js';
import type { Kit } from '../kit.js';

/** Rebuilding the history: one at a time; a second request gets the outcome of the first. */
export class RebuildHandler {
  #running: Promise<Rebuilt> | undefined;

  constructor(private readonly kit: Kit) {}

  /** Resolves when readers have changed over; see `rebuild`. */
  async run(caller: Caller): Promise<RebuiltAnswer> {
    requireOperator(caller);
    this.#running ??= rebuildHistory(this.kit.ports).finally(() => {
      this.#running = undefined;
    });
    const rebuilt = await this.#running;
    return { ...rebuilt, position: String(rebuilt.position) };
  }
}
