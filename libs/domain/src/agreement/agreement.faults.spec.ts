import { describe, expect, it } from '@jest/globals';
import type { AgreementInput } from './agreement.types.js';
import { hashOf, inputOf, onBranch, onMain, searchIn, type SimWorld } from './agreement.testing.js';

const FOUR = ['v1', 'v2', 'v3', 'v4'];
const main = onMain(1_000n);
const at = (number: bigint) => ({
  lastEnd: { number, hash: hashOf(0, number) },
  fileEnds: [{ number, hash: hashOf(0, number) }],
});
const run = (nodes: SimWorld, changes: Partial<AgreementInput> = {}) =>
  searchIn({ monitor: main, v1: main, v2: main, v3: main, v4: main, ...nodes }, inputOf(FOUR, changes));
const code = (code: string, retryable = true) => ({ kind: 'disputed', code, retryable });
const down = onMain(1_000n, { down: 'NODE_TIMEOUT' });

describe('absent validators', () => {
  it('disputes an unreachable one under all, naming it, and shows what the others said', () => {
    const found = run({ v3: down }, at(99n));
    expect(found.verdict).toMatchObject({ ...code('VALIDATOR_UNREACHABLE'), cause: 'NODE_TIMEOUT' });
    expect(found.verdict.kind === 'disputed' && found.verdict.reason).toContain('v3');
    expect(found.confirmations.map(({ nodeId, outcome }) => [nodeId, outcome])).toStrictEqual([
      ['v1', 'agrees'],
      ['v2', 'agrees'],
      ['v4', 'agrees'],
      ['v3', 'unreachable'],
    ]);
  });

  it('records it under quorum, and disputes when too few are left', () => {
    const one = run({ v3: down }, { rule: 'quorum' });
    expect(one.verdict).toMatchObject({ kind: 'agreed', backlogEnd: 1_000n });
    expect(one.confirmations).toContainEqual(
      expect.objectContaining({ nodeId: 'v3', outcome: 'unreachable' }),
    );
    expect(run({ v3: down, v1: down }, { rule: 'quorum' }).verdict).toMatchObject(code('QUORUM_NOT_REACHED'));
  });

  it('treats one that falls silent in the middle the same', () => {
    const forked = onBranch(1, 600n, 1_000n);
    const nodes = { v1: forked, v3: (round: number) => (round > 1 ? down : main) };
    const found = run(nodes, at(99n));
    expect(found.verdict).toMatchObject(code('VALIDATOR_UNREACHABLE'));
    // No departure is claimed that was not found, and no one is reported as behind.
    expect(found.departures).toStrictEqual([]);
    expect(found.confirmations.some(({ outcome }) => outcome === 'behind')).toBe(false);
    expect(run(nodes, { rule: 'quorum' }).verdict).toMatchObject({ kind: 'agreed', backlogEnd: 599n });
  });

  it('names the one whose answers cannot be read, or are of another chain', () => {
    const odd = onMain(1_000n, { down: 'NODE_ANSWER_INVALID' });
    const found = run({ v3: odd }, { rule: 'quorum' });
    expect(found.verdict).toMatchObject({ kind: 'agreed', backlogEnd: 1_000n });
    expect(found.warnings).toMatchObject([{ code: 'NODE_ANSWER_INVALID', nodes: ['v3'] }]);
    expect(run({ v3: odd }).verdict).toMatchObject({
      ...code('VALIDATOR_UNREACHABLE'),
      cause: 'NODE_ANSWER_INVALID',
    });
    const foreign = run({ v3: onMain(1_000n, { chainId: 2n }) }, { rule: 'quorum' });
    expect(foreign.warnings).toMatchObject([{ code: 'NODE_FOREIGN', nodes: ['v3'] }]);
  });

  it('says missing when a validator lacks blocks, also the last end itself', () => {
    const pruned = onMain(1_000n, { missing: (height) => height < 500n && height > 0n });
    expect(run({ v2: pruned }, at(99n)).verdict).toMatchObject(code('VALIDATOR_MISSING_HISTORY'));
    const boundary = run({ v2: pruned }, { segmentBlocks: 300 });
    expect(boundary.verdict).toMatchObject(code('VALIDATOR_MISSING_HISTORY'));
    const quorum = run({ v2: pruned }, { ...at(99n), rule: 'quorum' });
    expect(quorum.verdict).toMatchObject({ kind: 'agreed', backlogEnd: 1_000n });
    expect(quorum.confirmations).toContainEqual(
      expect.objectContaining({ nodeId: 'v2', outcome: 'missing' }),
    );
  });

  it('says NODE_HISTORY_PRUNED when the monitor lacks them', () => {
    const pruned = onMain(1_000n, { missing: (height) => height < 500n });
    expect(run({ monitor: pruned }, at(99n)).verdict).toMatchObject(code('NODE_HISTORY_PRUNED'));
    expect(run({ monitor: pruned }, { segmentBlocks: 300 }).verdict).toMatchObject(
      code('NODE_HISTORY_PRUNED'),
    );
  });

  it('says MONITOR_UNREACHABLE when the monitor is silent, and claims nothing of the others', () => {
    const found = run({ monitor: down });
    expect(found.verdict).toMatchObject({ ...code('MONITOR_UNREACHABLE'), cause: 'NODE_TIMEOUT' });
    expect(found.confirmations).toStrictEqual([]);
  });
});

