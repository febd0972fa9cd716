import { describe, expect, it } from '@jest/globals';
import { ByteBudget } from './byte-budget.js';

const settled = async (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('ByteBudget', () => {
  it('admits in order, as much as there is', async () => {
    const budget = new ByteBudget(100);
    const order: string[] = [];
    const ask = (name: string, bytes: number): Promise<() => void> =>
      budget.acquire(bytes).then((release) => {
        order.push(name);
        return release;
      });
    const [first, second, third] = [ask('first', 60), ask('second', 60), ask('third', 10)];
    await settled();
    // The third would fit, but must not starve the second.
    expect(order).toEqual(['first']);
    (await first)();
    await settled();
    expect(order).toEqual(['first', 'second', 'third']);
    (await second)();
    (await third)();
    await expect(ask('fourth', 100)).resolves.toBeDefined();
  });

  it('gives everything to a lone reader that wants more than there is', async () => {
    const budget = new ByteBudget(100);
    const small = await budget.acquire(1);
    let isIn = false;
    const large = budget.acquire(1_000).then((release) => {
      isIn = true;
      return release;
    });
    await settled();
    expect(isIn).toBe(false);
    small();
    const release = await large;
    release();
    release();
    await expect(budget.acquire(100)).resolves.toBeDefined();
  });

  it('lets go of who gives up waiting, and admits who is behind', async () => {
    const budget = new ByteBudget(100);
    const release = await budget.acquire(60);
    const abort = new AbortController();
    const waiting = budget.acquire(100, abort.signal);
    const behind = budget.acquire(40);
    abort.abort(new RangeError('no time left'));
    await expect(waiting).rejects.toThrow('no time left');
    (await behind)();
    release();
    await expect(budget.acquire(100)).resolves.toBeDefined();
  });
});
