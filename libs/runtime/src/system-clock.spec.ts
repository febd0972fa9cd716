import { describe, expect, it } from '@jest/globals';
import type { Clock } from '#libs/kernel';
import { SystemClock } from './system-clock.js';
import { ManualClock } from './testing.js';

type Subject = Readonly<{ name: string; clock: Clock; advance: (ms: number) => Promise<void> }>;

const manual = new ManualClock();
const SUBJECTS: readonly Subject[] = [
  { name: 'SystemClock', clock: new SystemClock(), advance: async () => undefined },
  { name: 'ManualClock', clock: manual, advance: async (ms) => manual.advance(ms) },
];

describe.each(SUBJECTS)('$name', ({ clock, advance }) => {
  it('sleeps', async () => {
    const start = clock.nowMs();
    const sleep = clock.sleep(20);
    await advance(20);
    await sleep;
    expect(clock.nowMs() - start).toBeGreaterThanOrEqual(19);
  });

  it('wakes with the reason of the signal', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const sleep = clock.sleep(2 ** 33, abort.signal);
    setImmediate(() => {
      abort.abort(reason);
    });
    await expect(sleep).rejects.toBe(reason);
    await expect(clock.sleep(1, abort.signal)).rejects.toBe(reason);
  });
});
