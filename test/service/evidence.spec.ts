/**
 * @proves Files whose seals are invalid are not recorded until an operator releases them; evidence never grows by itself afterwards; contract-chosen sets count when enough nodes state them (SIMULATED nodes).
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SealedNetwork, type SealedNetworkOptions } from '../support/worlds/sealed-network.js';
import { sealedChain, testKey, type SealedChain, type SealedChainOptions } from '../support/sealed-chain.js';

let network: SealedNetwork;
afterEach(async () => {
  await network.close();
});

const FOUR = [0, 1, 2, 3];
const STRANGERS = [10, 11, 12, 13];
const addresses = (indices: readonly number[]): string[] => indices.map((index) => testKey(index).hex).sort();
/** Strangers list themselves from this block on, and seal what follows. */
const TAKEN_AT = 8;
const taken = (consensus: 'ibft' | 'ibft2' | 'qbft' = 'qbft'): SealedChain =>
  sealedChain({ consensus, blocks: 40, validatorsAt: (block) => (block < TAKEN_AT ? FOUR : STRANGERS) });

const start = async (chain: SealedChain, options: Partial<SealedNetworkOptions> = {}): Promise<void> => {
  network = await SealedNetwork.start(chain, { consensus: 'qbft', genesis: chain.genesis, ...options });
};
const rawBlocks = (): number => network.nodes.reduce((sum, { rpc }) => sum + rpc.counts.rawBlocks, 0);
const warnings = async () => (await network.newest()).warnings?.map(({ code }) => code) ?? [];
const evidence = async () => (await network.newest()).evidence;

