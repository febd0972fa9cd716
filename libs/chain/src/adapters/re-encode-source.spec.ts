/** @proves A node without the debug API whose blocks cannot be encoded is named, and its uncles are bounded (SIMULATED nodes). */
import { afterEach, describe, expect, it } from '@jest/globals';

import {
  startSimulatedNode,
  syntheticChain,
  type SimulatedNode,
} from '../../../../test/support/simulated/simulated-node.js';
import type { RawBlock } from '../chain-node.js';
import { openTestNode } from '../testing.js';

const nodes: SimulatedNode[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close();
});

/** A node that changes every block it shows. */
const changing = async (change: object): Promise<SimulatedNode> => {
  const server = await startSimulatedNode({
    chain: syntheticChain({ blocks: 3 }),
    faults: { noDebug: true },
  });
  const answer = server.rpc.answer.bind(server.rpc);
  server.rpc.answer = (text) => {
    const said = JSON.parse(answer(text)) as { result?: object }[] | { result?: object };
    const changed = [said].flat().map((item) => ({ ...item, result: { ...item.result, ...change } }));
    return JSON.stringify(Array.isArray(said) ? changed : changed[0]);
  };
  nodes.push(server);
  return server;
};

const collect = async (blocks: AsyncIterable<RawBlock>): Promise<void> => {
  for await (const block of blocks) expect(block.bytes.length).toBeGreaterThan(0);
};

describe('blocks that cannot be encoded', () => {
  it.each([
    ['a null among the transactions', { transactions: [null] }, 'gave a block that is not one'],
    ['100,000 uncles', { uncles: Array(100_000).fill('0x') }, 'gave block 0 100000 uncles'],
  ])('are the fault of the node: %s', async (_what, change, says) => {
    const server = await changing(change);
    const node = openTestNode(server.url, 'monitor');
    const failed = collect(node.rawBlocks({ start: 0n, end: 3n }));
    await expect(failed).rejects.toMatchObject({ code: 'NODE_ANSWER_INVALID', context: { node: 'monitor' } });
    await expect(failed).rejects.toThrow(says);
    expect(server.rpc.counts.byMethod['eth_getUncleByBlockNumberAndIndex']).toBeUndefined();
    await node.close();
  });
});
