/**
 * @proves Blocks of every client and consensus are read, raw or rebuilt from JSON. Limits are learned at run time, and each problem says how to fix it (SIMULATED clients).
 */
import { afterEach, describe, expect, it } from '@jest/globals';
import { gatherSegment, SegmentCollector, type ChainNode, type ChainProvider } from '#libs/chain';
import { openTestNode, rejection, TestClock } from '../../libs/chain/src/testing.js';
import { BackupWorld } from '../support/worlds/backup-world.js';
import { generatedChain, quorumChain, SEALED_VALIDATORS } from '../support/simulated/fixture-chains.js';
import { syntheticChain, type SimulatedChain } from '../support/simulated/simulated-node.js';
import {
  startSimulatedClient,
  type ClientStyle,
  type SimulatedClient,
} from '../support/simulated/simulated-clients.js';
import type { SimulatedFaults } from '../support/simulated/simulated-rpc.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
type SetUp = Readonly<{
  style: ClientStyle;
  chain: SimulatedChain;
  groups: readonly string[];
  faults?: SimulatedFaults;
  /** What the node was registered as; on purpose not always what it is. */
  declared?: ChainProvider;
}>;

const setUp = async ({ declared = 'geth', ...options }: SetUp): Promise<[ChainNode, SimulatedClient]> => {
  const server = await startSimulatedClient({ ...options, validators: SEALED_VALIDATORS });
  const node = openTestNode(server.url, 'monitor', {}, { provider: declared });
  cleanups.push(
    () => server.close(),
    () => node.close(),
  );
  return [node, server.rpc];
};

const gathered = async (node: ChainNode, chain: SimulatedChain): Promise<Buffer> => {
  const collector = new SegmentCollector({
    range: { start: 0n, end: chain.head },
    parentHash: undefined,
    endHash: chain.header(chain.head).hash,
  });
  const chunks: Uint8Array[] = [];
  const sink = { write: ({ bytes }: { bytes: Uint8Array }): void => void chunks.push(bytes) };
  await gatherSegment({ nodes: [node], collector, sink }, { clock: new TestClock(), random: () => 0.5 });
  return Buffer.concat(chunks);
};
const bytesOf = (chain: SimulatedChain): Buffer =>
  Buffer.concat(Array.from({ length: Number(chain.head) + 1 }, (_, number) => chain.raw(BigInt(number))!));

type Row = Readonly<{
  style: ClientStyle;
  consensus: string;
  /** Where the blocks come from. */
  blocks: string;
  chainOf: () => SimulatedChain;
  /** Names the validators; none on Raft. */
  method: string;
}>;
const ISTANBUL = 'istanbul_getValidators';
const ROWS: readonly Row[] = [
  {
    style: 'geth-1.13',
    consensus: 'clique',
    blocks: 'real GoQuorum',
    chainOf: () => quorumChain('clique'),
    method: 'clique_getSigners',
  },
  {
    style: 'geth-1.16',
    consensus: 'clique',
    blocks: 'real GoQuorum',
    chainOf: () => quorumChain('clique'),
    method: 'clique_getSigners',
  },
  {
    style: 'quorum',
    consensus: 'clique',
    blocks: 'real GoQuorum',
    chainOf: () => quorumChain('clique'),
    method: 'clique_getSigners',
  },
  {
    style: 'quorum',
    consensus: 'ibft',
    blocks: 'real GoQuorum',
    chainOf: () => quorumChain('ibft-legacy'),
    method: ISTANBUL,
  },
  {
    style: 'quorum',
    consensus: 'qbft',
    blocks: 'real GoQuorum',
    chainOf: () => quorumChain('qbft'),
    method: ISTANBUL,
  },
  {
    style: 'quorum',
    consensus: 'raft',
    blocks: 'real GoQuorum',
    chainOf: () => quorumChain('raft'),
    method: '',
  },
  {
    style: 'besu',
    consensus: 'qbft',
    blocks: 'real GoQuorum',
    chainOf: () => quorumChain('qbft'),
    method: 'qbft_getValidatorsByBlockNumber',
  },
  {
    style: 'besu',
    consensus: 'ibft2',
    blocks: 'generated',
    chainOf: () => generatedChain('ibft2'),
    method: 'ibft_getValidatorsByBlockNumber',
  },
  {
    style: 'besu',
    consensus: 'clique',
    blocks: 'real GoQuorum',
    chainOf: () => quorumChain('clique'),
    method: 'clique_getSigners',
  },
  {
    style: 'besu-1.4',
    consensus: 'ibft2',
    blocks: 'generated',
    chainOf: () => generatedChain('ibft2'),
    method: 'ibft_getValidatorsByBlockNumber',
  },
];

