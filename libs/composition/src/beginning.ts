import { CodedError, toInstant } from '#libs/kernel';
import type { Outage } from '#libs/runtime';
import type { StoreHosts } from '#libs/services';

/** Where a process stands before its stores are open. */
export class Beginning {
  private outage: Outage;
  private ready: (() => Promise<Outage | undefined>) | undefined;

  constructor(
    nowMs: number,
    private readonly hosts: StoreHosts,
  ) {
    const error = new CodedError('STORE_UNAVAILABLE', 'The stores are being opened.', {
      context: { host: hosts.events },
    });
    this.outage = { error, since: toInstant(nowMs) };
  }

  waits(
    failure: CodedError,
    host = 'eventStoreDb' in failure.context ? this.hosts.events : this.hosts.readModels,
  ): void {
    const { code, message, context } = failure;
    const error = new CodedError(code, message, { context: { host, ...context }, cause: failure });
    this.outage = { error, since: this.outage.since };
  }

  /** From now on the stores themselves are asked. */
  asks(ready: () => Promise<Outage | undefined>): void {
    this.ready = ready;
  }

  blocked(): Promise<Outage | undefined> {
    return this.ready?.() ?? Promise.resolve(this.outage);
  }
}
