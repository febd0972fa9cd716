import { afterEach, describe, expect, it } from '@jest/globals';

import { ZERO_HASH } from '#libs/kernel';

import {
  startSimulatedNode,
  syntheticChain,
  type SimulatedChain,
  type SimulatedFaults,
  type SimulatedNode,
} from '../../../../test/support/simulated/simulated-node.js';
import type { ChainNode } from '../chain-node.js';
import { openTestNode, rejection, TestClock } from '../testing.js';
import type { BlockChunk } from './chunk-writer.js';
import type { GatherRequest } from './gather-request.js';
import { gatherSegment, type GatherSummary } from './gather-segment.js';
import { SegmentCollector } from './segment-collector.js';

const chain = syntheticChain({ blocks: 2600 });
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
const expectedBytes = (start: number, end: number): Buffer =>
  Buffer.concat(Array.from({ length: end - start + 1 }, (_, i) => chain.raw(BigInt(start + i))!));
const collectorFor = (start: bigint, end: bigint): SegmentCollector =>
  new SegmentCollector({
    range: { start, end },
    parentHash: start === 0n ? undefined : chain.header(start - 1n).hash,
    endHash: chain.header(end).hash,
  });

class MemorySink {
  readonly chunks: BlockChunk[] = [];
  write(chunk: BlockChunk): void {
    this.chunks.push(chunk);
  }
  get bytes(): Buffer {
    return Buffer.concat(this.chunks.map(({ bytes }) => bytes));
  }
}

const gather = (
  request: Pick<GatherRequest, 'nodes' | 'collector' | 'sink'> & Partial<GatherRequest>,
  clock = new TestClock(),
): Promise<GatherSummary> => gatherSegment(request, { clock, random: () => 0.5 });