describe('evidence: require', () => {
  it.each(['ibft', 'ibft2', 'qbft'] as const)(
    '%s: what strangers sealed is held back, with the block, the fault and the nodes that served it',
    async (consensus) => {
      await start(taken(consensus), { consensus });
      expect(await network.backUp(7)).toBe('BackupCompleted');
      expect(await evidence()).toMatchObject({ level: 'proved', verdict: 'valid' });
      expect(await network.backUp(15)).toBe('BackupFailed');
      const { code, message } = await network.failure();
      expect(code).toBe('CERTIFICATE_INVALID');
      expect(message).toMatch(
        /^Block 8 .*served by monitor, v1, v2, v3\. The file is staged, not recorded\.$/,
      );
      expect(await network.files()).toHaveLength(1);
      expect(await network.world.backup()).toMatchObject({ held: { start: 8n, end: 15n } });
    },
  );

  it('judges a held file again without gathering it again, however long its chain has grown', async () => {
    await start(taken());
    await network.backUp(7);
    await network.backUp(15);
    const before = rawBlocks();
    expect(await network.backUp(30)).toBe('BackupFailed');
    // The faulty block alone is compared with what the four nodes hold.
    expect(rawBlocks() - before).toBe(4);
    expect(await network.world.backup()).toMatchObject({ held: { start: 8n, end: 15n } });
  });

  it('records a released file with its verdict, and holds back nothing else for it', async () => {
    await start(taken());
    await network.backUp(7);
    await network.backUp(15);
    await network.release('run-2', 'the new operators took over');
    expect(await network.backUp(15)).toBe('BackupCompleted');
    expect(await network.newest()).toMatchObject({
      ...{ start: 8n, end: 15n, evidence: { level: 'confirmed', verdict: 'invalid' } },
      warnings: [
        {
          code: 'CERTIFICATE_INVALID',
          height: 8n,
          message: expect.stringContaining('the new operators took over'),
        },
      ],
    });
    expect(await network.world.backup()).toMatchObject({ held: undefined, released: undefined });
  });

  it('never proves what the same strangers seal next, until an operator re-anchors', async () => {
    await start(taken());
    await network.backUp(7);
    await network.backUp(15);
    await network.release('run-2', 'checked');
    await network.backUp(15);
    expect(await network.backUp(20)).toBe('BackupCompleted');
    expect(await evidence()).toMatchObject({ level: 'confirmed', verdict: 'unproven' });
    expect(await warnings()).toEqual(['VALIDATORS_UNKNOWN']);
    for (const { rpc } of network.nodes) rpc.validatorsAt = () => addresses(STRANGERS);
    await network.backUp(25);
    expect(await evidence()).toMatchObject({ level: 'stated', verdict: 'valid' });
    expect(await warnings()).toEqual(['EVIDENCE_WEAKENED']);
    await network.backUp(30);
    expect(await evidence()).toMatchObject({ level: 'stated' });
    expect(await warnings()).toEqual(['EVIDENCE_WEAKENED']);
    await network.reanchor('the keys were handed over');
    await network.backUp(35);
    expect(await evidence()).toMatchObject({ level: 'proved', verdict: 'valid' });
    expect(await warnings()).toEqual([]);
    await network.backUp(40);
    expect(await evidence()).toMatchObject({ level: 'proved' });
    expect(await warnings()).toEqual([]);
  });

  it('is not proved by an anchor that too few nodes state', async () => {
    const chain = taken();
    await start(chain);
    await network.backUp(7);
    await network.backUp(15);
    await network.release('run-2', 'checked');
    await network.backUp(15);
    network.nodes[1]!.rpc.validatorsAt = () => addresses(STRANGERS);
    await network.reanchor('one node says so');
    await network.backUp(20);
    expect((await evidence())?.level).not.toBe('proved');
    expect(await warnings()).not.toEqual([]);
  });

  it('takes the form of a node whose seals are in order, and keeps what is staged when that node fails', async () => {
    const chain = sealedChain({ consensus: 'qbft', blocks: 20, validatorsAt: () => FOUR });
    await start(chain);
    const [monitor, one, two] = network.nodes.map(({ rpc }) => rpc);
    const lacking = chain.raws.with(5, chain.resealed(5, [0, 1]));
    monitor!.chain = { ...monitor!.chain, raw: (block) => lacking[Number(block)] };
    one!.chain = { ...one!.chain, raw: (block) => lacking[Number(block)] };
    two!.faults = { wrongBodyAt: 9n };
    expect(await network.backUp()).toBe('BackupCompleted');
    expect(await network.newest()).toMatchObject({ sourceNode: 'v3', evidence: { level: 'proved' } });
    expect(await warnings()).toEqual([]);
  });

  describe('when the client of the monitor writes the files', () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'evidence-'));
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    /** A SIMULATED client whose export command writes these blocks, which its node also serves. */
    const exports = async (blocks: readonly Uint8Array[]): Promise<void> => {
      await start(sealedChain({ consensus: 'qbft', blocks: 20, validatorsAt: () => FOUR }), {
        settings: { gather: 'client-export' },
      });
      const file = join(folder, 'blocks.rlp');
      await writeFile(file, Buffer.concat(blocks));
      const nothing = [process.execPath, '-e', ''];
      const copy = [process.execPath, '-e', `require('node:fs').copyFileSync(...process.argv.slice(1))`];
      const spec = {
        kind: 'command',
        halt: nothing,
        start: nothing,
        export: [...copy, file, '{file}'],
      } as const;
      const [monitor] = network.nodes;
      await network.world.control('monitor', monitor!.url, spec);
      monitor!.rpc.chain = { ...monitor!.rpc.chain, raw: (block) => blocks[Number(block)] };
    };
    const lackingOf = (chain: SealedChain) => chain.raws.with(5, chain.resealed(5, [0, 1]));

    it('asks the other nodes for the blocks of a file whose seals are invalid', async () => {
      await exports(lackingOf(sealedChain({ consensus: 'qbft', blocks: 20, validatorsAt: () => FOUR })));
      expect(await network.backUp()).toBe('BackupCompleted');
      expect(await network.newest()).toMatchObject({ sourceNode: 'v1', evidence: { level: 'proved' } });
      expect(await warnings()).toEqual([]);
    });

    it('holds the file back, staged, when all nodes hold the same seals', async () => {
      const lacking = lackingOf(sealedChain({ consensus: 'qbft', blocks: 20, validatorsAt: () => FOUR }));
      await exports(lacking);
      for (const { rpc } of network.nodes)
        rpc.chain = { ...rpc.chain, raw: (block) => lacking[Number(block)] };
      expect(await network.backUp()).toBe('BackupFailed');
      const { code, message } = await network.failure();
      expect(code).toBe('CERTIFICATE_INVALID');
      expect(message).toMatch(/served by monitor, v1, v2, v3\. The file is staged, not recorded\.$/);
      expect(await network.files()).toEqual([]);
      await network.release((await network.world.backup()).held!.runId, 'looked at');
      expect(await network.backUp()).toBe('BackupCompleted');
      expect(await evidence()).toMatchObject({ verdict: 'invalid' });
    });
  });
});

