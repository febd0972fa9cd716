import { withDeadline } from './deadline.js';
import { LearnedLimit } from './learned-limit.js';
import type { NodeLabel } from './node-identity.js';
import { RpcTransport, type SendOptions } from './rpc-transport.js';
import { wasClosed } from './transport-errors.js';

/**
 * Repeats a request whose connection was closed before the answer came: front ends close kept connections at any time.
 * Besu closes new ones above its limit at once, so while others are open fewer are used; after a while more are tried.
 */
export class SteadyTransport extends RpcTransport {
  private readonly inner: RpcTransport;
  private readonly label: NodeLabel;
  private readonly lanes: LearnedLimit;
  private readonly waiters: (() => void)[] = [];
  private inFlight = 0;

  constructor(inner: RpcTransport, label: NodeLabel, connections: number) {
    super();
    this.inner = inner;
    this.label = label;
    this.lanes = new LearnedLimit(connections);
  }

  override send(body: string | Uint8Array, options: SendOptions): Promise<Uint8Array> {
    return withDeadline(this.label, options, (signal) => this.insist(body, { ...options, signal }));
  }

  override close(): Promise<void> {
    return this.inner.close();
  }

  private async insist(body: string | Uint8Array, options: SendOptions): Promise<Uint8Array> {
    for (let isRepeated = false; ;) {
      await this.admit(options.signal);
      const together = this.inFlight;
      try {
        const answer = await this.inner.send(body, options);
        this.lanes.onSuccess(together);
        return answer;
      } catch (error) {
        const isCrowded = together > 1;
        if (!wasClosed(error) || options.isRepeatable === false || (isRepeated && !isCrowded)) throw error;
        // Each crowded turn takes a lane away, so the loop ends.
        if (isCrowded) this.lanes.onRefused(together, together - 1);
        else isRepeated = true;
      } finally {
        this.leave();
      }
    }
  }

  private async admit(signal: AbortSignal | undefined): Promise<void> {
    while (this.inFlight >= this.lanes.max) {
      signal?.throwIfAborted();
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        signal?.addEventListener('abort', wake, { once: true });
        this.waiters.push(wake);
      });
    }
    signal?.throwIfAborted();
    this.inFlight++;
  }

  private leave(): void {
    this.inFlight--;
    for (const wake of this.waiters.splice(0)) wake();
  }
}
