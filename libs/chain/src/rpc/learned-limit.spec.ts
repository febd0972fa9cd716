import { describe, expect, it } from '@jest/globals';

import { LearnedLimit } from './learned-limit.js';

/** Successes at the limit until it changes. */
const untilGrown = (limit: LearnedLimit): number => {
  const { max } = limit;
  for (let count = 1; count <= 10_000; count++) {
    limit.onSuccess(limit.max);
    if (limit.max !== max) return count;
  }
  return Infinity;
};

describe('LearnedLimit', () => {
  it('grows back to all of it when what limited is over', () => {
    const limit = new LearnedLimit(1000);
    for (const size of [1000, 500, 250, 125, 62, 31, 15, 7, 3]) limit.onRefused(size);
    expect(limit.max).toBe(1);
    let batches = 0;
    while (limit.max < 1000) batches += untilGrown(limit);
    expect(batches).toBeLessThan(100);
  });

  it('tries ever more rarely where a limit stays', () => {
    const limit = new LearnedLimit(1000);
    limit.onRefused(1000, 100);
    const waits: number[] = [];
    for (let tries = 0; tries < 5; tries++) {
      waits.push(untilGrown(limit));
      limit.onRefused(limit.max);
    }
    expect(waits).toEqual([8, 32, 128, 512, 512]);
    expect(limit.max).toBe(100);
  });

  it('counts only what used all of it', () => {
    const limit = new LearnedLimit(1000);
    limit.onRefused(1000, 100);
    for (let batch = 0; batch < 1000; batch++) limit.onSuccess(99);
    expect(limit.max).toBe(100);
  });

  it('takes the earlier limit again when the size was not the cause', () => {
    const limit = new LearnedLimit(1000);
    limit.onRefused(4);
    limit.restore(1000);
    expect(limit.max).toBe(1000);
  });
});