it('stays green where the genesis itself ends the seals', async () => {
  const consensusAt: SealedChainOptions['consensusAt'] = (block) => (block < TAKEN_AT ? 'clique' : 'plain');
  const chain = sealedChain({
    ...{ consensus: 'clique', consensusAt, blocks: 30, validatorsAt: () => FOUR },
    config: { terminalTotalDifficulty: 8 },
  });
  await start(chain, { consensus: 'clique' });
  for (const head of [5, 15, 25]) {
    expect(await network.backUp(head)).toBe('BackupCompleted');
    expect(await warnings()).toEqual([]);
  }
  expect(await evidence()).toMatchObject({ level: 'confirmed', verdict: 'none' });
});

describe('evidence: record', () => {
  it('records with the verdict and a warning, also without a genesis', async () => {
    await start(taken(), { genesis: undefined });
    await network.backUp(7);
    expect(await evidence()).toMatchObject({ level: 'stated', verdict: 'valid' });
    expect(await network.backUp(15)).toBe('BackupCompleted');
    expect(await evidence()).toMatchObject({ level: 'confirmed', verdict: 'invalid' });
    expect(await warnings()).toEqual(['CERTIFICATE_INVALID']);
  });

  it('does not record seals that stop without a known migration, until they are released', async () => {
    const consensusAt: SealedChainOptions['consensusAt'] = (block) => (block < TAKEN_AT ? 'qbft' : 'plain');
    const chain = sealedChain({ consensus: 'qbft', consensusAt, blocks: 30, validatorsAt: () => FOUR });
    await start(chain, { genesis: undefined });
    await network.backUp(7);
    expect(await network.backUp(15)).toBe('BackupFailed');
    expect(await network.failure()).toMatchObject({ code: 'EVIDENCE_WEAKENED' });
    await network.release('run-2', 'the chain is now private');
    expect(await network.backUp(15)).toBe('BackupCompleted');
    expect(await warnings()).toEqual(['EVIDENCE_WEAKENED']);
    expect(await network.backUp(20)).toBe('BackupCompleted');
    expect(await warnings()).toEqual(['EVIDENCE_WEAKENED']);
    await network.reanchor('there are no seals any more');
    expect(await network.backUp(25)).toBe('BackupCompleted');
    expect(await evidence()).toMatchObject({ level: 'confirmed', verdict: 'none' });
    expect(await warnings()).toEqual([]);
  });
});

