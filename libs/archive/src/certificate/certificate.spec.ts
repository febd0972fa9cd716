/** @proves Certificates judge quorums, foreign seals, votes and checkpoints of every consensus, on generated chains. */
import { describe, expect, it } from '@jest/globals';
import { sealedChain, testKey, type SealedChainOptions } from '../../../../test/support/sealed-chain.js';
import { certificateSummary } from './certificate.js';
import { addresses, FIVE, FOUR, judge, STRANGER, verdictOf } from './testing.js';

/** Votes of the first validators for one candidate, one a block from block 3 on. */
const votes = (
  candidate: number,
  add: boolean,
  count: number,
): Pick<SealedChainOptions, 'voteAt' | 'proposerAt'> => ({
  voteAt: (block) => (block >= 3 && block < 3 + count ? { candidate, add } : undefined),
  proposerAt: (block) => (block >= 3 && block < 3 + count ? block - 3 : block % 4),
});

describe.each(['ibft', 'ibft2', 'qbft'] as const)('certificates of a generated %s chain', (consensus) => {
  const config = consensus === 'ibft' ? { ibft: { epochlength: 30_000, ceil2Nby3Block: 0 } } : {};
  const base = { consensus, blocks: 12, validatorsAt: () => FOUR, config };

  it('hold when every block has its quorum, whoever sealed and in whichever round', () => {
    const chain = sealedChain({
      ...base,
      sealersAt: (block) => FOUR.filter((index) => index !== block % 4),
      round: 2,
    });
    const judged = judge(chain);
    expect(judged).toMatchObject({
      fault: undefined,
      certificate: {
        kind: 'commit-seals',
        verdict: 'valid',
        formula: 'ceil(2N/3)',
        sealed_blocks: 12,
        validators: 4,
        needed: 3,
        signers: addresses([1, 2, 3]),
        weakest: { signatures: 3, needed: 3, validators: 4 },
        changes: [],
      },
      end: { block: 12n, validators: addresses(FOUR), votes: [], settled: true },
    });
    expect(certificateSummary(judged.certificate!)).toContain('3 of 4 validators sealed the end');
  });

  it('fail at the block that lacks one seal of its quorum', () => {
    const chain = sealedChain(base);
    const judged = judge(chain, { other: new Map([[7, chain.resealed(7, [1, 3])]]) });
    expect(judged.fault).toMatchObject({ code: 'SEALS_BELOW_QUORUM', block: 7n, blockOffset: 7000 });
    expect(judged.certificate).toMatchObject({ verdict: 'invalid', sealed_blocks: 11, fault: { block: 7 } });
  });

  it('fail at a seal that repeats another one, though the others are enough', () => {
    const chain = sealedChain(base);
    const judged = judge(chain, { other: new Map([[7, chain.resealed(7, [0, 1, 3, 3])]]) });
    expect(judged.fault).toMatchObject({
      code: 'SEAL_INVALID',
      block: 7n,
      field: 'extraData.committedSeals[3]',
    });
    expect(judged.fault?.message).toContain('two seals');
  });

  it('do not count a validator twice', () => {
    const chain = sealedChain(base);
    const judged = judge(chain, { other: new Map([[7, chain.resealed(7, [1, 3, 3])]]) });
    expect(judged.fault).toMatchObject({ code: 'SEALS_BELOW_QUORUM', block: 7n });
  });

  it('fail at a seal by somebody who is no validator, though the others are enough', () => {
    const chain = sealedChain(base);
    const judged = judge(chain, { other: new Map([[4, chain.resealed(4, [0, 1, 2, STRANGER])]]) });
    expect(judged.fault).toMatchObject({
      code: 'SEAL_INVALID',
      block: 4n,
      field: 'extraData.committedSeals[3]',
    });
    expect(judged.fault?.message).toContain(testKey(STRANGER).hex);
    expect(judged.fault?.offset).toBeGreaterThan(500);
  });

  it('follow a validator that is voted in inside the segment, and ask for the larger quorum at once', () => {
    const changing = {
      ...base,
      ...votes(4, true, 3),
      validatorsAt: (block: number) => (block < 6 ? FOUR : FIVE),
    };
    const chain = sealedChain(changing);
    const judged = judge(chain);
    expect(judged.certificate).toMatchObject({
      verdict: 'valid',
      validators: 5,
      needed: 4,
      changes: [{ block: 6, validators: addresses(FIVE) }],
    });
    const early = judge(chain, { other: new Map([[5, chain.resealed(5, [0, 1, 2, 4])]]) });
    expect(early.fault).toMatchObject({ code: 'SEAL_INVALID', block: 5n });
    const few = judge(chain, { other: new Map([[6, chain.resealed(6, [0, 1, 4])]]) });
    expect(few.fault).toMatchObject({ code: 'SEALS_BELOW_QUORUM', block: 6n });
    const enough = judge(chain, { other: new Map([[6, chain.resealed(6, [0, 1, 2, 4])]]) });
    expect(verdictOf(enough)).toBe('valid');
  });

  it('follow a validator that is voted out inside the segment', () => {
    const three = [0, 1, 2];
    const chain = sealedChain({
      ...base,
      ...votes(3, false, 3),
      proposerAt: (block) => (block >= 3 && block < 6 ? block - 3 : block % 3),
      validatorsAt: (block) => (block < 6 ? FOUR : three),
    });
    expect(verdictOf(judge(chain))).toBe('valid');
    const judged = judge(chain, { other: new Map([[8, chain.resealed(8, [0, 1, 2, 3])]]) });
    expect(judged.fault).toMatchObject({ code: 'SEAL_INVALID', block: 8n });
  });

  it('fail where the list changes without votes, or before they pass', () => {
    for (const count of [0, 2]) {
      const chain = sealedChain({
        ...base,
        ...votes(4, true, count),
        validatorsAt: (block) => (block < 6 ? FOUR : FIVE),
      });
      expect(judge(chain).fault).toMatchObject({ code: 'CERTIFICATE_VALIDATORS_WRONG', block: 6n });
    }
  });

  it('forget votes at a checkpoint', () => {
    const chain = sealedChain({
      ...base,
      epoch: 5,
      config: { [consensus]: { epochlength: 5, ceil2Nby3Block: 0 } },
      voteAt: (block) =>
        block === 3 || block === 4 || block === 6 ? { candidate: 4, add: true } : undefined,
      proposerAt: (block) => ({ 3: 0, 4: 1, 6: 2 })[block] ?? block % 4,
    });
    expect(judge(chain)).toMatchObject({ certificate: { verdict: 'valid', validators: 4, changes: [] } });
  });

  it('go on from the state that the segment before left, votes under way included', () => {
    const chain = sealedChain({
      ...base,
      ...votes(4, true, 3),
      validatorsAt: (block) => (block < 6 ? FOUR : FIVE),
    });
    const whole = judge(chain);
    const first = judge(chain, { last: 4 });
    expect(first.end?.votes).toHaveLength(2);
    const second = judge(chain, { first: 5, start: first.end });
    expect(second.certificate).toMatchObject({ verdict: 'valid', changes: [{ block: 6 }] });
    expect(second.end).toEqual(whole.end);
    // Without the state the headers' own lists are all there is, and they prove nothing.
    const alone = judge(chain, { first: 5 });
    expect(alone).toMatchObject({
      end: undefined,
      certificate: { verdict: 'unproven' },
      fault: { code: 'VALIDATORS_UNKNOWN', block: 5n },
    });
  });
});