describe('who counts', () => {
  it('refuses a foreign chain id or genesis by name', () => {
    for (const strange of [onMain(1_000n, { chainId: 7n }), onMain(1_000n, { genesis: hashOf(9, 0n) })]) {
      const found = run({ v2: strange });
      expect(found.verdict).toMatchObject(code('NODE_FOREIGN', false));
      expect(found.verdict.kind === 'disputed' && found.verdict.reason).toContain('v2');
      expect(run({ v2: strange }, { rule: 'quorum' }).verdict.kind).toBe('agreed');
    }
    expect(run({}, { chainId: 2n }).verdict).toMatchObject(code('NODE_FOREIGN', false));
  });

  it('tells a changed genesis from a monitor of another chain', () => {
    const other = onMain(1_000n, { genesis: hashOf(9, 0n) });
    const backedUp = { ...at(99n), genesisHash: hashOf(0, 0n) };
    const changed = run({ monitor: other, v1: other, v2: other, v3: other }, backedUp);
    expect(changed.verdict).toMatchObject(code('GENESIS_CHANGED', false));
    const foreign = run({ monitor: other, v1: other }, backedUp);
    expect(foreign.verdict).toMatchObject(code('NODE_FOREIGN', false));
    const same = onMain(1_000n, { genesis: hashOf(9, 0n), identity: 'enode' });
    const shared = run({ monitor: other, v1: same, v2: same, v3: same }, backedUp);
    expect(shared.verdict).toMatchObject(code('NODE_FOREIGN', false));
  });

  it('counts nodes that are registered as one once', () => {
    const seats = [['v1', 'v2'], ['v3'], ['v4']];
    const found = run({}, { rule: 'quorum', seats });
    expect(found.verdict.kind).toBe('agreed');
    expect(found.confirmations).toContainEqual(
      expect.objectContaining({ nodeId: 'v2', outcome: 'duplicate' }),
    );
    const forked = onBranch(1, 500n, 1_000n);
    // Three of four ids are one node: two nodes, quorum two, so the fork point is the end.
    const crowd = run(
      { v1: forked, v2: forked, v3: forked },
      { rule: 'quorum', seats: [['v1', 'v2', 'v3'], ['v4']] },
    );
    expect(crowd.verdict).toMatchObject({ kind: 'agreed', backlogEnd: 499n });
    // One node of a validator speaks for it while the other is silent; two that contradict each other say nothing.
    expect(run({ v2: down }, { seats }).verdict.kind).toBe('agreed');
    expect(run({ v2: forked }, { seats }).verdict).toMatchObject({ kind: 'agreed', backlogEnd: 499n });
  });

  it('never supersedes on the word of one node under several ids', () => {
    const forked = onBranch(1, 50n, 1_000n, { identity: 'enode-b' });
    expect(run({ v1: forked, v2: forked, v3: forked }, at(99n)).verdict).toMatchObject(
      code('VALIDATOR_DIFFERS'),
    );
  });

  it('refuses an identity that changes between calls', () => {
    const balanced = (round: number) => onMain(1_000n, { identity: `enode-${round % 2}` });
    expect(run({ v2: balanced }).verdict).toMatchObject(code('NODE_IDENTITY_UNSTABLE', false));
    const excused = run({ v2: balanced }, { excusedIds: ['v2'] });
    expect(excused.verdict.kind).toBe('agreed');
  });

  it('leaves an excused validator out and shows it', () => {
    const found = run({ v4: down }, { excusedIds: ['v4'] });
    expect(found.verdict.kind).toBe('agreed');
    expect(found.confirmations).toContainEqual(expect.objectContaining({ nodeId: 'v4', outcome: 'excused' }));
  });

  it('refuses the agreement of nobody', () => {
    expect(run({}, { excusedIds: FOUR }).verdict).toMatchObject(code('AGREEMENT_NO_VALIDATORS', false));
    expect(searchIn({ monitor: main }, inputOf([])).verdict).toMatchObject(
      code('AGREEMENT_NO_VALIDATORS', false),
    );
  });
});

