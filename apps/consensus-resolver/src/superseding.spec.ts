import { describe, expect, it } from '@jest/globals';
import { judgementBasis, type OpenQuestion } from '#libs/domain';
import { ZERO_HASH, type Hex } from '#libs/kernel';
import { disputeAtOnce, type Superseding } from './superseding.js';

const OTHER = { number: 25n, hash: `0x${'ab'.repeat(32)}` };
const GENESIS = { sha256: 'aa' };
const BASIS = judgementBasis({ genesis: GENESIS }, { anchor: undefined }, 'proved');

/** Files from block 20 on that the nodes left at block 25, with a question about them. */
const left = (
  question: Partial<OpenQuestion>,
  more: Readonly<{ sha256?: string; anchor?: Hex; level?: 'stated' }> = {},
) => {
  const { sha256 = GENESIS.sha256, anchor, level = 'proved' } = more;
  const open = { code: 'SUPERSESSION_PENDING', fromBlock: 20n, other: OTHER, reason: 'weak', ...question };
  const backup = { question: open, anchor: anchor && { number: 19n, hash: anchor } };
  const fork = { other: OTHER, isFork: true, keepThrough: 1 };
  const parts = {
    environment: { genesis: { sha256 } },
    backup,
    fork,
    first: { start: 20n },
    level,
    sides: 'two',
  };
  return parts as unknown as Superseding;
};

describe('a question that waits', () => {
  it('is not judged again while evidence, genesis and anchor are the same', () => {
    expect(disputeAtOnce(left({ judgedBy: BASIS }))).toMatchObject({
      ...{ kind: 'disputed', code: 'SUPERSESSION_PENDING', reason: 'weak' },
      question: { fromBlock: 20n, other: OTHER, judgedBy: BASIS },
    });
  });

  it.each([
    ['another genesis document', {}, { sha256: 'bb' }],
    ['another anchor', {}, { anchor: ZERO_HASH }],
    ['files with other evidence', {}, { level: 'stated' as const }],
    ['a version that did not say what it was judged by', { judgedBy: undefined }, {}],
    ['another chain', { other: { ...OTHER, hash: ZERO_HASH } }, {}],
    ['an operator who replaces the files', { decision: 'supersede' as const }, {}],
  ])('is judged again after %s', (_what, question, more) => {
    const asked = { judgedBy: BASIS, ...question } as Partial<OpenQuestion>;
    expect(disputeAtOnce(left(asked, more))).toBeUndefined();
  });

  it('stays answered once an operator keeps the files', () => {
    expect(disputeAtOnce(left({ decision: 'keep' }))).toMatchObject({ code: 'VALIDATOR_DIFFERS' });
  });
});
