import { expect, it } from '@jest/globals';
import { extendTrail, type Trail } from './relay-trail.js';

it('keeps marks about 1, 2, 4, ... events back, and the first one', () => {
  let trail: Trail = [];
  for (let n = 1; n <= 10_000; n += 1)
    trail = extendTrail(trail, { stream: 's-1', revision: BigInt(n - 1), id: `e-${n}` }, 1);
  const back = trail.map(({ published }) => 10_000 - published);
  expect(back[0]).toBe(0);
  expect(back.at(-1)).toBe(9_999);
  expect(trail.length).toBeLessThan(30);
  // Whatever the older copy has, the newest mark in it is at most twice as far back.
  for (const [index, distance] of back.entries())
    if (index > 1) expect(distance).toBeLessThanOrEqual(2 * (back[index - 1] ?? 0) + 1);
  expect(trail.map(({ event, published }) => event.id === `e-${published}`)).not.toContain(false);
});
