import { describe, expect, it } from '@jest/globals';
import type { BlockRef } from '#libs/kernel';
import type { AgreementInput } from './agreement.types.js';
import { hashOf, inputOf, onBranch, onMain, searchIn, type SimWorld } from './agreement.testing.js';

const FOUR = ['v1', 'v2', 'v3', 'v4'];
/** `count` files of 1,000 blocks on the main chain. */
const files = (count: number): Pick<AgreementInput, 'fileEnds' | 'lastEnd'> => {
  const fileEnds = Array.from({ length: count }, (_, index): BlockRef => {
    const number = BigInt(index) * 1_000n + 999n;
    return { number, hash: hashOf(0, number) };
  });
  return { fileEnds, lastEnd: fileEnds.at(-1) };
};
const main = onMain(250_000n);
const run = (nodes: SimWorld, changes: Partial<AgreementInput>) =>
  searchIn({ monitor: main, v1: main, v2: main, v3: main, v4: main, ...nodes }, inputOf(FOUR, changes));

describe('a fork below the last end', () => {
  it.each(['all', 'quorum'] as const)('one dissenter never supersedes (%s)', (rule) => {
    const found = run({ v2: onBranch(1, 123_456n, 250_000n) }, { ...files(200), rule });
    const expected = rule === 'all' ? { kind: 'disputed', code: 'VALIDATOR_DIFFERS' } : { kind: 'agreed' };
    expect(found.verdict).toMatchObject(expected);
    expect(found.departures).toStrictEqual([
      { nodeId: 'v2', height: 123_456n, hash: hashOf(1, 123_456n), expected: hashOf(0, 123_456n) },
    ]);
  });

  it('is a dispute also while there is no new block', () => {
    const end = onMain(199_999n);
    const nodes = { monitor: end, v1: end, v3: end, v4: end, v2: onBranch(1, 123_456n, 199_999n) };
    const found = run(nodes, files(200));
    expect(found.verdict).toMatchObject({ kind: 'disputed', code: 'VALIDATOR_DIFFERS' });
    expect(found.departures).toMatchObject([{ nodeId: 'v2', height: 123_456n }]);
    expect(found.confirmations).toContainEqual(expect.objectContaining({ nodeId: 'v2', outcome: 'differs' }));
    expect(run(nodes, { ...files(200), rule: 'quorum' }).verdict).toStrictEqual({ kind: 'no-new-block' });
  });

  it('is a dispute when two of four differ, or a quorum differs in different ways', () => {
    const fork = (branch: number) => onBranch(branch, 150_000n, 250_000n);
    const two = run({ v1: fork(1), v2: fork(1) }, files(200));
    expect(two.verdict).toMatchObject({ kind: 'disputed', code: 'VALIDATOR_DIFFERS' });
    const split = run({ v1: fork(1), v2: fork(2), v3: fork(3) }, { ...files(200), rule: 'quorum' });
    expect(split.verdict).toMatchObject({ kind: 'disputed', code: 'QUORUM_NOT_REACHED' });
  });

  it.each([
    [199_999n, 198],
    [199_000n, 198],
    [198_999n, 197],
    [100_500n, 99],
    [1_000n, 0],
    [999n, -1],
    [1n, -1],
  ])('a quorum that departs at %s keeps the files through %s', (from, keepThrough) => {
    const forked = onBranch(1, from, 250_000n);
    const found = run(
      { monitor: forked, v1: forked, v2: forked, v3: forked },
      { ...files(200), rule: 'quorum' },
    );
    expect(found.verdict).toStrictEqual({ kind: 'superseded', keepThrough, by: hashOf(1, 199_999n) });
    expect(found.rounds).toBeLessThanOrEqual(8);
    expect(found.confirmations.find(({ nodeId }) => nodeId === 'v4')).toMatchObject({ outcome: 'agrees' });
    expect(found.confirmations.filter(({ outcome }) => outcome === 'differs')).toHaveLength(3);
  });

  it('finds every fork point over 1 to 300 files', () => {
    for (const count of [1, 2, 3, 7, 8, 9, 64, 300]) {
      for (let keep = -1; keep < count - 1; keep += Math.ceil(count / 11)) {
        const forked = onBranch(1, BigInt(keep + 1) * 1_000n + 1n, 400_000n);
        const nodes = { monitor: forked, v1: forked, v2: forked, v3: forked, v4: forked };
        expect(run(nodes, files(count)).verdict).toMatchObject({ kind: 'superseded', keepThrough: keep });
      }
    }
  });

  it('supersedes nothing when validators fall silent while the fork point is looked for', () => {
    const forked = onBranch(1, 100_500n, 250_000n);
    const silent = (round: number) => (round === 0 ? forked : onMain(0n, { down: 'NODE_TIMEOUT' }));
    for (const rule of ['all', 'quorum'] as const) {
      const found = run({ monitor: forked, v1: forked, v2: silent, v3: forked }, { ...files(200), rule });
      expect(found.verdict.kind).toBe('disputed');
    }
  });

  it('never takes a lost monitor for a fork: it disputes when only the monitor left', () => {
    const found = run({ monitor: onBranch(1, 150_000n, 250_000n) }, files(200));
    expect(found.verdict).toMatchObject({ kind: 'disputed', code: 'VALIDATOR_DIFFERS' });
    expect(found.confirmations.map(({ outcome }) => outcome)).toStrictEqual(Array(4).fill('agrees'));
  });
});
