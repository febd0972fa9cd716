import type { Clock } from '#libs/kernel';

import type { AskOptions } from '../chain-node.js';
import type { RpcClient } from '../rpc/rpc-client.js';

const EVERY_MS = 1_000;

/** Asks a trivial question once a second while blocks come: how long the node takes says how busy it is. */
export class Pulse {
  private readonly client: RpcClient;
  private readonly clock: Clock;
  private readonly onLatency: (ms: number) => void;
  private lastMs: number;
  private asking: Promise<void> | undefined;

  constructor(client: RpcClient, clock: Clock, onLatency: (ms: number) => void) {
    this.client = client;
    this.clock = clock;
    this.onLatency = onLatency;
    this.lastMs = clock.monotonicMs();
  }

  /** Asks when it is time; never waits and never fails. */
  beat(ask: AskOptions): void {
    const nowMs = this.clock.monotonicMs();
    if (this.asking === undefined && nowMs - this.lastMs >= EVERY_MS) void this.take(ask);
  }

  /** Asks now; never fails. */
  take(ask: AskOptions): Promise<void> {
    const nowMs = this.clock.monotonicMs();
    this.lastMs = nowMs;
    this.asking = this.client
      .call('eth_blockNumber', [], ask)
      .then(() => {
        this.onLatency(this.clock.monotonicMs() - nowMs);
      })
      // What is wrong with the node shows with the blocks.
      .catch(() => undefined)
      .finally(() => {
        this.asking = undefined;
      });
    return this.asking;
  }

  /** Resolves when no question is open. */
  async settle(): Promise<void> {
    await this.asking;
  }
}
