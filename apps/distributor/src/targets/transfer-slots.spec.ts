import { describe, expect, it } from '@jest/globals';
import { TransferSlots } from './transfer-slots.js';

const never = new AbortController().signal;
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Asks for a slot and notes who got one, in order. */
const ask = (slots: TransferSlots, member: string, got: string[], signal = never) => {
  const asked = slots.acquire(member, signal);
  asked.then(
    () => got.push(member),
    () => undefined,
  );
  return asked;
};

describe('TransferSlots', () => {
  it('admits so many and no more', async () => {
    const slots = new TransferSlots(2);
    const got: string[] = [];
    const releases = [await ask(slots, 'a', got), await ask(slots, 'a', got)];
    const third = ask(slots, 'a', got);
    await settle();
    expect(got).toHaveLength(2);
    releases[0]!();
    releases[0]!();
    await third;
    const fourth = ask(slots, 'a', got);
    await settle();
    expect(got).toHaveLength(3);
    releases[1]!();
    (await third)();
    (await fourth)();
  });

  it('shares fairly among members, however much one of them wants', async () => {
    const slots = new TransferSlots(2);
    const got: string[] = [];
    const first = [await ask(slots, 'big', got), await ask(slots, 'big', got)];
    const waiting = Array.from({ length: 10 }, () => ask(slots, 'big', got));
    waiting.push(ask(slots, 'small', got), ask(slots, 'tiny', got));
    for (const release of first) release();
    await settle();
    // The free slots skipped ten that were ahead in the queue: each member that waits gets its turn.
    expect(got.slice(0, 4)).toEqual(['big', 'big', 'small', 'tiny']);
    for (const slot of waiting) {
      void slot.then((release) => {
        release();
      });
    }
    await Promise.all(waiting);
    expect(got.indexOf('tiny')).toBeLessThan(6);
    expect(got.filter((member) => member === 'big')).toHaveLength(12);
  });

  it('forgets who stopped waiting', async () => {
    const slots = new TransferSlots(1);
    const release = await slots.acquire('a', never);
    const gone = new AbortController();
    const waiting = slots.acquire('a', gone.signal);
    gone.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    release();
    (await slots.acquire('b', never))();
    await expect(slots.acquire('a', AbortSignal.abort(new Error('late')))).rejects.toThrow('late');
  });
});

describe('slots of a member whose transfers never end', () => {
  const signal = new AbortController().signal;
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('are never all of them, and what it waits for keeps nobody else waiting', async () => {
    const slots = new TransferSlots(16);
    let stuck = 0;
    for (let index = 0; index < 100; index += 1)
      void slots.acquire('hostile', signal).then(() => (stuck += 1));
    await settled();
    expect(stuck).toBe(12);
    // Three honest members take turns on what is left, behind all that waits already.
    const done = new Map<string, number>();
    const work = async (member: string): Promise<void> => {
      for (let file = 0; file < 20; file += 1) {
        const release = await slots.acquire(member, signal);
        await settled();
        release();
        done.set(member, file + 1);
      }
    };
    await Promise.all(['a', 'b', 'c'].map(work));
    expect([...done.values()]).toEqual([20, 20, 20]);
    expect(stuck).toBe(12);
  });

  it('let each of twenty honest members have its turn on sixteen', async () => {
    const slots = new TransferSlots(16);
    const order: string[] = [];
    const transfer = async (member: string): Promise<void> => {
      const release = await slots.acquire(member, signal);
      await settled();
      order.push(member);
      release();
    };
    const members = Array.from({ length: 20 }, (_, index) => `m${index}`);
    await Promise.all(members.flatMap((member) => Array.from({ length: 10 }, () => transfer(member))));
    // Nobody is done twice before everybody was served once, but for those who came first.
    expect(new Set(order.slice(0, 60)).size).toBe(20);
    expect(order).toHaveLength(200);
  });
});
