import { describe, expect, it } from '@jest/globals';
import { CodedError } from '#libs/kernel';
import { OutageGate } from './outage-gate.js';
import { ManualClock, MemoryLog } from './testing.js';

const away = new CodedError('STORE_UNAVAILABLE', 'PostgreSQL did not answer.');
const refused = new CodedError('SECRET_UNREADABLE', 'It cannot be decrypted.');
const never = new AbortController().signal;

const setUp = (random = () => 0.5) => {
  const clock = new ManualClock();
  const log = new MemoryLog();
  const state: { error: CodedError | undefined; looks: number } = { error: undefined, looks: 0 };
  const look = async (): Promise<CodedError | undefined> => {
    state.looks += 1;
    return state.error;
  };
  const gate = new OutageGate({ clock, log, random, look });
  const passed: number[] = [];
  const wait = (count: number, failure = away): void => {
    for (let left = count; left > 0; left -= 1)
      void gate.passed(failure, 1, never).then(() => passed.push(clock.monotonicMs() - start));
  };
  const start = clock.monotonicMs();
  return { clock, log, state, gate, passed, wait };
};

describe('OutageGate', () => {
  it('looks once a second however many wait, and lets all go on within seconds of the return', async () => {
    let turn = 0;
    const { clock, state, gate, passed, wait } = setUp(() => (turn++ % 100) / 100);
    state.error = away;
    wait(1_000);
    await clock.advance(300_000);
    expect(passed).toHaveLength(0);
    expect(state.looks).toBeLessThanOrEqual(302);
    expect(gate.outage).toMatchObject({ error: away, since: '2026-01-31T00:00:00.000Z' });
    state.error = undefined;
    await clock.advance(10_000);
    expect(passed).toHaveLength(1_000);
    expect(Math.max(...passed)).toBeLessThanOrEqual(304_000);
    expect(new Set(passed).size).toBeGreaterThan(50);
    expect(gate.outage).toBeUndefined();
    expect(clock.sleeping).toBe(0);
  });

  it('looks no more when the last that waited has gone, as at the end of a process', async () => {
    const { clock, log, state, gate } = setUp();
    state.error = away;
    const [first, second] = [new AbortController(), new AbortController()];
    const ends = [first, second].map(async ({ signal }) =>
      expect(gate.passed(away, 1, signal)).rejects.toThrow('over'),
    );
    await clock.advance(5_000);
    first.abort(new Error('over'));
    await clock.advance(5_000);
    expect(clock.sleeping).toBe(1);
    second.abort(new Error('over'));
    await Promise.all(ends);
    const looks = state.looks;
    await clock.advance(60_000);
    expect([state.looks, clock.sleeping]).toStrictEqual([looks, 0]);
    expect(log.lines.map(({ message }) => message)).not.toContain('Work goes on.');
    expect(gate.outage).toBeUndefined();
  });

  it('says what is waited for every 10 s, and that work goes on', async () => {
    const { clock, log, state, wait } = setUp();
    state.error = away;
    wait(3);
    await clock.advance(59_999);
    state.error = undefined;
    await clock.advance(10_000);
    const lines = log.lines.map(({ message }) => message);
    expect(lines.filter((line) => line.startsWith('Work waits'))).toHaveLength(6);
    expect(lines.at(-1)).toBe('Work goes on.');
  });

  it('asks what refuses every 30 s only', async () => {
    const { clock, state, wait } = setUp();
    state.error = new CodedError('STORE_NEWER', 'Another version.');
    wait(1);
    await clock.advance(299_000);
    expect(state.looks).toBe(10);
  });

  it('tries what it cannot see itself again: soon, then every 5 s, and a refusal after 30 s', async () => {
    const { clock, passed, wait, gate } = setUp();
    wait(1);
    await clock.advance(5_000);
    expect(passed).toHaveLength(1);
    void gate.passed(away, 50, never).then(() => passed.push(0));
    await clock.advance(5_000);
    expect(passed).toHaveLength(2);
    wait(1, refused);
    await clock.advance(29_999);
    expect(passed).toHaveLength(2);
    await clock.advance(1);
    expect(passed).toHaveLength(3);
  });

  it('throws what is waited for at those that would keep something meanwhile', async () => {
    const { clock, state, gate, wait } = setUp();
    gate.assertOpen();
    await gate.assertAnswers();
    state.error = away;
    await expect(gate.assertAnswers()).rejects.toBe(away);
    wait(1);
    await clock.advance(0);
    expect(() => {
      gate.assertOpen();
    }).toThrow(away);
  });

  it('ends a wait with its signal, whether it looks or rests', async () => {
    const { clock, state, gate } = setUp();
    state.error = away;
    const stop = new AbortController();
    const looking = gate.passed(away, 1, stop.signal);
    const outcome = expect(looking).rejects.toThrow('over');
    await clock.advance(2_000);
    stop.abort(new Error('over'));
    await outcome;
    await expect(gate.passed(away, 1, stop.signal)).rejects.toThrow('over');
  });
});
