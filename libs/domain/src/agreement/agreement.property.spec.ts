/**
 * @proves The agreement search finds the same result as an oracle that looks at every block, for random fork trees.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { BlockRef } from '#libs/kernel';
import { hashOf, inputOf, searchIn, type SimNode, type SimWorld } from './agreement.testing.js';
import { quorumOf, type AgreementInput } from './agreement.types.js';

type Validator = SimNode & Readonly<{ id: string }>;
type Expected = Readonly<{ kind: string; end?: bigint; departures?: readonly (readonly [string, bigint])[] }>;

const hashAt = (node: SimNode, height: bigint) => hashOf(node.branch(height), height);
const min = (a: bigint, b: bigint) => (a < b ? a : b);

const firstDeparture = (node: SimNode, monitor: SimNode, top: bigint): bigint | undefined => {
  for (let height = 0n; height <= min(node.head, top); height += 1n) {
    if (hashAt(node, height) !== hashAt(monitor, height)) return height;
  }
  return undefined;
};

const nth = (values: readonly bigint[], n: number): bigint | undefined =>
  [...values].sort((a, b) => (a < b ? 1 : -1))[n - 1];

/** A quorum below the last end holds the chain of the files (branch 0), or another one. */
const belowEnd = (
  voters: readonly SimNode[],
  lastEnd: BlockRef,
  quorum: number,
): 'superseded' | 'disputed' | undefined => {
  if (voters.filter(({ head }) => head < lastEnd.number).length < quorum) return undefined;
  const heads = voters.map(({ head }) => head);
  const reach = nth(heads, quorum) ?? 0n;
  const there = voters.filter(({ head }) => head >= reach).map((voter) => hashAt(voter, reach));
  const held = there.find((hash) => there.filter((other) => other === hash).length >= quorum);
  return held === undefined || held === hashOf(0, reach) ? 'disputed' : 'superseded';
};

/** What the rules say, found by looking at every block. */
// One straight text on purpose: it is read beside the rules.
// eslint-disable-next-line complexity
const oracle = (monitor: SimNode, all: readonly Validator[], input: AgreementInput): Expected => {
  const seated = all.filter(({ id }) => !input.excusedIds.includes(id));
  const voters = seated.filter(({ down }) => down === undefined);
  const quorum = quorumOf(all.length);
  const needed = input.rule === 'all' ? seated.length : quorum;
  if (seated.length === 0 || voters.length < needed) return { kind: 'disputed' };
  const { lastEnd, minConfirmations } = input;
  const start = lastEnd ? lastEnd.number + 1n : 0n;
  const leaves = (voter: SimNode, height: bigint) =>
    height >= 0n && voter.head >= height && hashAt(voter, height) !== hashAt(monitor, height);
  const leftLast = (voter: SimNode) =>
    lastEnd !== undefined && voter.head >= lastEnd.number && hashAt(voter, lastEnd.number) !== lastEnd.hash;
  if (lastEnd) {
    const others = voters.filter(leftLast).map((voter) => hashAt(voter, lastEnd.number));
    if (others.some((hash) => others.filter((other) => other === hash).length >= quorum))
      return { kind: 'superseded' };
    const below = belowEnd(voters, lastEnd, quorum);
    if (below !== undefined) return { kind: below };
    if (monitor.head < lastEnd.number || leftLast(monitor)) return { kind: 'disputed' };
  }
  const still = voters.filter(
    (voter) => voter.head >= start - 1n && !leftLast(voter) && voter.head < start + minConfirmations,
  );
  const stillness: Expected = { kind: still.length >= needed ? 'no-new-block' : 'disputed' };
  const head = nth(
    voters.filter((voter) => !leftLast(voter)).map((voter) => voter.head),
    needed,
  );
  const top = min(monitor.head, (head ?? monitor.head) - minConfirmations);
  if (top < start) return stillness;
  const agreeing = (height: bigint) =>
    voters.filter((voter) => voter.head >= height && !leaves(voter, height)).length;
  let end = top;
  while (end >= start && agreeing(end) < needed) end -= 1n;
  if (end < start) return { kind: 'disputed' };
  const departures = voters.flatMap((voter): (readonly [string, bigint])[] => {
    const height = firstDeparture(voter, monitor, top);
    return height === undefined ? [] : [[voter.id, height]];
  });
  const holding = voters.filter(
    ({ id }) => !departures.some(([gone, height]) => gone === id && height <= end),
  );
  const reached = nth(
    holding.map((voter) => voter.head),
    needed,
  );
  end = min(end, (reached ?? monitor.head) - minConfirmations);
  return end < start ? stillness : { kind: 'agreed', end, departures };
};