describe('certificates of a generated Clique chain', () => {
  const base = { consensus: 'clique', blocks: 12, validatorsAt: () => FOUR } as const;

  it('hold when followed signers take turns', () => {
    const judged = judge(sealedChain(base));
    expect(judged.certificate).toMatchObject({
      kind: 'clique-signers',
      verdict: 'valid',
      sealed_blocks: 12,
      validators: 4,
      signers: addresses(FOUR),
    });
    expect(judged.end?.recent).toEqual([2, 3, 0].map((index) => testKey(index).hex));
  });

  it('fail at a stranger, and at a signer that did not wait for the others', () => {
    const stranger = judge(
      sealedChain({ ...base, proposerAt: (block) => (block === 6 ? STRANGER : block % 4) }),
    );
    expect(stranger.fault).toMatchObject({ code: 'SEAL_INVALID', block: 6n, field: 'extraData.seal' });
    const soon = judge(sealedChain({ ...base, proposerAt: (block) => (block === 6 ? 0 : block % 4) }));
    expect(soon.fault).toMatchObject({ code: 'SEAL_INVALID', block: 6n });
    expect(soon.fault?.message).toContain('too soon');
  });

  it('follow votes in and out, and the checkpoints', () => {
    const voting = {
      ...base,
      epoch: 10,
      config: { clique: { epoch: 10 } },
      ...votes(4, true, 3),
      validatorsAt: (block: number) => (block < 6 ? FOUR : FIVE),
      proposerAt: (block: number) => [0, 1, 2, 0, 1, 2, 4, 0, 1, 2, 3, 4, 0][block] ?? 0,
    };
    expect(judge(sealedChain(voting))).toMatchObject({
      fault: undefined,
      certificate: { verdict: 'valid', validators: 5, changes: [{ block: 6, validators: addresses(FIVE) }] },
    });
    const unvoted = { ...voting, voteAt: () => undefined, proposerAt: (block: number) => block % 4 };
    expect(judge(sealedChain(unvoted)).fault).toMatchObject({
      code: 'CERTIFICATE_VALIDATORS_WRONG',
      block: 10n,
    });
  });
});

describe('chains whose headers name no validators', () => {
  it.each(['raft', 'plain'] as const)('%s: nothing to judge', (consensus) => {
    const judged = judge(sealedChain({ consensus, blocks: 5, validatorsAt: () => [0] }));
    expect(judged).toMatchObject({ certificate: undefined, end: undefined, fault: undefined });
  });
});
