import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { blockHash } from './backup.testing.js';
import { cutRange, isUnbroken, planSegments } from './plan.js';

describe('cutRange', () => {
  it('cuts files of 100,001 blocks: 0-100000, 100001-200001', () => {
    expect(cutRange({ start: 0n, end: 250_000n }, 100_001, [])).toStrictEqual([
      { start: 0n, end: 100_000n },
      { start: 100_001n, end: 200_001n },
      { start: 200_002n, end: 250_000n },
    ]);
  });

  it('ends before every superseded start it reaches', () => {
    const cuts = cutRange({ start: 10n, end: 60n }, 20, [0n, 10n, 25n, 25n, 47n, 61n]);
    expect(cuts.map(({ start, end }) => [start, end])).toStrictEqual([
      [10n, 24n],
      [25n, 44n],
      [45n, 46n],
      [47n, 60n],
    ]);
  });

  it('covers the range or fifty files of it, unbroken, and starts at every superseded start', () => {
    const bound = fc.bigInt({ min: 0n, max: 5_000n });
    fc.assert(
      fc.property(
        bound,
        bound,
        fc.integer({ min: 1, max: 300 }),
        fc.array(bound),
        (start, more, size, stops) => {
          const end = start + more;
          const cuts = cutRange({ start, end }, size, stops);
          expect(cuts.length).toBeLessThanOrEqual(50);
          const last = cuts.at(-1)?.end ?? -1n;
          expect(last === end || cuts.length === 50).toBe(true);
          const hashed = cuts.map((cut) => ({ ...cut, endHash: blockHash(0, cut.end) }));
          expect(isUnbroken(hashed, { start, end: { number: last, hash: blockHash(0, last) } })).toBe(true);
          for (const cut of cuts) expect(cut.end - cut.start).toBeLessThan(BigInt(size));
          const starts = new Set(cuts.map((cut) => cut.start));
          for (const stop of stops) if (stop >= start && stop <= last) expect(starts.has(stop)).toBe(true);
        },
      ),
    );
  });
});

describe('dates', () => {
  it('lets dates rise also when the clock steps back', () => {
    const plan = planSegments({
      cuts: [0n, 10n].map((start) => ({ start, end: start + 9n, endHash: blockHash(0, start + 9n) })),
      nextOrdinal: 5,
      lastDate: '2026-01-31T12:00:00.000Z',
      now: '2026-01-31T11:00:00.000Z',
      compression: 'none',
    });
    expect(plan.map(({ ordinal, date }) => [ordinal, date])).toStrictEqual([
      [5, '2026-01-31T12:00:00.001Z'],
      [6, '2026-01-31T12:00:00.002Z'],
    ]);
  });
});
