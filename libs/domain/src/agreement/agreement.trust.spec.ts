import { describe, expect, it } from '@jest/globals';
import type { AgreementInput } from './agreement.types.js';
import { hashOf, inputOf, onBranch, onMain, searchIn, type SimWorld } from './agreement.testing.js';
import { seatsOf, sharedPlaces } from './one-node.js';

const FOUR = ['v1', 'v2', 'v3', 'v4'];
const main = onMain(1_000n);
const at = (number: bigint) => ({
  lastEnd: { number, hash: hashOf(0, number) },
  fileEnds: [{ number, hash: hashOf(0, number) }],
});
const run = (nodes: SimWorld, changes: Partial<AgreementInput> = {}) =>
  searchIn({ monitor: main, v1: main, v2: main, v3: main, v4: main, ...nodes }, inputOf(FOUR, changes));
const as = (identity: string, node = main) => ({ ...node, identity });
const evil = onBranch(1, 500n, 1_000n);

describe('two nodes that claim one identity', () => {
  it('are recorded with a warning that names both when the rule holds either way', () => {
    for (const rule of ['all', 'quorum'] as const) {
      const found = run({ v1: as('a'), v2: as('a') }, { rule });
      expect(found.verdict).toMatchObject({ kind: 'agreed', backlogEnd: 1_000n });
      expect(found.warnings).toMatchObject([{ code: 'NODE_IDENTITY_DUPLICATE', nodes: ['v1', 'v2'] }]);
      expect(found.confirmations.map(({ outcome }) => outcome)).toStrictEqual(Array(4).fill('agrees'));
    }
  });

  it('take no vote away: under all, half of the validators never decide against the other half', () => {
    const found = run({
      monitor: evil,
      v1: as('v2', evil),
      v2: as('v2'),
      v3: as('v4', evil),
      v4: as('v4'),
    });
    expect(found.verdict).toMatchObject({ kind: 'agreed', backlogEnd: 499n });
  });

  it('are a dispute that names both when the rule holds only if they are two', () => {
    const seven = ['v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7'];
    const world = {
      monitor: main,
      ...Object.fromEntries(seven.map((id) => [id, as(id)])),
      v6: as('v1', evil),
      v7: as('v2', evil),
    };
    const found = searchIn(world, inputOf(seven, { rule: 'quorum' }));
    expect(found.verdict).toMatchObject({ kind: 'disputed', code: 'NODE_IDENTITY_DUPLICATE' });
    expect(found.verdict.kind === 'disputed' && found.verdict.reason).toMatch(/v1 and v6; v2 and v7/);
  });

  it('supersede nothing together that fewer validators than a quorum would', () => {
    const found = run(
      { monitor: evil, v1: as('v3', evil), v2: as('v4', evil), v3: as('v3'), v4: as('v4') },
      at(600n),
    );
    expect(found.verdict).toMatchObject({ kind: 'disputed', code: 'VALIDATOR_DIFFERS' });
  });

  it('raise nothing when one is excused, and only a note when one is the monitor', () => {
    const excused = run({ v1: as('a'), v2: as('a') }, { excusedIds: ['v2'] });
    expect(excused.warnings).toStrictEqual([]);
    const monitor = run({ monitor: as('a'), v1: as('a') });
    expect(monitor.warnings).toStrictEqual([]);
    expect(monitor.confirmations[0]).toMatchObject({ outcome: 'agrees', detail: 'is the monitor too' });
  });
});

describe('registered validators that are one node', () => {
  const node = (nodeId: string, more = {}) => ({ nodeId, place: nodeId, ...more });

  it('share a seat by their URL, their address or the word of an operator', () => {
    const validators = [
      node('a', { place: 'x' }),
      node('b', { address: '0xaa' }),
      node('c', { place: 'x' }),
      node('d', { address: '0xaa' }),
      node('e', { sameAs: 'c' }),
      node('f'),
    ];
    expect(seatsOf(validators)).toStrictEqual([['a', 'c', 'e'], ['b', 'd'], ['f']]);
    expect(sharedPlaces(validators)).toMatchObject([{ code: 'NODE_IDENTITY_SHARED', nodes: ['a', 'c'] }]);
    expect(sharedPlaces([node('a', { place: 'x' }), node('b', { place: 'x', sameAs: 'a' })])).toStrictEqual(
      [],
    );
  });
});

