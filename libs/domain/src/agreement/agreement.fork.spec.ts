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
    const other = { number: from, hash: hashOf(1, from) };
    expect(found.verdict).toStrictEqual({ kind: 'superseded', fork: { keepThrough, other, isFork: true } });
    expect(found.rounds).toBeLessThanOrEqual(12);
    expect(found.confirmations.find(({ nodeId }) => nodeId === 'v4')).toMatchObject({ outcome: 'agrees' });
    expect(found.confirmations.filter(({ outcome }) => outcome === 'differs')).toHaveLength(3);
  });

  it('finds every fork point over 1 to 300 files', () => {
    for (const count of [1, 2, 3, 7, 8, 9, 64, 300]) {
      for (let keep = -1; keep < count - 1; keep += Math.ceil(count / 11)) {
        const forked = onBranch(1, BigInt(keep + 1) * 1_000n + 1n, 400_000n);
        const nodes = { monitor: forked, v1: forked, v2: forked, v3: forked, v4: forked };
        const fork = { keepThrough: keep, isFork: true };
        expect(run(nodes, files(count)).verdict).toMatchObject({ kind: 'superseded', fork });
      }
    }
  });

  it('knows the file, but not the block, when the stored files can not be read', () => {
    const forked = onBranch(1, 100_500n, 250_000n);
    const nodes = { monitor: forked, v1: forked, v2: forked, v3: forked, v4: forked };
    const found = run(nodes, { ...files(200), stored: new Map() });
    const other = { number: 100_999n, hash: hashOf(1, 100_999n) };
    expect(found.verdict).toStrictEqual({
      kind: 'superseded',
      fork: { keepThrough: 99, other, isFork: false },
    });
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

describe('a network below the last end', () => {
  const all = (node: SimWorld[string]) => ({ monitor: node, v1: node, v2: node, v3: node, v4: node });

  it.each(['all', 'quorum'] as const)('is found to hold the chain of the backup (%s)', (rule) => {
    for (const head of [0n, 1n, 999n, 1_000n, 123_456n, 199_998n]) {
      const found = run(all(onMain(head)), { ...files(200), rule });
      expect(found.verdict).toMatchObject({
        kind: 'disputed',
        code: 'NETWORK_BELOW_BACKUP',
        retryable: true,
      });
      expect(JSON.stringify(found.verdict)).toContain(`only block ${head},`);
    }
  });

  it.each([
    [123_456n, 123_456n, 122],
    [123_456n, 150_000n, 122],
    [150_000n, 150_000n, 149],
    [1n, 150_000n, -1],
    [199_500n, 199_998n, 198],
  ])('that forked at %s and reaches %s leaves the files from that block on', (from, head, keepThrough) => {
    const found = run(all(onBranch(1, from, head)), files(200));
    const other = { number: from, hash: hashOf(1, from) };
    expect(found.verdict).toStrictEqual({ kind: 'superseded', fork: { keepThrough, other, isFork: true } });
  });

  it('is only late validators while a quorum reaches the end', () => {
    const late = onMain(150_000n);
    expect(run({ v4: late }, files(200)).verdict).toMatchObject({
      kind: 'disputed',
      code: 'VALIDATOR_BEHIND',
    });
    expect(run({ v4: late }, { ...files(200), rule: 'quorum' }).verdict.kind).toBe('agreed');
    expect(run({ monitor: late }, files(200)).verdict).toMatchObject({ code: 'MONITOR_BEHIND' });
  });

  it('is not judged by blocks that no quorum holds, nor by files that can not be read', () => {
    const [a, b, low] = [onBranch(1, 100_500n, 150_000n), onBranch(2, 100_500n, 150_000n), onMain(150_000n)];
    const split = run({ monitor: a, v1: a, v2: a, v3: b, v4: b }, files(200));
    expect(split.verdict).toMatchObject({ kind: 'disputed', code: 'QUORUM_NOT_REACHED' });
    const unread = run(all(low), { ...files(200), stored: new Map() });
    expect(unread.verdict).toMatchObject({ kind: 'disputed', code: 'MANAGED_UNAVAILABLE' });
  });
});
