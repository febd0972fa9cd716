/**
 * @proves Nodes are read within their limits, and reading falls back to the ordinary method when geth's freezer can't be used (SIMULATED nodes).
 */
import { afterEach, describe, expect, it } from '@jest/globals';

import {
  lazyChain,
  startSimulatedNode,
  syntheticChain,
  type SimulatedFaults,
  type SimulatedNode,
  type SimulatedNodeOptions,
} from '../../../../test/support/simulated/simulated-node.js';
import type { ChainNode, ChainProvider, RawBlock } from '../chain-node.js';
import { openTestNode, rejection, TestClock } from '../testing.js';
import { RpcChainNodes } from './rpc.chain-nodes.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const chain = syntheticChain({ blocks: 1500 });
const setUp = async (
  options: Partial<SimulatedNodeOptions> = {},
  provider: ChainProvider = 'geth',
): Promise<[ChainNode, SimulatedNode]> => {
  const server = await startSimulatedNode({ chain, ...options });
  const node = openTestNode(server.url, 'monitor', {}, { provider });
  cleanups.push(
    () => server.close(),
    () => node.close(),
  );
  return [node, server];
};
const collect = async (blocks: AsyncIterable<RawBlock>): Promise<RawBlock[]> => {
  const found: RawBlock[] = [];
  for await (const block of blocks) found.push(block);
  return found;
};
const expectBlocks = (blocks: readonly RawBlock[], start: bigint, end: bigint): void => {
  expect(blocks).toHaveLength(Number(end - start) + 1);
  for (const [index, block] of blocks.entries()) {
    expect(block.number).toBe(start + BigInt(index));
    expect(Buffer.compare(block.bytes, chain.raw(block.number)!)).toBe(0);
  }
};

describe('identity and survey', () => {
  it('take one batch each', async () => {
    const [node, server] = await setUp();
    expect(await node.identity()).toEqual({
      chainId: 1337n,
      genesisHash: chain.header(0n).hash,
      nodeId: 'simulated',
      clientVersion: 'SIMULATED/v1',
    });
    const survey = await node.survey([5n, 1500n, 1501n]);
    expect(survey).toEqual({
      head: 1500n,
      headHash: chain.header(1500n).hash,
      headTimestamp: 1_700_001_500n,
      chainId: 1337n,
      genesisHash: chain.header(0n).hash,
      nodeId: 'simulated',
      headers: [
        {
          kind: 'header',
          header: { number: 5n, hash: chain.header(5n).hash, parentHash: chain.header(4n).hash },
        },
        expect.objectContaining({ kind: 'header' }),
        { kind: 'above-head' },
      ],
    });
    expect(server.rpc.counts).toMatchObject({ requests: 2, batches: 2 });
  });

  it('tell a missing header from one that is not there yet', async () => {
    const [node] = await setUp({
      chain: lazyChain({ head: 1_000_000n }),
      faults: { headersMissingBelow: 900_000n },
    });
    const { headers } = await node.survey([899_999n, 900_000n, 1_000_001n]);
    expect(headers.map(({ kind }) => kind)).toEqual(['missing', 'header', 'above-head']);
  });

  it('remember that there is no admin API', async () => {
    const [node, server] = await setUp({ faults: { noAdmin: true } });
    expect((await node.survey([1n])).nodeId).toBeUndefined();
    expect((await node.survey([1n])).nodeId).toBeUndefined();
    expect(server.rpc.counts.byMethod['admin_nodeInfo']).toBe(1);
  });

  it('keep no more of a client version than manifests hold', async () => {
    const [node, server] = await setUp();
    server.rpc.identity.clientVersion = 'v'.repeat(1_000_000);
    expect((await node.identity()).clientVersion).toBe('v'.repeat(200));
  });

  it('know a node id again in whatever form it is written', async () => {
    const [node, server] = await setUp({ nodeId: 'ab12' });
    server.rpc.identity.nodeId = '0xAB12 ';
    expect((await node.survey([])).nodeId).toBe('ab12');
  });

  it('show a load balancer by its changing node id', async () => {
    const [node] = await setUp({ faults: { loadBalanced: true } });
    const first = await node.survey([]);
    expect((await node.survey([])).nodeId).not.toBe(first.nodeId);
  });

  it.each<[string, SimulatedFaults, string]>([
    ['refuses', { refuses: true }, 'NODE_UNREACHABLE'],
    ['is silent', { silent: true }, 'NODE_TIMEOUT'],
    ['wants credentials', { httpStatus: 401 }, 'NODE_AUTH_FAILED'],
    ['is down behind its proxy', { httpStatus: 503 }, 'NODE_UNREACHABLE'],
    ['sends garbage', { garbage: true }, 'NODE_ANSWER_INVALID'],
    ['truncates batches', { truncatedBatch: true }, 'NODE_ANSWER_INVALID'],
  ])('name a node that %s', async (_what, faults, code) => {
    const [node] = await setUp({ faults });
    const timeoutMs = faults.silent === true ? 100 : 60_000;
    const error = await rejection(node.survey([1n], { timeoutMs }));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^Node monitor \(http:/);
    expect(error.context['node']).toBe('monitor');
  });

  it('refuse a header with another number or a short hash', async () => {
    const odd = lazyChain({ head: 10n });
    const [node] = await setUp({ chain: { ...odd, header: (n) => ({ ...odd.header(n), hash: '0x12' }) } });
    expect((await rejection(node.survey([3n]))).code).toBe('NODE_ANSWER_INVALID');
  });
});

