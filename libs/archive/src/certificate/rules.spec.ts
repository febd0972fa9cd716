/** @proves Blocks are judged by what their genesis requires at their height, with the votes and quorums of each client. */
import { describe, expect, it } from '@jest/globals';
import { sealedChain, type SealedChainOptions } from '../../../../test/support/sealed-chain.js';
import { parseGenesis } from '../genesis/genesis.js';
import { readBlockSeals } from '../seal/block-seals.js';
import { certificateSummary, SegmentJudge, type SegmentJudgement } from './certificate.js';
import { consensusRules } from './genesis-rules.js';
import { addresses, FIVE, FOUR, judge, STRANGER, verdictOf, type Judged } from './testing.js';
import { DEFAULT_RULES } from './rules.js';

describe("GoQuorum's own threshold", () => {
  const chain = sealedChain({
    consensus: 'qbft',
    blocks: 6,
    validatorsAt: () => FIVE,
    sealersAt: (block) => (block === 4 ? [0, 1, 2] : FIVE),
    config: { isQuorum: true },
  });
  const withConfig = (config: Record<string, unknown>): Judged =>
    judge(chain, { rules: consensusRules(config) });

  it('makes valid-legacy of 2F+1 seals, and says so', () => {
    const judged = withConfig({ isQuorum: true, istanbul: { testQBFTBlock: 0 } });
    expect(judged.certificate).toMatchObject({
      verdict: 'valid-legacy',
      formula: '2F+1 with F = ceil(N/3)-1',
      weakest: { block: 4, signatures: 3, needed: 3, validators: 5 },
    });
  });

  it('holds up to ceil2Nby3Block only, and on no chain of Besu', () => {
    for (const config of [
      { isQuorum: true, qbft: { ceil2Nby3Block: 5 } },
      { isQuorum: true, qbft: {}, transitions: [{ block: 4, '2FPlus1Enabled': true }] },
    ])
      expect(verdictOf(withConfig(config))).toBe('valid-legacy');
    for (const config of [
      { isQuorum: true, qbft: {} },
      { isQuorum: true, qbft: {}, transitions: [{ block: 5, '2FPlus1Enabled': true }] },
      { isQuorum: true, qbft: { ceil2Nby3Block: 4 } },
      { isQuorum: true, transitions: [{ block: 0, ceil2Nby3Block: 0 }] },
      { qbft: {} },
    ])
      expect(withConfig(config).fault).toMatchObject({ code: 'SEALS_BELOW_QUORUM', block: 4n });
  });

  it('is not met by fewer', () => {
    const judged = judge(chain, {
      rules: DEFAULT_RULES,
      other: new Map([[4, chain.resealed(4, [0, 1])]]),
    });
    expect(judged.fault).toMatchObject({ code: 'SEALS_BELOW_QUORUM' });
    expect(judged.fault?.message).toContain('3 are needed');
  });
});

