import { describe, expect, it } from '@jest/globals';
import { CodedError } from '#libs/kernel';
import { ManualClock, MemoryLog } from './testing.js';
import { untilThere } from './until-there.js';

const away = new CodedError('STORE_UNAVAILABLE', 'PostgreSQL did not answer.');

const setUp = () => {
  const clock = new ManualClock();
  const log = new MemoryLog();
  const waits: number[] = [];
  const waiting = (_error: CodedError, waitedMs: number): void => {
    waits.push(waitedMs);
  };
  return { clock, log, waits, parts: { clock, log, waiting } };
};

describe('untilThere', () => {
  it('waits however long a store is away, with a line every 10 s', async () => {
    const { clock, log, waits, parts } = setUp();
    let there = false;
    const begun = untilThere(async () => {
      if (!there) throw away;
      return 'open';
    }, parts);
    await clock.advance(299_500);
    expect(waits).toHaveLength(300);
    expect(waits.at(-1)).toBe(299_000);
    expect(log.lines).toHaveLength(30);
    there = true;
    await clock.advance(1_000);
    expect(await begun).toBe('open');
  });

  it.each([
    new CodedError('SECRET_UNREADABLE', 'Wrong key.'),
    new CodedError('BUS_FOREIGN', 'Theirs.'),
    new CodedError('CONFIG_INVALID', 'Misspelt.'),
    new TypeError('a bug'),
  ])('ends at what waiting does not heal: %s', async (failure) => {
    const { waits, parts } = setUp();
    await expect(untilThere(() => Promise.reject(failure), parts)).rejects.toBe(failure);
    expect(waits).toHaveLength(0);
  });
});
