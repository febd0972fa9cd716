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
    // The first free slot skipped ten that were ahead in the queue; no member waits longer than one transfer of the other.
    expect(got.slice(0, 4)).toEqual(['big', 'big', 'small', 'big']);
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
