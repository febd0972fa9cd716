import type { AskOptions } from '../chain-node.js';
import type { RawSource } from './raw-source.js';

/**
 * The lowest block from which on the node has all bodies, found by bisection; block 0, which every node has, does
 * not count unless block 1 is there. `undefined` when not even the head has one. Each question that fails is asked
 * twice by the client, so that a passing error does not look like a body that is gone.
 */
export const oldestBody = async (
  source: RawSource,
  head: bigint,
  options: AskOptions,
): Promise<bigint | undefined> => {
  const hasBody = async (number: bigint): Promise<boolean> => {
    const [block] = await source.fetch([number], options);
    return block !== undefined && block.bytes.length > 0;
  };
  if (head === 0n) return 0n;
  if (await hasBody(1n)) return 0n;
  if (!(await hasBody(head))) return undefined;
  let without = 1n;
  let withBody = head;
  while (withBody - without > 1n) {
    const middle = (without + withBody) / 2n;
    if (await hasBody(middle)) withBody = middle;
    else without = middle;
  }
  return withBody;
};
