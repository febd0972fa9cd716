import { describe, expect, it } from '@jest/globals';
import { inOrder } from './in-order.js';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const { signal } = new AbortController();
const finish = async (): Promise<void> => undefined;

describe('inOrder', () => {
  it('has several under way, never more, and records in order whatever ends first', async () => {
    let running = 0;
    let most = 0;
    const recorded: number[] = [];
    const done = await inOrder(numbers(20), {
      width: 4,
      signal,
      finish,
      start: async (item) => {
        running += 1;
        most = Math.max(most, running);
        // Later ones are faster than earlier ones.
        await new Promise((resolve) => setTimeout(resolve, 20 - item));
        running -= 1;
        return item * 10;
      },
      record: async (item, result) => {
        expect(result).toBe(item * 10);
        recorded.push(item);
      },
    });
    expect([done, most]).toEqual([20, 4]);
    expect(recorded).toEqual(numbers(20));
  });

  it('goes on beside a slow one, but not far ahead of it', async () => {
    let first: (item: number) => void = () => undefined;
    const begun: number[] = [];
    const work = inOrder(numbers(20), {
      width: 4,
      signal,
      finish,
      start: async (item) => {
        begun.push(item);
        return item === 0 ? new Promise<number>((resolve) => (first = resolve)) : item;
      },
      record: async () => undefined,
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(begun).toEqual(numbers(8));
    first(0);
    expect(await work).toBe(20);
    expect(begun).toEqual(numbers(20));
  });

  it('finishes items beside those that are under way, and records none before it is finished', async () => {
    const done: string[] = [];
    let finishing = 0;
    let most = 0;
    const work = inOrder(numbers(12), {
      width: 2,
      signal,
      start: async (item) => item,
      finish: async (item) => {
        finishing += 1;
        most = Math.max(most, finishing);
        await new Promise((resolve) => setTimeout(resolve, 20));
        finishing -= 1;
        done.push(`finished ${item}`);
      },
      record: async (item) => {
        expect(done).toContain(`finished ${item}`);
        done.push(`recorded ${item}`);
      },
    });
    expect(await work).toBe(12);
    expect(most).toBe(4);
    expect(done.filter((each) => each.startsWith('recorded'))).toEqual(
      numbers(12).map((item) => `recorded ${item}`),
    );
  });

  it('begins nothing more behind a failure than what is under way', async () => {
    const begun: number[] = [];
    const work = inOrder(numbers(20), {
      width: 1,
      signal,
      finish,
      start: async (item) => {
        begun.push(item);
        throw new Error('broken');
      },
      record: async () => undefined,
    });
    await expect(work).rejects.toThrow('broken');
    expect(begun).toEqual([0]);
  });

  it('records what was before a failure, aborts what came after it, and waits for all of it', async () => {
    const aborted: number[] = [];
    const recorded: number[] = [];
    const work = inOrder(numbers(10), {
      width: 4,
      signal,
      finish,
      start: async (item, each) => {
        if (item === 2) throw new Error('third');
        if (item < 2) return item;
        await new Promise((_resolve, reject) => {
          each.addEventListener('abort', () => {
            aborted.push(item);
            reject(new Error('aborted'));
          });
        });
        return item;
      },
      record: async (item) => {
        recorded.push(item);
      },
    });
    await expect(work).rejects.toThrow('third');
    expect(recorded).toEqual([0, 1]);
    expect(aborted.sort()).toEqual([3, 4, 5].slice(0, aborted.length));
    expect(aborted.length).toBeGreaterThan(0);
  });

  it('ends without an error where an item is refused', async () => {
    const recorded: number[] = [];
    const done = await inOrder(numbers(10), {
      width: 3,
      signal,
      finish,
      start: async (item) => (item < 4 ? item : undefined),
      record: async (item) => {
        recorded.push(item);
      },
    });
    expect([done, recorded]).toEqual([4, [0, 1, 2, 3]]);
  });

  it('aborts with its caller', async () => {
    const caller = new AbortController();
    const work = inOrder([1], {
      width: 1,
      signal: caller.signal,
      finish,
      start: (_item, each) =>
        new Promise<number>((_resolve, reject) => {
          each.addEventListener('abort', () => {
            reject(each.reason as Error);
          });
        }),
      record: async () => undefined,
    });
    caller.abort(new Error('lost the partition'));
    await expect(work).rejects.toThrow('lost the partition');
  });
});