describe('validators that a contract chose', () => {
  const chain = sealedChain({
    consensus: 'qbft',
    blocks: 8,
    contract: true,
    validatorsAt: (block) => (block < 5 ? FOUR : FIVE),
  });
  const judged = (
    stated: [number, readonly number[]][],
    nodes: readonly string[] = ['v1', 'v2'],
  ): SegmentJudgement => {
    const judge = new SegmentJudge({
      rules: DEFAULT_RULES,
      stated: stated.map(([block, indices]) => ({
        block: BigInt(block),
        validators: addresses(indices),
        node: 'v1',
        nodes,
        needed: 2,
      })),
    });
    chain.raws.forEach((bytes, index) => judge.take(readBlockSeals(bytes), index));
    return judge.result(chain.hashes.at(-1)!);
  };

  it('are judged by what a node stated, whether it states the set of a block or of the one after it', () => {
    for (const change of [4, 5])
      expect(
        judged([
          [0, FOUR],
          [change, FIVE],
        ]).certificate,
      ).toMatchObject({
        verdict: 'valid',
        validators: 5,
        changes: [{ block: 5 }],
      });
  });

  it('are unknown without a statement, and wrong with another one', () => {
    expect(judged([])).toMatchObject({
      certificate: { verdict: 'unproven' },
      fault: { code: 'VALIDATORS_UNKNOWN' },
    });
    // A statement about an older block may be out of date; one about the block itself makes its seals wrong.
    expect(judged([[0, FOUR]])).toMatchObject({
      certificate: { verdict: 'unproven' },
      fault: { code: 'SEAL_INVALID', block: 5n },
    });
    const exact = [0, 4, 5].map((block): [number, readonly number[]] => [block, FOUR]);
    expect(judged(exact)).toMatchObject({ end: undefined, certificate: { verdict: 'invalid' } });
  });

  it('are unproven when fewer nodes state them than the rule needs', () => {
    const stated: [number, readonly number[]][] = [
      [0, FOUR],
      [4, FIVE],
    ];
    for (const nodes of [['v1'], ['v1', 'v1']])
      expect(judged(stated, nodes)).toMatchObject({
        end: undefined,
        certificate: { verdict: 'unproven' },
        fault: { code: 'VALIDATORS_UNKNOWN', block: 1n },
      });
  });
});

describe('what the genesis requires at a height', () => {
  const options: SealedChainOptions = {
    consensus: 'qbft',
    blocks: 8,
    validatorsAt: () => FOUR,
    config: { qbft: { epochlength: 30_000 } },
  };
  const genuine = sealedChain(options);
  const rules = consensusRules(parseGenesis(genuine.genesis).config);
  /** The genuine chain up to block 4, then blocks of another one. */
  const forked = (other: SealedChainOptions): SegmentJudgement => {
    const fork = sealedChain(other);
    const segment = new SegmentJudge({ rules });
    for (let block = 0; block <= 8; block += 1)
      segment.take(readBlockSeals(block <= 4 ? genuine.raws[block]! : fork.raws[block]!), block);
    return segment.result(fork.hashes[8]!);
  };

  it.each([
    ['plain', { consensus: 'plain' }, 'CONSENSUS_WRONG'],
    ['Raft-shaped', { consensus: 'raft' }, 'CONSENSUS_WRONG'],
    ['Clique', { consensus: 'clique' }, 'CONSENSUS_WRONG'],
    ['IBFT2', { consensus: 'ibft2' }, 'CONSENSUS_WRONG'],
    ['empty-list', { contract: true }, 'CERTIFICATE_VALIDATORS_WRONG'],
    ["strangers'", { validatorsAt: () => [6, 7, 8, STRANGER] }, 'CERTIFICATE_VALIDATORS_WRONG'],
  ] as const)('makes a %s fork invalid', (_name, other, code) => {
    expect(forked({ ...options, ...other })).toMatchObject({
      end: undefined,
      certificate: { verdict: 'invalid' },
      fault: { code, block: 5n },
    });
  });

  it('never adopts a list of strangers: what they seal next is not proved either', () => {
    const strangers = sealedChain({ ...options, validatorsAt: () => [6, 7, 8, STRANGER] });
    const first = forked({ ...options, validatorsAt: () => [6, 7, 8, STRANGER] });
    const next = judge(strangers, { first: 5, start: first.end, rules });
    expect(next).toMatchObject({ end: undefined, certificate: { verdict: 'unproven' } });
  });

  it('lets one consensus follow another only at the block that the genesis names', () => {
    const ibft2 = sealedChain({ ...options, consensus: 'ibft2' });
    const segment = (from: number): SegmentJudgement => {
      const judge = new SegmentJudge({ rules: consensusRules({ ibft2: {}, qbft: { startBlock: from } }) });
      for (let block = 0; block <= 8; block += 1)
        judge.take(readBlockSeals((block < 5 ? ibft2 : genuine).raws[block]!), block);
      return judge.result(genuine.hashes[8]!);
    };
    expect(segment(5)).toMatchObject({ fault: undefined, certificate: { verdict: 'valid' } });
    expect(segment(4).fault).toMatchObject({ code: 'CONSENSUS_WRONG', block: 4n });
    expect(segment(6).fault).toMatchObject({ code: 'CONSENSUS_WRONG', block: 5n });
  });

  it('without a genesis, says when seals stop', () => {
    const plain = sealedChain({ ...options, consensus: 'plain' });
    const segment = new SegmentJudge({ rules: DEFAULT_RULES });
    for (let block = 0; block <= 8; block += 1)
      segment.take(readBlockSeals((block <= 4 ? genuine : plain).raws[block]!), block);
    expect(segment.result(plain.hashes[8]!)).toMatchObject({
      end: undefined,
      fault: { code: 'EVIDENCE_WEAKENED', block: 5n },
    });
  });

  it('takes the validators that it puts in force, and no others from then on', () => {
    const changing = sealedChain({ ...options, validatorsAt: (block) => (block < 6 ? FOUR : FIVE) });
    const at = (block: number): Judged =>
      judge(changing, {
        rules: consensusRules({
          isQuorum: true,
          qbft: {},
          transitions: [{ block, validators: addresses(FIVE) }],
        }),
      });
    for (const block of [5, 6])
      expect(at(block)).toMatchObject({ fault: undefined, certificate: { verdict: 'valid' } });
    expect(at(4).fault).toMatchObject({ code: 'CERTIFICATE_VALIDATORS_WRONG', block: 5n });
    expect(at(7).fault).toMatchObject({ code: 'CERTIFICATE_VALIDATORS_WRONG', block: 6n });
  });
});

