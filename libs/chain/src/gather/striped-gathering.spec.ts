/**
 * @proves Several nodes are read at once and cross-checked: a liar costs one stripe and is dropped, and a lost node is replaced (SIMULATED nodes).
 */
import { afterEach, describe, expect, it } from '@jest/globals';

import {
  startSimulatedNode,
  syntheticChain,
  type SimulatedChain,
  type SimulatedFaults,
  type SimulatedNode,
} from '../../../../test/support/simulated/simulated-node.js';
import type { ChainNode } from '../chain-node.js';
import { openTestNode, rejection, TestClock } from '../testing.js';
import type { GatherRequest } from './gather-request.js';
import { gatherSegment } from './gather-segment.js';
import { SegmentCollector } from './segment-collector.js';

const BLOCKS = 6_000;
const chain = syntheticChain({ blocks: BLOCKS });
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const startNode = async (
  id: string,
  faults: SimulatedFaults = {},
  of: SimulatedChain = chain,
): Promise<[ChainNode, SimulatedNode]> => {
  const server = await startSimulatedNode({ chain: of, faults });
  const node = openTestNode(server.url, id);
  cleanups.push(
    () => server.close(),
    () => node.close(),
  );
  return [node, server];
};
const allBytes = Buffer.concat(Array.from({ length: BLOCKS + 1 }, (_, n) => chain.raw(BigInt(n))!));
const newCollector = (): SegmentCollector =>
  new SegmentCollector({
    range: { start: 0n, end: BigInt(BLOCKS) },
    parentHash: undefined,
    endHash: chain.header(BigInt(BLOCKS)).hash,
  });

const gather = async (nodes: readonly ChainNode[], more: Partial<GatherRequest> = {}) => {
  const chunks: Uint8Array[] = [];
  const sink = { write: ({ bytes }: { bytes: Uint8Array }): void => void chunks.push(bytes) };
  const request = { nodes, collector: newCollector(), sink, striped: true, ...more };
  const summary = await gatherSegment(request, { clock: new TestClock(), random: () => 0.5 });
  return { summary, bytes: Buffer.concat(chunks) };
};
const givers = (summary: Awaited<ReturnType<typeof gather>>['summary']): Set<string> =>
  new Set(summary.sources.map(({ node }) => node));

