import { describe, expect, it } from '@jest/globals';
import { CodedError } from '#libs/kernel';
import { lanesFor, settle } from './testing.js';

const failure = new CodedError('TARGET_UNAVAILABLE', 'No answer.');

describe('Lanes, when something of ours fails,', () => {
  it('wait, however long, at an event of a newer version, which is no failure of the work', async () => {
    let isUpdated = false;
    const asked: string[] = [];
    const { lanes, clock } = lanesFor({
      step: async () => {
        if (!isUpdated) throw new CodedError('EVENT_UNKNOWN', 'Version 2 of it.');
        return 'idle';
      },
      onFailure: async (_key, { code }) => {
        asked.push(code);
        return 'give-up';
      },
    });
    lanes.wake('a');
    await clock.advance(60 * 60_000);
    expect(lanes.keys).toStrictEqual(['a']);
    isUpdated = true;
    await clock.advance(60_000);
    expect(lanes.keys).toStrictEqual([]);
    expect(asked).toStrictEqual([]);
  });

  it.each([
    'STORE_UNAVAILABLE',
    'SECRET_UNREADABLE',
    'PROJECTION_BEHIND',
    'BUS_UNAVAILABLE',
    'DISK_UNAVAILABLE',
  ] as const)(
    'wait at the gate for %s, asking nobody, whether it is met by the step or by the decision',
    async (code) => {
      let [away, theirs] = [true, true];
      const waits: number[] = [];
      const open: (() => void)[] = [];
      const attempts: number[] = [];
      const { lanes, clock } = lanesFor({
        gate: {
          passed: (error, failures) => {
            expect(error.code).toBe(code);
            waits.push(failures);
            return new Promise((resolve) => open.push(resolve));
          },
        },
        step: async () => {
          if (theirs) throw failure;
          if (away) throw new CodedError(code, 'Away.');
          return 'idle';
        },
        onFailure: async (_key, _error, attempt) => {
          attempts.push(attempt);
          if (away) throw new CodedError(code, 'Away.');
          return { retryAfterMs: 10 };
        },
      });
      lanes.wake('a');
      await settle();
      theirs = false;
      for (const failures of [1, 2, 3]) {
        expect(waits).toHaveLength(failures);
        open.pop()?.();
        await settle();
      }
      [away, theirs] = [false, true];
      open.pop()?.();
      await settle();
      theirs = false;
      await clock.advance(10);
      expect(lanes.keys).toStrictEqual([]);
      // The decision that could not be recorded does not count: the next one is the first again.
      expect(attempts).toStrictEqual([1, 1]);
    },
  );

  it('count the own disk as a fault of ours, however it is thrown', async () => {
    const codes: string[] = [];
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    });
    const { lanes } = lanesFor({
      gate: { passed: async ({ code }) => new Promise(() => codes.push(code)) },
      step: () => Promise.reject(full),
    });
    lanes.wake('a');
    await lanes.idle();
    expect(codes).toStrictEqual(['DISK_UNAVAILABLE']);
  });
});
