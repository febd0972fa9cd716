/**
 * @proves Agreement on 1,000,000 blocks with a fork 700,000 back takes at most 25 rounds, 60 batches and 200 look-ups.
 */
import { describe, expect, it } from '@jest/globals';
import { ZERO_HASH } from '#libs/kernel';
import { hashOf, inputOf, onBranch, onMain, searchIn, type SimWorld } from './agreement.testing.js';

const FOUR = ['v1', 'v2', 'v3', 'v4'];
const lastEnd = (number: bigint) => ({
  lastEnd: { number, hash: hashOf(0, number) },
  fileEnds: [{ number, hash: hashOf(0, number) }],
});
const world = (monitor: SimWorld[string], ...validators: readonly SimWorld[string][]): SimWorld =>
  Object.fromEntries([
    ['monitor', monitor],
    ...validators.map((node, index): [string, SimWorld[string]] => [`v${index + 1}`, node]),
  ]);

describe('searchAgreement finds the end', () => {
  it('takes the monitor height when all agree, with few look-ups', () => {
    const { verdict, rounds, lookups, confirmations, departures, head, warnings } = searchIn(
      world(onMain(5_000n), onMain(5_000n), onMain(5_001n), onMain(5_000n), onMain(5_003n)),
      inputOf(FOUR, lastEnd(999n)),
    );
    expect(verdict).toMatchObject({
      kind: 'agreed',
      start: 1_000n,
      parentHash: hashOf(0, 999n),
      end: { number: 5_000n, hash: hashOf(0, 5_000n), parentHash: hashOf(0, 4_999n) },
      backlogEnd: 5_000n,
      cuts: [{ start: 1_000n, end: 5_000n, endHash: hashOf(0, 5_000n) }],
    });
    expect(warnings).toStrictEqual([]);
    expect(confirmations.map(({ outcome }) => outcome)).toStrictEqual(Array(4).fill('agrees'));
    expect(departures).toStrictEqual([]);
    expect(head).toBe(5_000n);
    expect(rounds).toBe(3);
    expect(lookups).toBeLessThanOrEqual(5);
  });

  it('starts at block 0 with the zero hash as parent', () => {
    const { verdict } = searchIn(world(onMain(0n), onMain(0n)), inputOf(['v1']));
    expect(verdict).toMatchObject({ kind: 'agreed', start: 0n, parentHash: ZERO_HASH, end: { number: 0n } });
  });

  it.each(['all', 'quorum'] as const)('finds a fork 700,000 blocks back within its bounds (%s)', (rule) => {
    const forked = onBranch(1, 300_000n, 1_000_000n);
    const main = onMain(1_000_000n);
    const found = searchIn(world(main, main, forked, forked, main), inputOf(FOUR, { rule }));
    expect(found.verdict).toMatchObject({ kind: 'agreed', backlogEnd: 299_999n });
    expect(found.departures).toStrictEqual(
      ['v2', 'v3'].map((nodeId) => ({
        nodeId,
        height: 300_000n,
        hash: hashOf(1, 300_000n),
        expected: hashOf(0, 300_000n),
      })),
    );
    expect(found.rounds).toBeLessThanOrEqual(25);
    expect(found.batches).toBeLessThanOrEqual(60);
    expect(found.lookups).toBeLessThanOrEqual(200);
  });

  it('stays within its bounds when every validator departs elsewhere', () => {
    const heads = 1_000_000n;
    const found = searchIn(
      world(
        onMain(heads),
        ...[300_000n, 555_555n, 77_777n, 999_990n].map((at, i) => onBranch(i + 1, at, heads)),
      ),
      inputOf(FOUR),
    );
    expect(found.verdict).toMatchObject({ kind: 'agreed', backlogEnd: 77_776n });
    expect(found.departures.map(({ height }) => height)).toStrictEqual([
      300_000n,
      555_555n,
      77_777n,
      999_990n,
    ]);
    expect(found.rounds).toBeLessThanOrEqual(25);
    expect(found.batches).toBeLessThanOrEqual(60);
    expect(found.lookups).toBeLessThanOrEqual(200);
  });

  it.each([
    ['the majority', onMain(1_000n)],
    ['the minority', onBranch(1, 901n, 1_000n)],
  ])('ends below a two-sided fork with the monitor on the side of %s', (_side, monitor) => {
    const main = onMain(1_000n);
    const nodes = world(monitor, main, main, main, onBranch(1, 901n, 1_000n));
    const all = searchIn(nodes, inputOf(FOUR, lastEnd(500n)));
    expect(all.verdict).toMatchObject({ kind: 'agreed', backlogEnd: 900n });
    const quorum = searchIn(nodes, inputOf(FOUR, { ...lastEnd(500n), rule: 'quorum' }));
    const withQuorum = monitor.branch(1_000n) === 0;
    expect(quorum.verdict).toMatchObject({ kind: 'agreed', backlogEnd: withQuorum ? 1_000n : 900n });
    expect(all.departures.every(({ height }) => height === 901n)).toBe(true);
    expect(all.departures).toHaveLength(withQuorum ? 1 : 3);
    if (withQuorum) {
      expect(quorum.confirmations.find(({ nodeId }) => nodeId === 'v4')).toMatchObject({
        outcome: 'differs',
      });
    }
  });

  it('finds the highest block of a quorum in a three-way fork, every departure exact', () => {
    const found = searchIn(
      world(
        onMain(10_000n),
        onMain(10_000n),
        onMain(9_990n),
        onBranch(1, 7_001n, 10_000n),
        onBranch(2, 42n, 10_000n),
      ),
      inputOf(FOUR, { rule: 'quorum' }),
    );
    expect(found.verdict).toMatchObject({ kind: 'agreed', backlogEnd: 7_000n });
    expect(found.departures.map(({ nodeId, height }) => [nodeId, height])).toStrictEqual([
      ['v3', 7_001n],
      ['v4', 42n],
    ]);
  });

  it.each(['all', 'quorum'] as const)(
    'measures who is far behind against the highest validator, not a monitor that claims more (%s)',
    (rule) => {
      const input = inputOf(FOUR, { rule, ...lastEnd(99n) });
      const small = onMain(5_000n);
      const claims = searchIn(world(onMain(1_000_000n), small, small, small, small), input);
      expect(claims.verdict).toMatchObject({ kind: 'agreed', backlogEnd: 5_000n });
      const tall = onMain(1_000_000n);
      const late = searchIn(world(tall, tall, tall, small, small), input);
      const code = rule === 'all' ? 'VALIDATOR_BEHIND' : 'QUORUM_NOT_REACHED';
      expect(late.verdict).toMatchObject({ kind: 'disputed', code });
      expect(late.verdict).toMatchObject({ reason: expect.stringContaining('v3 (at 5000), v4 (at 5000)') });
    },
  );

  it('confirms every boundary of the plan', () => {
    const asked: bigint[] = [];
    const watched = onMain(1_000n, { missing: (height) => (asked.push(height), false) });
    const { verdict } = searchIn(world(watched, onMain(1_000n)), {
      ...inputOf(['v1'], lastEnd(99n)),
      segmentBlocks: 300,
      supersededStarts: [250n, 1_200n],
    });
    if (verdict.kind !== 'agreed') throw new RangeError(verdict.kind);
    expect(verdict.cuts.map(({ start, end }) => [start, end])).toStrictEqual([
      [100n, 249n],
      [250n, 549n],
      [550n, 849n],
      [850n, 1_000n],
    ]);
    for (const { end, endHash } of verdict.cuts) {
      expect(endHash).toBe(hashOf(0, end));
      expect(asked).toContain(end);
    }
  });

  it('cuts a backlog into fifty files and says how far it reaches', () => {
    const { verdict } = searchIn(world(onMain(100_000n), onMain(100_000n)), {
      ...inputOf(['v1']),
      segmentBlocks: 100,
    });
    expect(verdict).toMatchObject({ end: { number: 4_999n }, backlogEnd: 100_000n });
    expect(verdict.kind === 'agreed' && verdict.cuts.length).toBe(50);
  });
});