describe('validators that a contract chooses', () => {
  const TWO = [0, 1];
  /** Two validators, one for some blocks, two again. */
  const setAt = (block: number): readonly number[] => (block >= 20 && block < 26 ? [0] : TWO);
  const chosen = (blocks: number): SealedChain =>
    sealedChain({ consensus: 'qbft', blocks, contract: true, validatorsAt: setAt });
  /** As Besu states it: who may seal the block itself. */
  const state = (block: bigint): string[] => addresses(setAt(Number(block)));

  it('are asked where the seals show that the set changed and changed back', async () => {
    await start(chosen(40));
    for (const { rpc } of network.nodes) rpc.validatorsAt = state;
    expect(await network.backUp()).toBe('BackupCompleted');
    expect(await evidence()).toMatchObject({
      ...{ level: 'stated', verdict: 'valid', statedBy: { nodes: ['v1', 'v2', 'v3'], asked: 3 } },
    });
    expect(await warnings()).toEqual([]);
    expect((await network.manifest()).certificate).toMatchObject({
      changes: [
        { block: 20, validators: addresses([0]) },
        { block: 26, validators: addresses(TWO) },
      ],
    });
  });

  it('are remembered for the next file, where nodes have forgotten old blocks', async () => {
    await start(chosen(40));
    const recent = (head: number) => (block: bigint) => (Number(block) > head - 3 ? state(block) : undefined);
    for (const { rpc } of network.nodes) rpc.validatorsAt = state;
    await network.backUp(30);
    for (const { rpc } of network.nodes) rpc.validatorsAt = recent(40);
    expect(await network.backUp(40)).toBe('BackupCompleted');
    expect(await evidence()).toMatchObject({ level: 'stated', verdict: 'valid' });
    expect(await warnings()).toEqual([]);
  });

  it('are not what one liar states: the others outvote it where a quorum is enough', async () => {
    const chain = chosen(15);
    for (const liar of [0, 1]) {
      await start(chain, { settings: { agreement: { kind: 'quorum' } } });
      for (const [index, { rpc }] of network.nodes.entries())
        rpc.validatorsAt = index === liar ? () => addresses(STRANGERS) : state;
      expect(await network.backUp()).toBe('BackupCompleted');
      expect(await evidence()).toMatchObject({ level: 'stated', verdict: 'valid' });
      expect((await evidence())?.statedBy?.nodes).not.toContain(liar === 0 ? 'monitor' : `v${liar}`);
      if (liar === 0) await network.close();
    }
  });

  it('are unproven, not invalid, while one validator states another set and all must agree', async () => {
    await start(chosen(15));
    for (const [index, { rpc }] of network.nodes.entries())
      rpc.validatorsAt = index === 2 ? () => addresses(STRANGERS) : state;
    expect(await network.backUp()).toBe('BackupCompleted');
    expect(await evidence()).toMatchObject({ level: 'confirmed', verdict: 'unproven' });
    expect(await warnings()).toEqual(['VALIDATORS_UNKNOWN']);
  });

  it('that nobody states make the file unproven: its blocks are read once, also from a pruned monitor', async () => {
    await start(chosen(15));
    network.nodes[0]!.rpc.faults = { prunedBelow: 10n };
    expect(await network.backUp()).toBe('BackupCompleted');
    expect(await evidence()).toMatchObject({ verdict: 'unproven' });
    expect(network.nodes.slice(2).map(({ rpc }) => rpc.counts.rawBlocks)).toEqual([0, 0]);
    expect((await network.newest()).sourceNode).toBe('v1');
  });
});

describe('the genesis document', () => {
  it('is recorded by its digest, and another one with the same block 0 judges the older files again', async () => {
    const chain = sealedChain({ consensus: 'qbft', blocks: 30, validatorsAt: () => FOUR });
    await start(chain);
    await network.backUp(7);
    const first = (await network.manifest()).genesis_sha256;
    expect(first).toBe((await evidence())?.genesisSha256);
    const { config } = chain.genesis as { config: Record<string, Record<string, unknown>> };
    await network.provideGenesis({ ...chain.genesis, config: { ...config, comment: 'same rules' } });
    await network.backUp(15);
    expect((await network.manifest()).genesis_sha256).not.toBe(first);
    expect(await evidence()).toMatchObject({ level: 'proved', verdict: 'valid' });
    const forged = { isQuorum: true, qbft: { ...config['qbft'], validators: addresses(STRANGERS) } };
    await network.provideGenesis({ ...chain.genesis, config: { ...config, ...forged } });
    await network.backUp(23);
    expect((await evidence())?.level).not.toBe('proved');
    expect(await warnings()).not.toEqual([]);
  });

  it('is compared with the one that was provided before it is used', async () => {
    const chain = sealedChain({ consensus: 'qbft', blocks: 7, validatorsAt: () => FOUR });
    await start(chain);
    await network.alterGenesis();
    expect(await network.backUp()).toBe('BackupFailed');
    expect(await network.failure()).toMatchObject({ code: 'GENESIS_ALTERED' });
  });
});
