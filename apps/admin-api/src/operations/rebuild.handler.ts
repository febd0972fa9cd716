import type { AdminApiOptions } from '../admin-api.options.js';
import { requireOperator } from '../access.js';
import type { Caller } from '../edge/request.js';

/** Rebuilding the history: one at a time; a second request gets the outcome of the first. */
export class RebuildHandler {
  #running: Promise<unknown> | undefined;

  constructor(readonly options: AdminApiOptions) {}

  async run(caller: Caller): Promise<unknown> {
    requireOperator(caller);
    this.#running ??= this.options.rebuildHistory().finally(() => {
      this.#running = undefined;
    });
    return toJson(await this.#running);
  }
}

/** Positions are bigints; JSON has none. */
const toJson = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value ?? { done: true }, (_key, inner: unknown) =>
      typeof inner === 'bigint' ? inner.toString() : inner,
    ),
  );
