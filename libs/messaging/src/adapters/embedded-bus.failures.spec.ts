import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CheckpointStore,
  DeadLetterSink,
  START,
  type DeadLetter,
  type EventStore,
} from '#libs/event-sourcing';
import { CodedError } from '#libs/kernel';
import { until } from '#libs/runtime/testing';
import { BusBench, consumerOf, numberOf, QUICK_POLICY, STORES } from '../testing.js';

/** Loads but never saves, as if the process died between a handler and its checkpoint. */
class CrashingCheckpoints extends CheckpointStore {
  constructor(private readonly inner: CheckpointStore) {
    super();
  }
  async load(consumer: string) {
    return this.inner.load(consumer);
  }
  async save(): Promise<void> {
    throw new CodedError('STORE_UNAVAILABLE', 'The process is gone.');
  }
}

class FailingSink extends DeadLetterSink {
  constructor(
    private readonly inner: DeadLetterSink,
    private failures: number,
  ) {
    super();
  }
  async list(limit: number) {
    return this.inner.list(limit);
  }
  async record(letter: DeadLetter): Promise<void> {
    if (this.failures-- > 0) throw new Error('disk full');
    await this.inner.record(letter);
  }
}

const DAY_MS = 86_400_000;

describe.each(STORES)('EmbeddedBusServer in trouble over %s', (_name, makeStores) => {
  let bench: BusBench;
  beforeEach(async () => {
    bench = new BusBench(await makeStores());
  });
  afterEach(async () => {
    await bench.close();
  });

  it('delivers again what was handled when a crash came before the checkpoint', async () => {
    const [before, after]: number[][] = [[], []] as [number[], number[]];
    const crashing = new CrashingCheckpoints(bench.stores.checkpoints);
    await bench.append('Counted', 1, 2, 3);
    const { app } = await bench.start([consumerOf((message) => before.push(numberOf(message)))], {
      checkpoints: crashing,
    });
    await until(() => before.length === 3);
    await app.close();
    await bench.start([consumerOf((message) => after.push(numberOf(message)))]);
    await until(() => after.length >= 3);
    expect(after).toStrictEqual(before);
  });

  it.each([
    ['an uncoded error', new TypeError('x is not a function'), 'INTERNAL', 3],
    ['a non-retryable one', new CodedError('EVENT_INVALID', 'Not its schema.'), 'EVENT_INVALID', 1],
  ])('sets a poison event aside (%s) and goes on', async (_what, error, code, attempts) => {
    const seen: number[] = [];
    let tries = 0;
    await bench.append('Counted', 1, 2, 3);
    await bench.start([
      consumerOf((message) => {
        if (numberOf(message) === 2) {
          tries += 1;
          throw error;
        }
        seen.push(numberOf(message));
      }),
    ]);
    await until(() => seen.length === 2);
    expect(seen).toStrictEqual([1, 3]);
    expect(tries).toBe(attempts);
    const [, poison] = await bench.stores.store.readAll(START, 2);
    expect(await bench.stores.deadLetters.list(10)).toMatchObject([
      {
        consumer: 'counter',
        eventId: poison!.id,
        position: poison!.position,
        code,
        attempts,
        message: error.message,
      },
    ]);
  });

  it.each(['STORE_UNAVAILABLE', 'EVENT_UNKNOWN'] as const)(
    'waits out %s however long it lasts, and passes nothing over',
    async (code) => {
      const seen: number[] = [];
      let failing = true;
      let tries = 0;
      await bench.append('Counted', 1, 2, 3);
      const { server } = await bench.start([
        consumerOf((message) => {
          if (failing && numberOf(message) === 2) {
            tries += 1;
            throw new CodedError(code, 'Later.');
          }
          seen.push(numberOf(message));
        }),
      ]);
      await until(() => tries > 20);
      expect(seen).toStrictEqual([1]);
      const [, second, third] = await bench.stores.store.readAll(START, 3);
      const lag = await server.lag();
      expect(lag.position).toBe(third!.position);
      expect(lag.handled).toBeLessThan(second!.position);
      expect(lag.waiting).toMatchObject({ eventId: second!.id, type: 'Counted', code });
      failing = false;
      await until(() => seen.length === 3);
      expect(seen).toStrictEqual([1, 2, 3]);
      expect(await bench.stores.deadLetters.list(10)).toStrictEqual([]);
      await until(async () => (await server.lag()).handled === third!.position);
      expect((await server.lag()).waiting).toBeUndefined();
    },
  );

  it('keeps trying a dead letter sink that fails, rather than pass the event over', async () => {
    const sink = new FailingSink(bench.stores.deadLetters, 3);
    await bench.append('Counted', 1);
    const { server } = await bench.start(
      [
        consumerOf(() => {
          throw new CodedError('EVENT_INVALID', 'Bad.');
        }),
      ],
      { deadLetters: sink },
    );
    await until(async () => (await server.lag()).handled === (await bench.stores.store.head()));
    expect(await bench.stores.deadLetters.list(10)).toHaveLength(1);
    expect(bench.logged.filter((line) => line.startsWith('A dead letter'))).toHaveLength(3);
  });

  it('hands an event to all handlers, and repeats only those that failed', async () => {
    const calls: string[] = [];
    let failures = 2;
    await bench.append('Counted', 1, 2);
    await bench.start([
      consumerOf((message) => calls.push(`steady ${numberOf(message)}`)),
      consumerOf(async (message) => {
        calls.push(`shaky ${numberOf(message)}`);
        if (failures-- > 0) throw new CodedError('STORE_UNAVAILABLE', 'Later.');
      }),
    ]);
    await until(() => calls.length >= 6);
    expect(calls).toStrictEqual(['steady 1', 'shaky 1', 'shaky 1', 'shaky 1', 'steady 2', 'shaky 2']);
  });

  it('closes at once while it waits for a retry, and keeps the event for the next start', async () => {
    const seen: number[] = [];
    let tries = 0;
    await bench.append('Counted', 1, 2);
    const { app } = await bench.start(
      [
        consumerOf((message) => {
          if (numberOf(message) === 1) return;
          tries += 1;
          throw new CodedError('STORE_UNAVAILABLE', 'Later.');
        }),
      ],
      {
        policy: {
          ...QUICK_POLICY,
          retryable: { baseMs: DAY_MS, factor: 1, delayMaxMs: DAY_MS, attemptsMax: Infinity },
        },
      },
    );
    await until(() => tries === 1);
    // Doesn't wait for the next try, a day later.
    await app.close();
    await bench.start([consumerOf((message) => seen.push(numberOf(message)))]);
    await until(() => seen.length === 1);
    expect(seen).toStrictEqual([2]);
  });

  it('lets the handler at work finish when it closes, but not for ever', async () => {
    const finish: (() => void)[] = [];
    await bench.append('Counted', 1, 2);
    const slow = consumerOf(() => new Promise<void>((resolve) => finish.push(resolve)));
    const { app } = await bench.start([slow]);
    await until(() => finish.length === 1);
    const closed = app.close();
    setTimeout(() => finish[0]?.(), 20);
    await closed;
    const [first] = await bench.stores.store.readAll(START, 1);
    expect((await bench.stores.checkpoints.load('counter')).position).toBe(first!.position);
    const hung = await bench.start([slow], { closeTimeoutMs: 30 });
    await until(() => finish.length === 2);
    await hung.app.close();
    expect((await bench.stores.checkpoints.load('counter')).position).toBe(first!.position);
    finish[1]?.();
  });

  it('goes on after the event it handled last, wherever the store has it, and stops when it is gone', async () => {
    const seen: number[] = [];
    const consumer = consumerOf((message) => seen.push(numberOf(message)));
    await bench.append('Counted', 1, 2, 3);
    const { checkpoints, store } = bench.stores;
    const [, second] = await store.readAll(START, 3);
    const { id, stream, revision } = second!;
    await checkpoints.save('counter', { position: 1_000n, event: { id, stream, revision } });
    const { app } = await bench.start([consumer]);
    await until(() => seen.length === 1);
    expect(seen).toStrictEqual([3]);
    await app.close();
    await checkpoints.save('counter', { position: 1n, event: { id: 'another', stream, revision } });
    await bench.start([consumer]);
    await until(() => bench.logged.length > 1);
    expect(seen).toStrictEqual([3]);
    expect((await checkpoints.load('counter')).event?.id).toBe('another');
  });

  it('completes the position that version 0.1 saved with its event', async () => {
    const seen: number[] = [];
    await bench.append('Counted', 1, 2);
    const { checkpoints, store } = bench.stores;
    const [first] = await store.readAll(START, 1);
    await checkpoints.save('counter', { position: first!.position });
    await bench.start([consumerOf((message) => seen.push(numberOf(message)))]);
    await until(async () => (await checkpoints.load('counter')).position === (await store.head()));
    expect(seen).toStrictEqual([2]);
    expect((await checkpoints.load('counter')).event).toMatchObject({ stream: 's-2', revision: 0n });
  });

  it('comes back by itself after the store was lost', async () => {
    let losses = 2;
    const flaky = Object.create(bench.stores.store, {
      subscribe: {
        value: (options: Parameters<EventStore['subscribe']>[0]) => {
          if (losses-- > 0) throw new CodedError('STORE_UNAVAILABLE', 'Gone.');
          return bench.stores.store.subscribe(options);
        },
      },
      head: { value: () => bench.stores.store.head() },
    }) as EventStore;
    const seen: number[] = [];
    await bench.append('Counted', 1);
    await bench.start([consumerOf((message) => seen.push(numberOf(message)))], { store: flaky });
    await until(() => seen.length === 1);
    expect(bench.logged).toHaveLength(2);
  });
});