describe('rawBlocks', () => {
  it('gives the blocks in order under random latency', async () => {
    const [node, server] = await setUp({ faults: { latencyMs: () => Math.random() * 15 } });
    expectBlocks(await collect(node.rawBlocks({ start: 0n, end: 1500n })), 0n, 1500n);
    expect(server.rpc.counts.requests).toBeGreaterThan(5);
  });

  it('asks GoQuorum by integer and decodes hex without 0x', async () => {
    const [node, server] = await setUp({ faults: { isQuorum: true } }, 'quorum');
    expectBlocks(await collect(node.rawBlocks({ start: 0n, end: 99n })), 0n, 99n);
    expect(server.rpc.counts.byMethod['debug_getRawBlock']).toBe(1);
  });

  it('re-encodes when there is no debug API', async () => {
    const [node, server] = await setUp({ faults: { noDebug: true } });
    expectBlocks(await collect(node.rawBlocks({ start: 0n, end: 120n })), 0n, 120n);
    expect(server.rpc.counts.byMethod['eth_getBlockByNumber']).toBe(121);
  });

  it('reads what lies in the freezer of geth there, the same bytes', async () => {
    const [node, server] = await setUp({ faults: { frozenBelow: 1200, batchItemsMax: 300 } });
    expectBlocks(await collect(node.rawBlocks({ start: 0n, end: 1500n })), 0n, 1500n);
    const { byMethod } = server.rpc.counts;
    expect(byMethod['debug_dbAncient']).toBeGreaterThan(1000);
    expect(byMethod['debug_getRawBlock']).toBeGreaterThan(300);
    expect(byMethod['debug_dbAncients']).toBe(1);
  });

  it.each<[string, SimulatedFaults]>([
    ['lacks a block', { frozenFault: { at: 70, is: 'gone' } }],
    ['gives a part that is cut short', { frozenFault: { at: 70, is: 'cut' } }],
    ['is empty', { frozenBelow: 0 }],
  ])('takes the ordinary way when the freezer %s', async (_what, faults) => {
    const [node, server] = await setUp({ faults: { frozenBelow: 1500, ...faults } });
    expectBlocks(await collect(node.rawBlocks({ start: 0n, end: 1500n })), 0n, 1500n);
    expect(server.rpc.counts.byMethod['debug_getRawBlock']).toBeGreaterThan(500);
  });

  it('keeps to limits of the node on items and bytes', async () => {
    const [node] = await setUp({ faults: { batchItemsMax: 10, responseBytesMax: 5000 } });
    expectBlocks(await collect(node.rawBlocks({ start: 1n, end: 200n })), 1n, 200n);
  });

  it('holds back when nobody takes: bounded bytes in flight', async () => {
    const [node, server] = await setUp({ chain: syntheticChain({ blocks: 3000, extraBytes: 10_000 }) });
    const inFlightBytesMax = 1_000_000;
    const blocks = node.rawBlocks({ start: 0n, end: 3000n }, { inFlightBytesMax });
    let taken = 0;
    let most = 0;
    for await (const block of blocks) {
      expect(block.number).toBe(BigInt(taken++));
      if (taken % 300 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      most = Math.max(most, (server.rpc.counts.rawBlocks - taken) * 10_500);
    }
    expect(taken).toBe(3001);
    expect(most).toBeLessThan(2 * inFlightBytesMax);
  });

  it('says which bodies are gone, and since when', async () => {
    const [node] = await setUp({ faults: { prunedBelow: 777n } });
    const error = await rejection(collect(node.rawBlocks({ start: 700n, end: 900n })));
    expect(error.code).toBe('NODE_HISTORY_PRUNED');
    expect(error.context).toMatchObject({ node: 'monitor', block: 700n, oldestBlock: 777n });
    expectBlocks(await collect(node.rawBlocks({ start: 777n, end: 900n })), 777n, 900n);
  });

  it('does not call blocks pruned that do not exist yet', async () => {
    const [node] = await setUp();
    const error = await rejection(collect(node.rawBlocks({ start: 1490n, end: 1510n })));
    expect(error.code).toBe('NODE_RPC_ERROR');
    expect(error.message).toContain('has no block 1501, its head is 1500');
  });

  it('asks for its share of the time only', async () => {
    const server = await startSimulatedNode({ chain, faults: { latencyMs: 20 } });
    const clock = new TestClock();
    const spec = { id: 'monitor', endpoint: { url: server.url }, provider: 'geth' as const };
    const node = new RpcChainNodes({ clock }).open(spec);
    cleanups.push(
      () => server.close(),
      () => node.close(),
    );
    expectBlocks(await collect(node.rawBlocks({ start: 0n, end: 400n }, { share: 0.25 })), 0n, 400n);
    expect(clock.sleptMs.length).toBeGreaterThan(2);
    expect(Math.min(...clock.sleptMs)).toBeGreaterThan(50);
  });

  it('takes the pulse of the node once a second, and asks less of a busy one', async () => {
    const [node, server] = await setUp({ faults: { latencyMs: 300 } });
    expectBlocks(await collect(node.rawBlocks({ start: 0n, end: 400n })), 0n, 400n);
    expect(server.rpc.counts.byMethod['eth_blockNumber']).toBeGreaterThanOrEqual(1);
  });

  it('stops on abort and when the reader goes away', async () => {
    const [node, server] = await setUp({ faults: { msPerBlock: 1 } });
    const controller = new AbortController();
    const reading = async (): Promise<void> => {
      for await (const block of node.rawBlocks({ start: 0n, end: 1500n }, { signal: controller.signal }))
        if (block.number === 3n) controller.abort(new TypeError('partition lost'));
    };
    await expect(reading()).rejects.toThrow('partition lost');
    for await (const block of node.rawBlocks({ start: 0n, end: 1500n })) if (block.number === 3n) break;
    const { counts } = server.rpc;
    for (let asked = -1; asked !== counts.rawBlocks;) {
      asked = counts.rawBlocks;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(counts.rawBlocks).toBeLessThan(1500);
  });
});

describe('probe', () => {
  const nowMs = 1_700_001_500_000;
  it('finds nothing wrong with a good node', async () => {
    const [node] = await setUp({ validators: [`0x${'ab'.repeat(20)}`] });
    const findings = await node.probe({ nowMs, chainId: 1337n, genesisHash: chain.header(0n).hash });
    expect(findings.map(({ check, status }) => `${check} ${status}`)).toEqual([
      'reachable ok',
      'chain-id ok',
      'genesis ok',
      'raw-blocks ok',
      'oldest-block ok',
      'clock ok',
      'client ok',
      'validators ok',
    ]);
  });

  it('finds what is wrong, with a cure for each', async () => {
    const [node, server] = await setUp({ faults: { noDebug: true, prunedBelow: 1000n } });
    const before = server.rpc.counts.requests;
    const findings = await node.probe({
      nowMs: nowMs - 120_000,
      chainId: 1n,
      genesisHash: `0x${'1'.repeat(64)}`,
    });
    expect(findings.slice(1).map(({ status }) => status)).toEqual([
      'fail',
      'fail',
      'warn',
      'warn',
      'warn',
      'ok',
      'warn',
    ]);
    expect(findings.slice(1).every(({ status, cure }) => status === 'ok' || cure.endsWith('.'))).toBe(true);
    expect(findings[4]!.detail).toBe('The oldest block with a body is 1000.');
    expect(findings[5]!.detail).toContain('120 s ahead of the clock');
    expect(server.rpc.counts.requests - before).toBeLessThan(20);
  });

  it.each<[bigint, bigint | undefined, RegExp]>([
    [0n, undefined, /^The node answers, but it is still at its genesis block\.$/],
    [0n, 5_000n, /at its genesis block and says that the chain is at block 5000/],
    [400n, 9_000n, /has only got to block 400 and says that the chain is at block 9000/],
  ])('says that a node is behind: head %s of %s', async (head, syncingTo, words) => {
    const faults = syncingTo === undefined ? {} : { syncingTo };
    const [node] = await setUp({ chain: { ...chain, head }, faults });
    const [reachable] = await node.probe({ nowMs });
    expect(reachable).toMatchObject({ check: 'reachable', status: 'warn' });
    expect(reachable?.detail).toMatch(words);
  });

  it('makes a finding of a node that cannot be reached', async () => {
    const findings = await openTestNode('http://127.0.0.1:9').probe({ nowMs });
    expect(findings).toMatchObject([{ check: 'reachable', status: 'fail' }]);
  });
});

describe('validatorsAt', () => {
  it('gives what the node offers', async () => {
    const validators = [`0x${'AB'.repeat(20)}`];
    const [node, server] = await setUp({ validators });
    expect(await node.validatorsAt(5n)).toEqual([`0x${'ab'.repeat(20)}`]);
    server.rpc.validators = undefined;
    expect(await node.validatorsAt(5n)).toBeUndefined();
  });
});

describe('RpcChainNodes', () => {
  it('keeps one node per specification', async () => {
    const nodes = new RpcChainNodes({ clock: new TestClock() });
    const spec = { id: 'a', endpoint: { url: 'http://127.0.0.1:1' }, provider: 'geth' as const };
    const node = nodes.open(spec);
    expect(nodes.open({ ...spec, endpoint: { url: 'http://127.0.0.1:1' } })).toBe(node);
    expect(nodes.open({ ...spec, endpoint: { url: 'http://127.0.0.1:2' } })).not.toBe(node);
    expect(() => nodes.open({ ...spec, endpoint: { url: 'http://169.254.169.254' } })).toThrow(
      expect.objectContaining({ code: 'URL_REFUSED' }),
    );
    await nodes.closeAll();
    expect(nodes.open(spec)).not.toBe(node);
  });
});
