/**
 * @proves A probe judges the newest 100 blocks of a node by the genesis document before anything is backed up (GENERATED sealed chains on SIMULATED nodes).
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { sealedChain, testKey, type SealedChain, type SealedChainOptions } from '../support/sealed-chain.js';
import { chainOfBlocks } from '../support/simulated/simulated-chain.js';
import { startSimulatedNode, type SimulatedNode } from '../support/simulated/simulated-node.js';
import { AdminApiBench } from '../support/worlds/admin-api-bench.js';

const FOUR = [0, 1, 2, 3];
const STRANGERS = [10, 11, 12, 13];
const addresses = (keys: readonly number[]): string[] => keys.map((key) => testKey(key).hex).sort();

let api: AdminApiBench;
let node: SimulatedNode;
beforeAll(async () => {
  api = await AdminApiBench.start();
});
afterAll(() => api.stop());
afterEach(() => node.close());

type Seals = Readonly<{ ok: boolean; result?: string; message?: string; cure?: string }>;

/** What the probe of one node says of the seals of a chain. */
const sealsOf = async (
  options: Partial<SealedChainOptions>,
  { config, stated }: Readonly<{ config?: 'own' | object; stated?: readonly number[] }> = {},
): Promise<Seals> => {
  const chain: SealedChain = sealedChain({
    consensus: 'qbft',
    blocks: 20,
    validatorsAt: () => FOUR,
    ...options,
  });
  node = await startSimulatedNode({ chain: chainOfBlocks(chain.raws, chain.hashes), nodeId: 'n' });
  if (stated !== undefined) node.rpc.validatorsAt = () => addresses(stated);
  const genesis = config === 'own' ? chain.genesis['config'] : config;
  const body = { urls: { rpc: node.url }, provider: 'quorum', genesis_config: genesis };
  const { body: answer } = await api.ask('POST', '/probe', body);
  const { ok, findings } = answer as { ok: boolean; findings: readonly (Seals & { check: string })[] };
  const { result, message, cure } = findings.find(({ check }) => check === 'seals') ?? {};
  return { ok, ...(result === undefined ? {} : { result }), message: message ?? '', cure: cure ?? '' };
};

describe('the newest blocks', () => {
  it('are proved where they reach down to block 0 and the genesis document is known', async () => {
    expect(await sealsOf({}, { config: 'own' })).toMatchObject({
      ...{ ok: true, result: 'ok' },
      message: 'Blocks 0 to 20 are proved: sealed by the validators followed from block 0.',
    });
    await node.close();
    expect((await sealsOf({})).message).toContain('are stated');
  });

  it('are judged from the first of 100 on in a longer chain', async () => {
    expect(await sealsOf({ blocks: 150 }, { config: 'own' })).toMatchObject({
      ...{ ok: true, result: 'ok' },
      message: expect.stringMatching(/^Blocks 51 to 150 are sealed by the validators that the blocks list/),
    });
  });

  it.each<[string, Partial<SealedChainOptions>, string]>([
    [
      'too few seals',
      { sealersAt: (block) => (block < 8 ? FOUR : [0, 1]) },
      'invalid: Block 8 is sealed by 2 of 4',
    ],
    [
      'seals of strangers',
      { sealersAt: (block) => (block < 8 ? FOUR : STRANGERS) },
      'invalid: A seal of block 8',
    ],
    [
      'strangers that list themselves',
      { validatorsAt: (block) => (block < 8 ? FOUR : STRANGERS) },
      'invalid: Block 8 lists',
    ],
    [
      'no seals',
      { consensusAt: (block) => (block < 8 ? 'qbft' : 'plain') },
      'invalid: Block 8 is a plain block',
    ],
  ])(
    'are invalid with %s: the node is not usable yet, and the cure says why',
    async (_what, options, message) => {
      const found = await sealsOf(options, { config: 'own' });
      expect(found).toMatchObject({ ok: false, result: 'fail' });
      expect(found.message).toContain(message);
      expect(found.cure).toContain('CERTIFICATE_INVALID');
    },
  );

  it('are invalid by a genesis document that is not the one of the chain', async () => {
    const found = await sealsOf(
      {},
      { config: { isQuorum: true, qbft: { validators: addresses(STRANGERS) } } },
    );
    expect(found).toMatchObject({ ok: false, result: 'fail', message: expect.stringContaining('invalid') });
  });

  it('of a contract are as good as what this node states', async () => {
    const contract = { contract: true };
    const stated = await sealsOf(contract, { config: 'own', stated: FOUR });
    expect(stated).toMatchObject({
      ok: true,
      result: 'ok',
      message: expect.stringContaining('for the contract'),
    });
    await node.close();
    const unknown = await sealsOf(contract, { config: 'own' });
    expect(unknown).toMatchObject({ ok: true, result: 'warn', message: expect.stringContaining('unproven') });
  });

  it('of Clique are judged by the signers that the node states', async () => {
    const clique = { consensus: 'clique', blocks: 150 } as const;
    expect(await sealsOf(clique, { config: 'own', stated: FOUR })).toMatchObject({ ok: true, result: 'ok' });
    await node.close();
    expect(await sealsOf(clique, { config: 'own' })).toMatchObject({ ok: true, result: 'warn' });
  });

  it('without seals are confirmed by the validators, and block 0 alone says nothing', async () => {
    expect((await sealsOf({ consensus: 'plain' })).message).toContain('carry no seals');
    await node.close();
    expect(await sealsOf({ blocks: 0 }, { config: 'own' })).toEqual({ ok: true, message: '', cure: '' });
  });
});