const CHAIN = 220;
/** Backups run often: heads and the last end lie close together, which is where little is left to do. */
const mostlyHigh = fc.oneof(fc.nat(CHAIN), fc.integer({ min: CHAIN - 20, max: CHAIN }));
const rarely = fc.integer({ min: 0, max: 11 }).map((value) => value === 0);
const scene = fc
  .record({
    // Branch n leaves branch `parent` (0 or an earlier one) at a height.
    forks: fc.array(fc.record({ parent: fc.nat(2), from: fc.integer({ min: 1, max: CHAIN }) }), {
      minLength: 3,
      maxLength: 3,
    }),
    monitor: fc.record({ head: mostlyHigh, branch: fc.constantFrom(0, 0, 0, 1, 2) }),
    validators: fc.array(
      fc.record({
        head: mostlyHigh,
        branch: fc.constantFrom(0, 0, 0, 1, 1, 2, 3),
        down: rarely,
        excused: rarely,
      }),
      { minLength: 1, maxLength: 7 },
    ),
    last: fc.option(mostlyHigh, { nil: undefined }),
    minConfirmations: fc.constantFrom(0n, 0n, 3n, 12n, 30n),
    rule: fc.constantFrom('all' as const, 'quorum' as const),
    quiet: rarely,
  })
  .map(({ forks, monitor, validators, last, minConfirmations, rule, quiet }) => {
    const branchAt = (branch: number, height: bigint): number => {
      const fork = branch === 0 ? undefined : forks[branch - 1];
      if (fork === undefined || height >= BigInt(fork.from)) return branch;
      return branchAt(Math.min(fork.parent, branch - 1), height);
    };
    const nodeOf = ({ head, branch }: { head: number; branch: number }): SimNode => ({
      // A quiet network has hardly more than was backed up.
      head: quiet && last !== undefined ? BigInt(last + (head % 3)) : BigInt(head),
      branch: (height) => branchAt(branch, height),
    });
    const nodes = validators.map((each, index): Validator => ({
      ...nodeOf(each),
      id: `v${index}`,
      ...(each.down ? { down: 'NODE_TIMEOUT' as const } : {}),
    }));
    const lastEnd = last === undefined ? undefined : { number: BigInt(last), hash: hashOf(0, BigInt(last)) };
    const input = inputOf(
      nodes.map(({ id }) => id),
      {
        excusedIds: nodes.filter((_, index) => validators[index]?.excused).map(({ id }) => id),
        rule,
        minConfirmations,
        lastEnd,
        fileEnds: lastEnd ? [lastEnd] : [],
        segmentBlocks: 50,
      },
    );
    return { monitor: nodeOf(monitor), nodes, input };
  });

describe('agreement and a look at every block', () => {
  it('find the same for random fork trees, heads and faults', () => {
    const kinds = new Map<string, number>();
    fc.assert(
      fc.property(scene, ({ monitor, nodes, input }) => {
        const world: SimWorld = { monitor, ...Object.fromEntries(nodes.map((node) => [node.id, node])) };
        const expected = oracle(monitor, nodes, input);
        const { verdict, departures } = searchIn(world, input);
        kinds.set(verdict.kind, (kinds.get(verdict.kind) ?? 0) + 1);
        expect(verdict.kind).toBe(expected.kind);
        if (verdict.kind !== 'agreed') return;
        expect(verdict.backlogEnd).toBe(expected.end);
        expect(departures.map(({ nodeId, height }) => [nodeId, height])).toStrictEqual(expected.departures);
        for (const { end, endHash } of verdict.cuts) expect(endHash).toBe(hashAt(monitor, end));
      }),
      { numRuns: 3_000 },
    );
    // Every kind of verdict was met, or the property says little.
    for (const kind of ['agreed', 'disputed', 'no-new-block', 'superseded'])
      expect(kinds.get(kind) ?? 0).toBeGreaterThan(10);
  });
});