describe('votes as other clients and versions count them', () => {
  const QBFT = { consensus: 'qbft', blocks: 14, epoch: 5 } as const;

  it('in a checkpoint block count with GoQuorum, not with Besu', () => {
    const chain = sealedChain({
      ...QBFT,
      voteAt: (block) => ([5, 6, 7].includes(block) ? { candidate: 4, add: true } : undefined),
      proposerAt: (block) => ({ 5: 0, 6: 1, 7: 2 })[block] ?? block % 4,
      validatorsAt: (block) => (block < 8 ? FOUR : FIVE),
    });
    const by = (config: Record<string, unknown>): Judged => judge(chain, { rules: consensusRules(config) });
    expect(verdictOf(by({ isQuorum: true, qbft: { epochLength: 5 } }))).toBe('valid');
    expect(by({ qbft: { epochLength: 5 } }).fault).toMatchObject({
      code: 'CERTIFICATE_VALIDATORS_WRONG',
      block: 8n,
    });
  });

  it('to drop a validator outlived the epoch with Besu before 26.2: valid-legacy, with the reason', () => {
    const chain = sealedChain({
      ...QBFT,
      voteAt: (block) => ([3, 4, 6].includes(block) ? { candidate: 3, add: false } : undefined),
      proposerAt: (block) => ({ 3: 0, 4: 1, 6: 2 })[block] ?? block % 3,
      validatorsAt: (block) => (block < 7 ? FOUR : [0, 1, 2]),
    });
    const rules = consensusRules({ qbft: { epochlength: 5 } });
    const judged = judge(chain, { rules });
    expect(judged).toMatchObject({
      fault: undefined,
      certificate: {
        verdict: 'valid-legacy',
        formula: 'ceil(2N/3)',
        legacy: 'block 7: Besu before 26.2 kept votes to drop a validator across epochs',
      },
    });
    expect(certificateSummary(judged.certificate!)).toContain('Besu before 26.2');
    // Also when the votes and what they come to lie in two segments.
    const first = judge(chain, { rules, last: 5 });
    expect(first.end?.others).toMatchObject([{ rule: 'kept-drops', votes: { length: 2 } }]);
    expect(verdictOf(judge(chain, { rules, first: 6, start: first.end }))).toBe('valid-legacy');
    expect(
      judge(chain, { rules: consensusRules({ isQuorum: true, qbft: { epochlength: 5 } }) }).fault,
    ).toMatchObject({
      block: 7n,
    });
  });
});