describe.each(ROWS)('SIMULATED $style with $consensus, $blocks blocks', ({ style, chainOf, method }) => {
  const groupsOf = (...more: string[]): string[] => [
    ...(method === '' ? ['raft'] : [method.split('_')[0] ?? '']),
    ...more,
  ];

  it('gives every block byte for byte by its raw method, found by asking', async () => {
    const chain = chainOf();
    const [node, rpc] = await setUp({ style, chain, groups: groupsOf('debug') });
    expect((await gathered(node, chain)).equals(bytesOf(chain))).toBe(true);
    const raw = style === 'quorum' ? 'debug_getBlockRlp' : 'debug_getRawBlock';
    expect(rpc.counts.byMethod[raw]).toBeGreaterThan(Number(chain.head));
  });

  it('gives the same bytes encoded anew from eth_getBlockByNumber', async () => {
    const chain = chainOf();
    const [node, rpc] = await setUp({ style, chain, groups: groupsOf() });
    expect((await gathered(node, chain)).equals(bytesOf(chain))).toBe(true);
    expect(rpc.counts.rawBlocks).toBe(0);
  });

  it('names its validators by its own method, and says what is missing with the cure of this client', async () => {
    const chain = chainOf();
    const [node, rpc] = await setUp({ style, chain, groups: groupsOf('debug', 'admin') });
    expect(await node.validatorsAt(chain.head)).toEqual(method === '' ? undefined : SEALED_VALIDATORS);
    await node.validatorsAt(1n);
    if (method !== '') expect(rpc.counts.byMethod[method]).toBe(2);
    const [bare] = await setUp({ style, chain, groups: [] });
    const findings = await bare.probe({ nowMs: Date.now() });
    const of = (check: string) => findings.find((finding) => finding.check === check);
    const kind = style.startsWith('besu') ? 'besu' : style === 'quorum' ? 'quorum' : 'geth';
    const flag = kind === 'besu' ? '--rpc-http-api' : '--http.api';
    expect(of('raw-blocks')).toMatchObject({ status: 'warn', cure: expect.stringContaining(flag) });
    expect(of('validators')).toMatchObject({ status: 'warn', cure: expect.stringContaining(flag) });
    expect(of('client')?.status).toBe(kind === 'geth' ? 'ok' : 'warn');
    if (kind !== 'geth') expect(of('client')?.cure).toBe(`Set the provider of the node to ${kind}.`);
  });
});

describe('limits of SIMULATED clients, learned while gathering', () => {
  const chain = syntheticChain({ blocks: 900 });
  const besu = { style: 'besu', groups: ['debug'] } as const;
  const geth = { style: 'geth-1.13', groups: ['debug'] } as const;
  const quorum = { style: 'quorum', groups: ['debug'] } as const;

  it.each<[string, Omit<SetUp, 'chain'>]>([
    ['Besu: items of a batch (one -32005 for all)', { ...besu, faults: { batchItemsMax: 12 } }],
    ['geth: items of a batch (an array of one -32600)', { ...geth, faults: { batchItemsMax: 12 } }],
    ['geth: bytes of an answer (-32003 for the rest)', { ...geth, faults: { responseBytesMax: 9_000 } }],
    ['geth: bytes of a request (HTTP 413)', { ...geth, faults: { requestBytesMax: 1_500 } }],
    ['GoQuorum: bytes of a request (HTTP 413)', { ...quorum, faults: { requestBytesMax: 1_500 } }],
    ['Besu without DEBUG: items of a batch', { style: 'besu', groups: [], faults: { batchItemsMax: 12 } }],
  ])('%s', async (_name, options) => {
    const [node, rpc] = await setUp({ ...options, chain });
    expect((await gathered(node, chain)).equals(bytesOf(chain))).toBe(true);
    // Learned, not met again with every batch.
    expect(rpc.counts.requests).toBeLessThan(300);
  });

  it.each<[string, ClientStyle]>([
    ['geth 1.13 (-32603 handler crashed)', 'geth-1.13'],
    ['geth 1.16 ("0x")', 'geth-1.16'],
    ['GoQuorum', 'quorum'],
    ['Besu (-32000 Block not found)', 'besu'],
  ])('a body that is gone is told with the oldest block there is: %s', async (_name, style) => {
    const [node] = await setUp({ style, chain, groups: ['debug'], faults: { prunedBelow: 400n } });
    const collect = async (): Promise<void> => {
      for await (const block of node.rawBlocks({ start: 100n, end: 500n }))
        expect(block.number).toBeLessThan(100n);
    };
    expect(await rejection(collect())).toMatchObject({
      code: 'NODE_HISTORY_PRUNED',
      context: { oldestBlock: 400n },
    });
  });
});

describe('a whole backup of SIMULATED clients registered as geth', () => {
  it.each<[string, ClientStyle, readonly string[], () => SimulatedChain]>([
    ['GoQuorum Raft (nanosecond timestamps)', 'quorum', ['debug'], () => quorumChain('raft')],
    ['GoQuorum IBFT', 'quorum', ['debug', 'istanbul'], () => quorumChain('ibft-legacy')],
    ['GoQuorum QBFT without debug', 'quorum', ['istanbul'], () => quorumChain('qbft')],
    ['Besu IBFT2', 'besu', ['debug', 'ibft'], () => generatedChain('ibft2')],
  ])('%s', async (_name, style, groups, chainOf) => {
    const chain = chainOf();
    const world = await BackupWorld.create();
    cleanups.push(() => world.close());
    const nodes = await Promise.all(
      ['monitor', 'v1', 'v2'].map(async (id) => {
        const server = await startSimulatedClient({ style, chain, groups, validators: SEALED_VALIDATORS });
        server.rpc.identity.nodeId = id;
        cleanups.push(() => server.close());
        return [id, id === 'monitor' ? 'monitor' : 'validator', server.url] as const;
      }),
    );
    await world.environment(nodes, { segmentBlocks: 5 });
    await world.request();
    await world.settle();
    expect(await world.lastEvent()).toMatchObject({ type: 'BackupCompleted' });
    const { entries } = await world.ports.histories.read('e');
    const [managed] = world.objects.stores.values();
    const chunks: Uint8Array[] = [];
    for (const { key } of entries) for await (const chunk of managed!.get(key)) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(bytesOf(chain))).toBe(true);
  });
});
