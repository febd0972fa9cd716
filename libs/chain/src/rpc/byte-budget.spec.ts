import { describe, expect, it } from '@jest/globals';

import { AnswerMeter, TooMuchAtOnce } from './answer-meter.js';
import { ByteBudget, type Share } from './byte-budget.js';

const settled = async (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const NEVER = new AbortController().signal;

/** A budget of 100 bytes whose clock only the test moves. */
const budgetOf = () => {
  const clock = { ms: 0 };
  return { clock, budget: new ByteBudget(100, { nowMs: () => clock.ms, lookMs: 1 }) };
};

const looked = async (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

describe('ByteBudget', () => {
  it('admits in order, as much as there is', async () => {
    const { budget } = budgetOf();
    const order: string[] = [];
    const ask = async (name: string, bytes: number): Promise<Share> => {
      const share = budget.share();
      await share.take(bytes, NEVER);
      order.push(name);
      return share;
    };
    const [first, second, third] = [ask('first', 60), ask('second', 60), ask('third', 10)];
    await settled();
    // The third would fit, but must not starve the second.
    expect(order).toEqual(['first']);
    (await first).release();
    await settled();
    expect(order).toEqual(['first', 'second', 'third']);
    (await second).release();
    (await third).release();
    await expect(ask('fourth', 100)).resolves.toBeDefined();
  });

  it('gives everything to a lone reader that wants more than there is', async () => {
    const { budget } = budgetOf();
    const [small, large, next] = [budget.share(), budget.share(), budget.share()];
    await small.take(1, NEVER);
    let isIn = false;
    const waiting = large.take(1_000, NEVER).then(() => (isIn = true));
    await settled();
    expect(isIn).toBe(false);
    small.release();
    await waiting;
    expect(large.held).toBe(100);
    large.release();
    large.release();
    expect(next.tryTake(100)).toBe(true);
  });

  it('lets go of who gives up waiting, and admits who is behind', async () => {
    const { budget } = budgetOf();
    const [holder, impatient, behind] = [budget.share(), budget.share(), budget.share()];
    await holder.take(60, NEVER);
    const abort = new AbortController();
    const waiting = impatient.take(100, abort.signal);
    const last = behind.take(40, NEVER);
    abort.abort(new RangeError('no time left'));
    await expect(waiting).rejects.toThrow('no time left');
    await last;
    expect([holder.held, impatient.held, behind.held]).toEqual([60, 0, 40]);
    await expect(impatient.take(1, AbortSignal.abort(new RangeError('late')))).rejects.toThrow('late');
    behind.release();
    holder.release();
  });

  it('serves whose last answer failed when nobody else waits', async () => {
    const { budget } = budgetOf();
    const holder = budget.share();
    await holder.take(100, NEVER);
    const order: string[] = [];
    const wait = (name: string, isLast: boolean): Promise<void> => {
      const share = budget.share(isLast);
      return share.take(100, NEVER).then(() => {
        order.push(name);
        share.release();
      });
    };
    const all = [wait('a liar', true), wait('another', true), wait('honest', false), wait('also', false)];
    holder.release();
    await Promise.all(all);
    expect(order).toEqual(['honest', 'also', 'a liar', 'another']);
  });

  it('takes the share of the slowest answer, only when it is too slow and somebody waits', async () => {
    const { budget, clock } = budgetOf();
    const [slow, slower, fast, whole, waiter] = Array.from({ length: 5 }, () => budget.share());
    for (const share of [slow!, slower!, fast!, whole!]) await share.take(25, NEVER);
    slow!.onBytes(2_000_000);
    slower!.onBytes(1_000_000);
    fast!.onBytes(10_000_000);
    whole!.onWhole();
    clock.ms = 4_900;
    const waiting = waiter!.take(25, NEVER);
    await looked();
    expect(slower!.signal.aborted).toBe(false);
    clock.ms = 10_000;
    await waiting;
    const lost = [slow!, slower!, fast!, whole!].map(({ signal }) => signal.aborted);
    expect(lost).toEqual([false, true, false, false]);
    // Nobody waits any more.
    await looked();
    expect(slow!.signal.aborted).toBe(false);
  });

  it('takes the share of an answer that came fast and then stopped', async () => {
    const { budget, clock } = budgetOf();
    const [stops, waiter] = [budget.share(), budget.share()];
    await stops.take(100, NEVER);
    stops.onBytes(100_000_000);
    const waiting = waiter.take(1, NEVER);
    clock.ms = 6_000;
    await looked();
    expect(stops.signal.aborted).toBe(false);
    clock.ms = 11_000;
    await waiting;
    expect(stops.signal.aborted).toBe(true);
  });

  it('gives what comes by and by only as much as there is and nobody waits for', async () => {
    const { budget } = budgetOf();
    const [grows, waiter] = [budget.share(), budget.share()];
    expect([grows.tryTake(40), grows.tryTake(61), grows.tryTake(10), grows.held]).toEqual([
      true,
      false,
      true,
      50,
    ]);
    const waiting = waiter.take(100, NEVER);
    await settled();
    expect(grows.tryTake(1)).toBe(false);
    grows.restart();
    expect(grows.held).toBe(0);
    await waiting;
    expect(waiter.held).toBe(100);
  });
});

describe('AnswerMeter', () => {
  it('holds a large answer until the question is settled, and lets no second one wait for it', async () => {
    const { budget } = budgetOf();
    const meter = new AnswerMeter();
    const share = budget.share();
    await meter.inTurn(async () => {
      await share.take(100, NEVER);
      meter.hold(share);
    });
    await expect(meter.inTurn(() => Promise.resolve(1))).rejects.toThrow(TooMuchAtOnce);
    expect(share.held).toBe(100);
    meter.release();
    expect(share.held).toBe(0);
  });

  it('gives back what comes after the question was given up', async () => {
    const { budget } = budgetOf();
    const meter = new AnswerMeter();
    const share = budget.share();
    await share.take(100, NEVER);
    meter.release();
    meter.hold(share);
    expect(share.held).toBe(0);
  });

  it('asks for several that may be large one after another', async () => {
    const meter = new AnswerMeter();
    let atOnce = 0;
    const ask = async (): Promise<number> => {
      atOnce += 1;
      await settled();
      return atOnce--;
    };
    expect(await Promise.all([meter.inTurn(ask), meter.inTurn(ask), meter.inTurn(ask)])).toEqual([1, 1, 1]);
  });
});