describe('minimum confirmations', () => {
  it('keeps the distance to the head', () => {
    const { verdict } = searchIn(
      world(onMain(100n), onMain(110n)),
      inputOf(['v1'], { minConfirmations: 30n }),
    );
    expect(verdict).toMatchObject({ kind: 'agreed', backlogEnd: 80n });
  });

  it('has nothing new when the distance is not reached', () => {
    const { verdict } = searchIn(world(onMain(40n), onMain(40n)), {
      ...inputOf(['v1'], lastEnd(20n)),
      minConfirmations: 30n,
    });
    expect(verdict).toStrictEqual({ kind: 'no-new-block' });
  });

  it('does not count the head of a node on a fork', () => {
    const forked = onBranch(1, 99n, 1_000_000n);
    for (const rule of ['all', 'quorum'] as const) {
      const { verdict, warnings } = searchIn(world(onMain(100n), onMain(100n), onMain(100n), forked), {
        ...inputOf(['v1', 'v2', 'v3'], { rule }),
        minConfirmations: 12n,
      });
      expect(verdict).toMatchObject({ kind: 'agreed', backlogEnd: 88n });
      expect(warnings).toStrictEqual([]);
    }
  });
});

describe('behind, stalled and nothing new', () => {
  const monitor = onMain(50_000n);

  it('moves the end back to what a validator has, down to the limit', () => {
    const { verdict } = searchIn(
      world(monitor, monitor, onMain(40_000n)),
      inputOf(['v1', 'v2'], lastEnd(99n)),
    );
    expect(verdict).toMatchObject({ kind: 'agreed', backlogEnd: 40_000n });
  });

  it('disputes one that is further behind, by name', () => {
    const far = searchIn(world(monitor, monitor, onMain(39_999n)), inputOf(['v1', 'v2'], lastEnd(99n)));
    expect(far.verdict).toMatchObject({ kind: 'disputed', code: 'VALIDATOR_BEHIND', retryable: true });
    expect(far.verdict.kind === 'disputed' && far.verdict.reason).toContain('v2 (at 39999)');
    expect(far.confirmations.map(({ outcome }) => outcome)).toStrictEqual(['agrees', 'agrees']);
  });

  it('names one below the last end as behind', () => {
    const found = searchIn(world(monitor, monitor, onMain(50n)), inputOf(['v1', 'v2'], lastEnd(99n)));
    expect(found.verdict).toMatchObject({ kind: 'disputed', code: 'VALIDATOR_BEHIND' });
    expect(found.confirmations).toMatchObject([
      { nodeId: 'v1', outcome: 'agrees', head: 50_000n },
      { nodeId: 'v2', outcome: 'behind', head: 50n },
    ]);
  });

  it('leaves the late one out under quorum', () => {
    const { verdict } = searchIn(world(monitor, monitor, monitor, monitor, onMain(50n)), {
      ...inputOf(FOUR, lastEnd(99n)),
      rule: 'quorum',
    });
    expect(verdict).toMatchObject({ kind: 'agreed', backlogEnd: 50_000n });
  });

  it('has no new block when the validators say so', () => {
    const { verdict, head, confirmations } = searchIn(
      world(onMain(99n), onMain(99n), onMain(99n)),
      inputOf(['v1', 'v2'], lastEnd(99n)),
    );
    expect(verdict).toStrictEqual({ kind: 'no-new-block' });
    expect(head).toBe(99n);
    expect(confirmations.map(({ outcome }) => outcome)).toStrictEqual(['agrees', 'agrees']);
  });

  it('reports a stalled monitor: a dispute without new blocks, a warning with some', () => {
    const ahead = onMain(1_000n);
    const without = searchIn(world(onMain(99n), ahead), inputOf(['v1'], lastEnd(99n)));
    expect(without.verdict).toMatchObject({ kind: 'disputed', code: 'MONITOR_STALLED' });
    const some = searchIn(world(onMain(199n), ahead), inputOf(['v1'], lastEnd(99n)));
    expect(some.verdict).toMatchObject({ kind: 'agreed', backlogEnd: 199n });
    expect(some.warnings).toMatchObject([{ code: 'MONITOR_STALLED', nodes: ['monitor'] }]);
  });

  it('asks a monitor that is a few blocks below the last end again for ten seconds', () => {
    const monitor = (round: number) => onMain(round < 4 ? 98n : 200n);
    const input = inputOf(['v1'], lastEnd(99n));
    const caughtUp = searchIn(world(monitor, onMain(200n)), input);
    expect(caughtUp.verdict).toMatchObject({ kind: 'agreed', backlogEnd: 200n });
    const stays = searchIn(world(onMain(98n), onMain(200n)), input);
    expect(stays.verdict).toMatchObject({ kind: 'disputed', code: 'MONITOR_BEHIND' });
    expect(stays.waitedMs).toBe(10_000);
    // A monitor that is still syncing does not catch up within seconds.
    const far = searchIn(world(onMain(50n), onMain(1_000n)), inputOf(['v1'], lastEnd(900n)));
    expect(far).toMatchObject({ verdict: { code: 'MONITOR_BEHIND' }, waitedMs: 0 });
  });

  it('takes a monitor below the last end for what it is, never for a fork', () => {
    const found = searchIn(world(onMain(50n), onMain(200n)), inputOf(['v1'], lastEnd(99n)));
    expect(found.verdict).toMatchObject({ kind: 'disputed', code: 'MONITOR_BEHIND' });
    expect(found.confirmations).toMatchObject([{ nodeId: 'v1', outcome: 'agrees', head: 200n }]);
  });
});