describe('nodes that move while they are asked', () => {
  it('restarts, and finds the end once they stand still', () => {
    const moving = (round: number) => onBranch(1, round < 5 ? 400n : 800n, 1_000n);
    const found = run({ v2: moving });
    expect(found.verdict).toMatchObject({ kind: 'agreed', backlogEnd: 799n });
    expect(found.departures).toMatchObject([{ nodeId: 'v2', height: 800n }]);
  });

  it('finds a validator that came back to the chain at the last check', () => {
    const first = run({ v2: onBranch(1, 900n, 1_000n) });
    const back = (round: number) => (round < first.rounds - 1 ? onBranch(1, 900n, 1_000n) : main);
    expect(run({ v2: back }).verdict).toMatchObject({ kind: 'agreed', backlogEnd: 1_000n });
  });

  it('goes on without a liar that counts until the last check, where honest nodes are blocks apart', () => {
    const heads = { v1: onMain(1_000n), v2: onMain(999n), v3: onMain(998n) };
    const settings = { ...at(99n), rule: 'quorum' } as const;
    expect(run(heads, settings).verdict).toMatchObject({ kind: 'agreed', backlogEnd: 999n });
    const lastRound = run(heads, settings).rounds - 1;
    // In each try it holds the chain until the block of the end is confirmed.
    const liar = (round: number) =>
      round % (lastRound + 1) === lastRound ? onBranch(1, 999n, 1_000n) : main;
    const found = run({ ...heads, v4: liar }, settings);
    expect(found.verdict).toMatchObject({ kind: 'agreed', backlogEnd: 998n });
    expect(found.warnings).toMatchObject([{ code: 'RANGE_MOVED', nodes: ['v4'] }]);
  });

  it('blames no node for a block that it got while it was asked', () => {
    const settings = { ...at(99n), rule: 'quorum' } as const;
    const { rounds } = run({}, settings);
    const isLastRound = (round: number) => round % rounds === rounds - 1;
    const grows = (round: number) => onMain(isLastRound(round) ? 1_000n : 999n);
    const liar = (round: number) => (isLastRound(round) ? onBranch(1, 1_000n, 1_000n) : main);
    expect(run({ v2: grows }, settings).warnings).toStrictEqual([]);
    const found = run({ v2: grows, v4: liar }, settings);
    expect(found.verdict).toMatchObject({ kind: 'agreed', backlogEnd: 1_000n });
    expect(found.warnings.flatMap(({ nodes }) => nodes)).toStrictEqual(['v4']);
  });

  it('gives up after a bounded number of rounds', () => {
    const restless = (round: number) => onBranch(round + 1, BigInt(1 + ((round * 389) % 990)), 1_000n);
    const found = run({ monitor: restless, v2: restless });
    expect(found.verdict.kind === 'disputed' ? found.verdict.code : found.verdict.kind).toBe('RANGE_MOVED');
    expect(found.rounds).toBeLessThanOrEqual(62);
  });
});