describe('gatherSegment', () => {
  it('gives the blocks byte for byte, and what the manifest needs', async () => {
    const [node] = await startNode('monitor');
    const sink = new MemorySink();
    const seen: bigint[] = [];
    const summary = await gather({
      nodes: [node],
      collector: collectorFor(0n, 2600n),
      sink,
      onProgress: ({ next }) => seen.push(next),
    });
    expect(sink.bytes.equals(expectedBytes(0, 2600))).toBe(true);
    expect(sink.chunks.reduce((sum, { blocks }) => sum + blocks, 0)).toBe(2601);
    expect(seen.at(-1)).toBe(2601n);
    expect(summary).toMatchObject({
      start: { number: 0n, parentHash: ZERO_HASH },
      end: { number: 2600n, hash: chain.header(2600n).hash },
      blocks: 2601,
      transactions: 1300,
      bytes: sink.bytes.length,
      sources: [{ node: 'monitor', first: 0n, last: 2600n }],
    });
    expect(summary.offsets).toEqual([0, expectedBytes(0, 999).length, expectedBytes(0, 1999).length]);
  });

  it('resumes from staged bytes with the same result', async () => {
    const [node] = await startNode('monitor');
    const whole = await gather({
      nodes: [node],
      collector: collectorFor(10n, 1500n),
      sink: new MemorySink(),
    });
    const collector = collectorFor(10n, 1500n);
    for (let number = 10n; number <= 700n; number++) collector.add(chain.raw(number)!, 'staged file');
    const sink = new MemorySink();
    const resumed = await gather({ nodes: [node], collector, sink });
    expect(sink.bytes.equals(expectedBytes(701, 1500))).toBe(true);
    expect({ ...resumed, sources: [] }).toEqual({ ...whole, sources: [] });
  });

  it('goes on with the next node where the first was lost', async () => {
    const [first] = await startNode('monitor', { refusesAfterRawBlocks: 1_300 });
    const [second] = await startNode('validator-1');
    const sink = new MemorySink();
    const collector = collectorFor(0n, 2600n);
    const summary = await gather({ nodes: [first, second], collector, sink });
    expect(sink.bytes.equals(expectedBytes(0, 2600))).toBe(true);
    expect(summary.sources.map(({ node }) => node)).toEqual(['monitor', 'validator-1']);
    expect(summary.sources[1]!.first).toBe(summary.sources[0]!.last + 1n);
  });

  it('recovers from a short outage of the only node', async () => {
    const [node, server] = await startNode('monitor', { refuses: true });
    /** The outage ends while gathering waits before it asks again. */
    class OutageClock extends TestClock {
      override sleep(ms: number, signal?: AbortSignal): Promise<void> {
        server.rpc.faults.refuses = false;
        return super.sleep(ms, signal);
      }
    }
    const clock = new OutageClock();
    await gather({ nodes: [node], collector: collectorFor(0n, 50n), sink: new MemorySink() }, clock);
    expect(clock.sleptMs.length).toBeGreaterThan(0);
  });

  it.each<[string, SimulatedFaults, string]>([
    ['another block', { wrongHashAt: 55n }, 'BLOCK_PARENT_MISMATCH'],
    ['a body that does not fit', { wrongBodyAt: 55n }, 'TRANSACTIONS_ROOT_MISMATCH'],
    ['such a body in its freezer', { wrongBodyAt: 55n, frozenBelow: 400 }, 'TRANSACTIONS_ROOT_MISMATCH'],
    ['no block at all', { garbageBlockAt: 55n }, 'RLP_INVALID'],
    ['truncated batches', { truncatedBatch: true }, 'NODE_ANSWER_INVALID'],
    ['nothing below its horizon', { prunedBelow: 60n }, 'NODE_HISTORY_PRUNED'],
    ['no connection', { refuses: true }, 'NODE_UNREACHABLE'],
  ])('names a node that gives %s, and takes the block from another one', async (_what, faults, code) => {
    const [liar] = await startNode('liar', faults);
    const [honest] = await startNode('honest');
    const sink = new MemorySink();
    const error = await rejection(gather({ nodes: [liar], collector: collectorFor(1n, 100n), sink }));
    expect(error.code).toBe(code);
    expect(error.message).toContain('liar');
    const whole = new MemorySink();
    await gather({ nodes: [liar, honest], collector: collectorFor(1n, 100n), sink: whole });
    expect(whole.bytes.equals(expectedBytes(1, 100))).toBe(true);
  });

  it('says RANGE_MOVED when no node has the agreed end, and writes nothing', async () => {
    const [a] = await startNode('a', {}, syntheticChain({ blocks: 200, branch: 'other', forkAt: 80 }));
    const [b] = await startNode('b', {}, syntheticChain({ blocks: 90 }));
    const sink = new MemorySink();
    const error = await rejection(gather({ nodes: [a, b], collector: collectorFor(1n, 100n), sink }));
    expect(error.code).toBe('RANGE_MOVED');
    expect(error.context['failures']).toBe('a: RANGE_MOVED, b: RANGE_MOVED');
    expect(sink.chunks).toHaveLength(0);
  });

  it('refuses a last block that is not the agreed one', () => {
    const collector = new SegmentCollector({
      range: { start: 1n, end: 1n },
      parentHash: chain.header(0n).hash,
      endHash: `0x${'1'.repeat(64)}`,
    });
    expect(() => collector.add(chain.raw(1n)!, 'monitor')).toThrow(
      expect.objectContaining({ code: 'RANGE_MOVED' }),
    );
    expect(() => collector.summary()).toThrow(expect.objectContaining({ code: 'SEGMENT_INCOMPLETE' }));
  });

  it('refuses a first block with another parent, and block 0 with one', async () => {
    const [node] = await startNode('monitor');
    const target = { range: { start: 5n, end: 9n }, endHash: chain.header(9n).hash };
    const collector = new SegmentCollector({ ...target, parentHash: `0x${'1'.repeat(64)}` });
    const error = await rejection(gather({ nodes: [node], collector, sink: new MemorySink() }));
    expect(error.code).toBe('BLOCK_PARENT_MISMATCH');
  });

  it('passes on what the sink throws, without blaming a node', async () => {
    const [node] = await startNode('monitor');
    const sink = { write: () => Promise.reject(new TypeError('disk full')) };
    const work = gather({ nodes: [node, node], collector: collectorFor(0n, 2600n), sink });
    await expect(work).rejects.toThrow('disk full');
  });

  it('waits for a slow sink, and stops when aborted', async () => {
    const [node] = await startNode('monitor');
    let under = 0;
    const controller = new AbortController();
    const sink = {
      write: async (): Promise<void> => {
        expect(++under).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 10));
        under--;
        controller.abort(new TypeError('partition lost'));
      },
    };
    const request = { nodes: [node], collector: collectorFor(0n, 2600n), sink, signal: controller.signal };
    await expect(gather(request)).rejects.toThrow('partition lost');
  });
});