describe('gathering from several nodes at the same time', () => {
  it('gives the same bytes and the same roots as one node, every node a part, in order', async () => {
    const nodes = [await startNode('a'), await startNode('b'), await startNode('c')];
    const opened = nodes.map(([node]) => node);
    const { summary, bytes } = await gather(opened);
    const alone = await gather(opened.slice(0, 1), { striped: false });
    expect(bytes.equals(allBytes)).toBe(true);
    expect({ ...summary, sources: [] }).toEqual({ ...alone.summary, sources: [] });
    expect(givers(summary)).toEqual(new Set(['a', 'b', 'c']));
    let next = 0n;
    for (const { first, last } of summary.sources) {
      expect(first).toBe(next);
      next = last + 1n;
    }
    expect(next).toBe(BigInt(BLOCKS) + 1n);
  });

  it('lets a slow node give less, and one with a share of its time no more than one batch at once', async () => {
    const [slow, slowServer] = await startNode('slow', { latencyMs: 100 });
    const [quick] = await startNode('quick');
    const { summary, bytes } = await gather([slow, quick], {
      shareOf: ({ id }) => (id === 'slow' ? 0.5 : 1),
    });
    expect(bytes.equals(allBytes)).toBe(true);
    expect(slowServer.rpc.counts.rawBlocks).toBeLessThan(BLOCKS / 2);
    expect(givers(summary)).toContain('quick');
  });

  it.each<[string, SimulatedFaults]>([
    ['another body', { wrongBodyAt: 150n }],
    ['another header', { wrongHashAt: 150n }],
    ['no block at all', { garbageBlockAt: 150n }],
  ])('takes nothing of a stripe in which a node gives %s, and asks it no more', async (_what, faults) => {
    const [liar, server] = await startNode('liar', faults);
    const nodes = [liar, (await startNode('a'))[0], (await startNode('b'))[0]];
    const { summary, bytes } = await gather(nodes);
    expect(bytes.equals(allBytes)).toBe(true);
    const fromLiar = summary.sources.filter(({ node }) => node === 'liar');
    expect(fromLiar.every(({ first, last }) => first > 150n || last < 150n)).toBe(true);
    expect(server.rpc.counts.rawBlocks).toBeLessThan(BLOCKS);
  });

  it('takes nothing of a stripe in which a node gives a valid branch, and asks it no more', async () => {
    // It says what the others say between the stripes; its blocks from 150 on link, but belong to another branch.
    const [liar] = await startNode('liar');
    const fork = syntheticChain({ blocks: BLOCKS, branch: 'other', forkAt: 150 });
    const [forked, server] = await startNode('liar', {}, fork);
    liar.rawBlocks = (range, options) => forked.rawBlocks(range, options);
    const { summary, bytes } = await gather([liar, (await startNode('a'))[0], (await startNode('b'))[0]]);
    expect(bytes.equals(allBytes)).toBe(true);
    expect(givers(summary)).toEqual(new Set(['a', 'b']));
    expect(server.rpc.counts.rawBlocks).toBeGreaterThan(0);
    expect(server.rpc.counts.rawBlocks).toBeLessThan(BLOCKS / 2);
  });

  it('asks no block of a node on another branch, and names it when nobody is left', async () => {
    const fork = syntheticChain({ blocks: BLOCKS, branch: 'other', forkAt: 500 });
    const [forked, server] = await startNode('forked', {}, fork);
    const nodes = [forked, (await startNode('a'))[0], (await startNode('b'))[0]];
    const { bytes } = await gather(nodes);
    expect(bytes.equals(allBytes)).toBe(true);
    // What is asked of any node before: which raw method it has.
    expect(server.rpc.counts.rawBlocks).toBeLessThanOrEqual(1);
    const [second] = await startNode('forked-too', {}, fork);
    const error = await rejection(gather([forked, second]));
    expect(error).toMatchObject({ code: 'RANGE_MOVED' });
    expect(String(error.context['failures'])).toContain('forked-too: RANGE_MOVED');
  });

  it('drops who departs from the others between the stripes', async () => {
    // 199 is where the first stripe ends.
    const [liar] = await startNode('liar', { wrongHashAt: 199n });
    const nodes = [liar, (await startNode('a'))[0], (await startNode('b'))[0]];
    const { summary, bytes } = await gather(nodes);
    expect(bytes.equals(allBytes)).toBe(true);
    expect(givers(summary)).toEqual(new Set(['a', 'b']));
  });

  it('reads one after the other when two nodes contradict each other', async () => {
    const [liar] = await startNode('liar', { wrongHashAt: 199n });
    const { summary, bytes } = await gather([liar, (await startNode('a'))[0]]);
    expect(bytes.equals(allBytes)).toBe(true);
    expect(summary.sources).toEqual([
      { node: 'liar', first: 0n, last: 198n },
      { node: 'a', first: 199n, last: BigInt(BLOCKS) },
    ]);
  });

  it('goes on with the others when a node is lost in the middle, and alone with the last', async () => {
    const servers = await Promise.all([startNode('a'), startNode('b'), startNode('c')]);
    let seen = 0;
    const sink = {
      write: ({ blocks }: { blocks: number }): void => {
        seen += blocks;
        if (seen > 1_000) servers[0][1].rpc.faults.refuses = true;
        if (seen > 3_000) servers[1][1].rpc.faults.httpStatus = 503;
      },
    };
    const { summary } = await gather(
      servers.map(([node]) => node),
      { sink },
    );
    expect(summary.blocks).toBe(BLOCKS + 1);
    expect(seen).toBe(BLOCKS + 1);
  });

  it('goes on from what is staged', async () => {
    const collector = newCollector();
    for (let number = 0n; number < 1_234n; number++) collector.add(chain.raw(number)!, 'staged');
    const nodes = [(await startNode('a'))[0], (await startNode('b'))[0]];
    const { summary, bytes } = await gather(nodes, { collector });
    const staged = Array.from({ length: 1_234 }, (_, n) => chain.raw(BigInt(n))!.length).reduce(
      (a, b) => a + b,
    );
    expect(bytes.equals(allBytes.subarray(staged))).toBe(true);
    expect(summary.bytes).toBe(allBytes.length);
  });

  it('ends with what the sink throws, and with the reason of an abort', async () => {
    const nodes = [(await startNode('a'))[0], (await startNode('b'))[0]];
    const full = { write: (): Promise<void> => Promise.reject(new TypeError('disk full')) };
    await expect(gather(nodes, { sink: full })).rejects.toThrow('disk full');
    const controller = new AbortController();
    const aborting = {
      write: (): void => {
        controller.abort(new TypeError('partition lost'));
      },
    };
    await expect(gather(nodes, { sink: aborting, signal: controller.signal })).rejects.toThrow(
      'partition lost',
    );
  });
});
