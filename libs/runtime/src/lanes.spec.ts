import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CodedError } from '#libs/kernel';
import type { FailureDecision, StepResult } from './lanes.js';
import { lanesFor, settle } from './testing.js';

/** A step that the test ends by hand. */
const byHand = () => {
  const calls: { key: string; signal: AbortSignal; end: (result: StepResult | Error) => void }[] = [];
  const step = async (key: string, signal: AbortSignal): Promise<StepResult> =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
      const end = (result: StepResult | Error): void => {
        if (result instanceof Error) reject(result);
        else resolve(result);
      };
      calls.push({ key, signal, end });
    });
  return { calls, step };
};

const failure = new CodedError('TARGET_UNAVAILABLE', 'No answer.');

describe('Lanes', () => {
  it('run a woken key until it is idle', async () => {
    const left = { a: 3 };
    const { lanes } = lanesFor({ step: async () => ((left.a -= 1) > 0 ? 'more' : 'idle') });
    lanes.wake('a');
    await lanes.idle();
    expect(left.a).toBe(0);
  });

  it('run one step at a time for a key and once more when woken meanwhile', async () => {
    const { calls, step } = byHand();
    const { lanes } = lanesFor({ step });
    lanes.wake('a');
    lanes.wake('a');
    await settle();
    lanes.wake('a');
    lanes.wake('a');
    await settle();
    expect(calls).toHaveLength(1);
    calls[0]!.end('idle');
    await settle();
    expect(calls).toHaveLength(2);
    calls[1]!.end('idle');
    await lanes.idle();
    expect(calls).toHaveLength(2);
  });

  it('keep to the bound and take turns', async () => {
    const { calls, step } = byHand();
    const { lanes } = lanesFor({ step });
    for (const key of ['a', 'b', 'c']) lanes.wake(key);
    await settle();
    expect(calls.map(({ key }) => key)).toStrictEqual(['a', 'b']);
    calls[0]!.end('more');
    await settle();
    calls[1]!.end('more');
    await settle();
    expect(calls.map(({ key }) => key)).toStrictEqual(['a', 'b', 'c', 'a']);
    await lanes.stop();
  });

  it('ask what to do about a failure, coded and counted, and wait as told', async () => {
    const asked: unknown[] = [];
    let fails = 3;
    const { lanes, clock, log } = lanesFor({
      step: async () => {
        if ((fails -= 1) >= 0) throw fails === 1 ? new Error('boom') : failure;
        return 'idle';
      },
      onFailure: async (key, error, attempt) => {
        asked.push([key, error.code, attempt]);
        return { retryAfterMs: attempt * 100 };
      },
    });
    lanes.wake('a');
    await lanes.idle();
    expect(asked).toHaveLength(1);
    await clock.advance(99);
    lanes.wake('a');
    await lanes.idle();
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    expect(asked).toHaveLength(2);
    await clock.advance(200);
    expect(asked).toStrictEqual([
      ['a', 'TARGET_UNAVAILABLE', 1],
      ['a', 'INTERNAL', 2],
      ['a', 'TARGET_UNAVAILABLE', 3],
    ]);
    await clock.advance(300);
    expect(fails).toBe(-1);
    expect(log.lines.every(({ level }) => level === 'warn')).toBe(true);
    expect(clock.sleeping).toBe(0);
  });

  it('do not wait when woken to run now', async () => {
    let steps = 0;
    const { lanes, clock } = lanesFor({
      step: async () => {
        if ((steps += 1) === 1) throw failure;
        return 'idle';
      },
    });
    lanes.wake('a');
    await lanes.idle();
    lanes.wake('a', 'now');
    await settle();
    await lanes.idle();
    expect(steps).toBe(2);
    expect(clock.sleeping).toBe(0);
  });

  const failing = (decide: (failures: number) => FailureDecision) => {
    const attempts: number[] = [];
    const onFailure = async (_key: string, _error: unknown, attempt: number) =>
      decide(attempts.push(attempt));
    return { attempts, ...lanesFor({ step: async () => Promise.reject(failure), onFailure }) };
  };

  it('do not count what something else is to blame for', async () => {
    const { attempts, lanes, clock } = failing((n) => (n < 4 ? { waitMs: 10 } : { retryAfterMs: 10 }));
    lanes.wake('a');
    for (let step = 1; step < 6; step += 1) await lanes.idle().then(() => clock.advance(10));
    expect(attempts).toStrictEqual([1, 1, 1, 1, 2, 3]);
  });

  it('give up when told, and start anew on the next wake', async () => {
    const { attempts, lanes } = failing(() => 'give-up');
    lanes.wake('a');
    await lanes.idle();
    lanes.wake('a');
    await lanes.idle();
    expect(attempts).toStrictEqual([1, 1]);
  });

  it('survive a decision that fails itself, and a step that throws at once', async () => {
    let steps = 0;
    const { lanes, clock, log } = lanesFor({
      step: () => {
        steps += 1;
        if (steps === 1) throw failure;
        return Promise.resolve('idle');
      },
      onFailure: async () => Promise.reject(new Error('the store is away')),
    });
    lanes.wake('a');
    await lanes.idle();
    expect(log.lines).toMatchObject([{ level: 'error', fields: { lane: 'test', key: 'a' } }]);
    await clock.advance(5_000);
    expect(steps).toBe(2);
  });

  it('drop one key: its step is aborted, nobody is asked, and a later wake runs after it', async () => {
    const { calls, step } = byHand();
    const asked: string[] = [];
    const { lanes } = lanesFor({
      step,
      onFailure: async (key) => {
        asked.push(key);
        return 'give-up';
      },
    });
    lanes.wake('a');
    lanes.wake('b');
    await settle();
    const dropped = lanes.drop('a');
    lanes.wake('a');
    await dropped;
    await settle();
    expect(calls.map(({ key, signal }) => [key, signal.aborted])).toStrictEqual([
      ['a', true],
      ['b', false],
      ['a', false],
    ]);
    expect(asked).toStrictEqual([]);
    await lanes.stop();
  });

  it('drop a key that waits before a retry or for its turn', async () => {
    const { calls, step } = byHand();
    const { lanes, clock } = lanesFor({ step, concurrencyMax: 1 });
    lanes.wake('a');
    await settle();
    calls[0]!.end(failure);
    await lanes.idle();
    expect(clock.sleeping).toBe(1);
    await lanes.drop('a');
    expect(clock.sleeping).toBe(0);
    lanes.wake('b');
    lanes.wake('c');
    await lanes.drop('c');
    await settle();
    calls[1]!.end('idle');
    await lanes.idle();
    await clock.advance(10_000);
    expect(calls.map(({ key }) => key)).toStrictEqual(['a', 'b']);
  });

  it('stop: abort all, wait for what runs, ignore later wakes', async () => {
    let ended = 0;
    const { lanes } = lanesFor({
      step: async (_key, signal) => {
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => {
            resolve();
          });
        });
        await settle();
        ended += 1;
        return 'more';
      },
    });
    for (const key of ['a', 'b', 'c']) lanes.wake(key);
    await settle();
    await lanes.stop();
    expect(ended).toBe(2);
    lanes.wake('a');
    await settle();
    await lanes.idle();
    expect(ended).toBe(2);
  });

  it('never lose a wake, never run a key twice at once, never exceed the bound (any interleaving)', async () => {
    const action = fc.oneof(
      { weight: 5, arbitrary: fc.record({ kind: fc.constant('wake'), key: fc.integer({ min: 0, max: 4 }) }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('tick'), key: fc.nat(50) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop'), key: fc.integer({ min: 0, max: 4 }) }) },
    );
    const results = fc.array(fc.constantFrom('idle', 'more', 'fail'), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60 }), results, async (actions, outcomes) => {
        const running = new Set<string>();
        const unseen = new Set<string>();
        const { lanes, clock } = lanesFor({
          concurrencyMax: 3,
          step: async (key) => {
            expect(running.has(key)).toBe(false);
            running.add(key);
            expect(running.size).toBeLessThanOrEqual(3);
            unseen.delete(key);
            await clock.sleep(7);
            running.delete(key);
            const outcome = outcomes.pop() ?? 'idle';
            if (outcome === 'fail') throw failure;
            return outcome === 'more' ? 'more' : 'idle';
          },
          onFailure: async () => ({ retryAfterMs: 20 }),
        });
        const drops: Promise<void>[] = [];
        for (const { kind, key } of actions) {
          if (kind === 'tick') await clock.advance(key);
          else if (kind === 'wake') {
            unseen.add(String(key));
            lanes.wake(String(key));
          } else {
            unseen.delete(String(key));
            drops.push(lanes.drop(String(key)));
          }
        }
        await clock.advance(10_000);
        await Promise.all(drops);
        await lanes.idle();
        expect([...unseen]).toStrictEqual([]);
        expect(running.size).toBe(0);
        expect(clock.sleeping).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
