import { Clock, isCodedError, type CodedError } from '#libs/kernel';

import { createChainNode } from './adapters/rpc.chain-node.js';
import type { ChainNode, ChainProvider, NodeSpec } from './chain-node.js';

/** Real time for tests of IO. Sleeping is recorded and shortened to a hundredth. */
export class TestClock extends Clock {
  readonly sleptMs: number[] = [];
  aheadMs = 0;

  override nowMs(): number {
    return Date.now() + this.aheadMs;
  }

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleptMs.push(ms);
    signal?.throwIfAborted();
    return new Promise((resolve) => setTimeout(resolve, ms / 100));
  }
}

export const openTestNode = (
  url: string,
  id = 'monitor',
  rest: Partial<NodeSpec['endpoint']> = {},
  { provider = 'geth', clock = new TestClock() }: Readonly<{ provider?: ChainProvider; clock?: Clock }> = {},
): ChainNode => createChainNode({ id, endpoint: { url, ...rest }, provider }, { clock });

/** The coded error a promise rejects with; fails when it resolves or the error has no code. */
export const rejection = async (work: Promise<unknown>): Promise<CodedError> => {
  try {
    await work;
  } catch (error) {
    if (isCodedError(error)) return error;
    throw error;
  }
  throw new TypeError('it did not reject');
};
