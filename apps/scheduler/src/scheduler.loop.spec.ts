import { afterEach, describe, expect, it } from '@jest/globals';
import { addMs, toInstant, type Instant } from '#libs/kernel';
import { ManualClock, MemoryLog } from '#libs/runtime/testing';
import { SchedulerLoop } from './scheduler.loop.js';

const HOUR_MS = 3_600_000;

describe('SchedulerLoop', () => {
  let loop: SchedulerLoop | undefined;
  afterEach(() => loop?.stop());

  /** A loop over one environment that is due every hour, and the instants at which it was looked at. */
  const start = (clock: ManualClock): Instant[] => {
    const looks: Instant[] = [];
    const look = (): Promise<Instant> => {
      const now = toInstant(clock.nowMs());
      looks.push(now);
      return Promise.resolve(addMs(now, HOUR_MS));
    };
    const ports = {
      clock,
      log: new MemoryLog(),
      catalogue: { environmentIds: () => Promise.resolve(['e']) },
      environmentOwnership: { owns: () => true, onChange: () => () => undefined },
    } as unknown as ConstructorParameters<typeof SchedulerLoop>[0];
    loop = new SchedulerLoop(ports, { look } as never, HOUR_MS);
    loop.start();
    return looks;
  };

  it.each([
    ['a year back', -365 * 24 * HOUR_MS],
    ['two minutes back', -120_000],
    ['a year ahead', 365 * 24 * HOUR_MS],
  ])('looks again at once when the clock is set %s, and then as before', async (_how, ms) => {
    const clock = new ManualClock();
    const looks = start(clock);
    await clock.advance(10_000);
    expect(looks).toHaveLength(1);
    clock.set(clock.nowMs() + ms);
    await clock.advance(10_000);
    expect(looks).toHaveLength(2);
    await clock.advance(HOUR_MS - 20_000);
    expect(looks).toHaveLength(2);
    await clock.advance(20_000);
    expect(looks).toHaveLength(3);
    void loop?.stop();
    await clock.advance(1_000);
  });
});