describe('a node at fault', () => {
  const huge = { ...main, head: 2n ** 256n - 1n };

  it('is named and leaves the others to decide, when it claims an absurd height', () => {
    const found = run({ v4: huge }, { rule: 'quorum', minConfirmations: 50n });
    expect(found.verdict).toMatchObject({ kind: 'agreed', backlogEnd: 950n });
    expect(found.warnings).toMatchObject([{ code: 'NODE_ANSWER_INVALID', nodes: ['v4'] }]);
    expect(run({ v4: huge }).verdict).toMatchObject({ kind: 'disputed', code: 'NODE_ANSWER_INVALID' });
    const high = run(
      { v4: { ...main, head: 5_000n, missing: (height) => height > 1_000n } },
      { minConfirmations: 50n },
    );
    expect(high.verdict).toMatchObject({ kind: 'agreed', backlogEnd: 950n });
    expect(high.head).toBe(1_000n);
  });

  it('is named, with the block, when it changes what it said', () => {
    const flips = (round: number) => onBranch(round + 1, 1n, 1_000n);
    const found = run({ v4: flips }, { ...at(99n), rule: 'quorum' });
    expect(found.verdict).toMatchObject({ kind: 'agreed', backlogEnd: 1_000n });
    const half = (round: number) => (round % 2 === 0 ? main : onBranch(round, 700n, 1_000n));
    const all = run({ v4: half });
    expect(all.verdict).toMatchObject({ kind: 'disputed', code: 'RANGE_MOVED' });
    expect(all.verdict.kind === 'disputed' && all.verdict.reason).toMatch(/v4 .*block \d+/);
    const monitor = run({ monitor: half });
    expect(monitor.verdict).toMatchObject({ kind: 'disputed', code: 'RANGE_MOVED' });
    expect(monitor.verdict.kind === 'disputed' && monitor.verdict.reason).toMatch(/^[^;]*monitor/);
  });

  it('is unreachable for the run when its identity changes: the others decide', () => {
    const balanced = (round: number) => as(`enode-${round % 2}`);
    const found = run({ v4: balanced }, { rule: 'quorum' });
    expect(found.verdict).toMatchObject({ kind: 'agreed', backlogEnd: 1_000n });
    expect(found.confirmations).toContainEqual(
      expect.objectContaining({ nodeId: 'v4', outcome: 'unreachable' }),
    );
    expect(found.warnings).toMatchObject([{ code: 'NODE_IDENTITY_UNSTABLE', nodes: ['v4'] }]);
    const forgetful = (round: number) => (round % 2 === 0 ? as('enode-a') : main);
    expect(run({ v4: forgetful }).warnings).toStrictEqual([]);
  });

  it('names the monitor, not the validators, when it is the one of another chain', () => {
    for (const strange of [onMain(1_000n, { chainId: 7n }), onMain(1_000n, { genesis: hashOf(9, 0n) })]) {
      const { verdict } = run({ monitor: strange });
      expect(verdict).toMatchObject({ kind: 'disputed', code: 'NODE_FOREIGN' });
      expect(verdict.kind === 'disputed' && verdict.reason).toMatch(/monitor/);
    }
  });
});

describe('nothing new', () => {
  const stuck = onMain(600n);

  it('asks a lower monitor again for ten seconds, then names it', () => {
    const late = (round: number) => (round < 3 ? stuck : onMain(650n));
    const ahead = onMain(650n);
    const four = { v1: ahead, v2: ahead, v3: ahead, v4: ahead };
    expect(run({ ...four, monitor: late }, at(600n)).verdict).toMatchObject({
      kind: 'agreed',
      backlogEnd: 650n,
    });
    const found = run({ ...four, monitor: stuck }, at(600n));
    expect(found.verdict).toMatchObject({ kind: 'disputed', code: 'MONITOR_STALLED' });
    expect(found.verdict.kind === 'disputed' && found.verdict.reason).toMatch(/monitor .*600.*650/);
    expect(found.waitedMs).toBe(10_000);
  });

  it('needs as many validators as the rule: a mix is a dispute that names them', () => {
    const split = { monitor: stuck, v1: stuck, v2: stuck, v3: main, v4: main };
    for (const rule of ['all', 'quorum'] as const) {
      const { verdict } = run(split, { ...at(600n), rule });
      expect(verdict.kind).toBe('disputed');
      expect(verdict.kind === 'disputed' && verdict.reason).toMatch(/v3 \(at 1000\).*v1 \(at 600\)/);
    }
    const one = { monitor: stuck, v1: stuck, v2: stuck, v3: stuck, v4: main };
    expect(run(one, { ...at(600n), rule: 'quorum' }).verdict).toStrictEqual({ kind: 'no-new-block' });
  });

  it('judges a stalled monitor by a quorum, also under all', () => {
    const { verdict } = run({ monitor: stuck, v1: stuck }, at(600n));
    expect(verdict).toMatchObject({ kind: 'disputed', code: 'MONITOR_STALLED' });
  });
});

describe('a departure above the agreed end', () => {
  it('is a warning that names the node and the block', () => {
    const found = run({ v2: onBranch(1, 901n, 1_000n) }, at(500n));
    expect(found.verdict).toMatchObject({ kind: 'agreed', backlogEnd: 900n });
    expect(found.warnings).toMatchObject([{ code: 'VALIDATOR_DEPARTED', nodes: ['v2'], height: 901n }]);
  });

  it('names the monitor when it is alone', () => {
    const found = run({ monitor: onBranch(1, 901n, 1_000n) }, at(500n));
    expect(found.warnings).toMatchObject([{ code: 'VALIDATOR_DEPARTED', nodes: ['monitor'], height: 901n }]);
  });
});
