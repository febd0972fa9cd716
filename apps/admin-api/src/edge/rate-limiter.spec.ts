import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '#libs/runtime/testing';
import { RateLimiter } from './rate-limiter.js';

describe('the rate limiter', () => {
  it('lets a burst through, then so many a second, for each client', async () => {
    const clock = new ManualClock();
    const limiter = new RateLimiter(clock, { burst: 2, perSecond: 1 });
    const take = (client: string) => [1, 2, 3].map(() => limiter.take(client));
    expect(take('a')).toEqual([true, true, false]);
    expect(take('b')).toEqual([true, true, false]);
    await clock.advance(1_000);
    expect(take('a')).toEqual([true, false, false]);
  });

  it('neither gives nor takes anything when the clock is set back', async () => {
    const clock = new ManualClock();
    const limiter = new RateLimiter(clock, { burst: 2, perSecond: 1 });
    expect(limiter.take('a')).toBe(true);
    await clock.advance(-1_800_000);
    expect([limiter.take('a'), limiter.take('a')]).toEqual([true, false]);
  });
});
