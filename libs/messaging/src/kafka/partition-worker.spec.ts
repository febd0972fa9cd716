import { beforeEach, describe, expect, it } from '@jest/globals';
import { START } from '#libs/event-sourcing';
import { CodedError } from '#libs/kernel';
import { ManualClock, settle } from '#libs/runtime/testing';
import { EventDelivery, type Failure } from '../event-delivery.js';
import { PartitionWorker, type Incoming } from './partition-worker.js';

const POLICY = {
  uncoded: { baseMs: 10, factor: 1, delayMaxMs: 10, attemptsMax: 3 },
  retryable: { baseMs: 1_000, factor: 1, delayMaxMs: 1_000, attemptsMax: Infinity },
};
const later = new CodedError('STORE_UNAVAILABLE', 'Later.');

describe('PartitionWorker', () => {
  let clock: ManualClock;
  let worker: PartitionWorker<Incoming>;
  let done: string[];
  let setAside: Failure[];
  let progress: number;
  /** What the handler does with a record, by its value; nothing by default. */
  let behaviour: Map<string, () => Promise<void>>;

  const message = (offset: number, key: string): Incoming => ({
    ...{ id: `${offset}`, type: 'T', stream: 's', position: START },
    record: {
      ...{ topic: 't', partition: 0, offset: BigInt(offset), key },
      ...{ value: Buffer.alloc(10), headers: {} },
    },
  });
  const take = async (offset: number, key: string): Promise<void> => worker.take(message(offset, key));

  beforeEach(() => {
    clock = new ManualClock();
    [done, setAside, progress, behaviour] = [[], [], 0, new Map()];
    const log = { warn: () => undefined, error: () => undefined };
    const delivery = new EventDelivery<Incoming>({
      ...{ consumer: 'c', clock, log, policy: POLICY, random: () => 1 },
      setAside: async (_message, failure) => {
        setAside.push(failure);
      },
    });
    worker = new PartitionWorker({
      delivery,
      onProgress: () => (progress += 1),
      handlesOf: ({ id, record }) => [
        async () => {
          await behaviour.get(id)?.();
          done.push(`${record.key}${id}`);
        },
      ],
    });
  });

  it('handles in order and commits what is done', async () => {
    expect(worker.committable).toBeUndefined();
    await take(0, 'a');
    await take(1, 'b');
    expect([done, worker.committable]).toStrictEqual([['a0', 'b1'], 2n]);
  });

  it('holds up the key of a record that is tried again, and no other', async () => {
    let failures = 2;
    behaviour.set('0', () => (failures-- > 0 ? Promise.reject(later) : Promise.resolve()));
    for (const [offset, key] of ['a', 'a', 'b', 'a'].entries()) await take(offset, key);
    expect([done, worker.committable]).toStrictEqual([['b2'], 0n]);
    expect(worker.waiting).toMatchObject([{ eventId: '0', attempts: 1, code: 'STORE_UNAVAILABLE' }]);
    await clock.advance(1_000);
    expect(worker.committable).toBe(0n);
    await clock.advance(1_000);
    expect([done, worker.committable]).toStrictEqual([['b2', 'a0', 'a1', 'a3'], 4n]);
    expect([worker.waiting, progress]).toStrictEqual([[], 3]);
    await take(4, 'a');
    expect(done.at(-1)).toBe('a4');
  });

  it('does not wait for a step that takes long', async () => {
    let finish = (): void => undefined;
    behaviour.set('0', () => new Promise((resolve) => (finish = resolve)));
    const taken = take(0, 'a');
    await clock.advance(500);
    await taken;
    await take(1, 'b');
    await take(2, 'a');
    expect([done, worker.committable]).toStrictEqual([['b1'], 0n]);
    finish();
    await settle();
    expect([done, worker.committable]).toStrictEqual([['b1', 'a0', 'a2'], 3n]);
  });

  it('sets aside what can not be handled, and goes on with its key', async () => {
    behaviour.set('0', () => Promise.reject(new CodedError('EVENT_INVALID', 'Bad.')));
    behaviour.set('1', () => Promise.reject(new TypeError('Ours.')));
    await take(0, 'a');
    await take(1, 'a');
    await take(2, 'a');
    await clock.advance(100);
    expect(setAside.map(({ code, attempts }) => [code, attempts])).toStrictEqual([
      ['EVENT_INVALID', 1],
      ['INTERNAL', 3],
    ]);
    expect([done, worker.committable]).toStrictEqual([['a2'], 3n]);
  });

  it('is full when too many records wait, and has room again when half of them are done', async () => {
    let failing = true;
    behaviour.set('0', () => (failing ? Promise.reject(later) : Promise.resolve()));
    for (let offset = 0; offset < 1_000; offset += 1) await take(offset, 'a');
    expect([worker.isFull, worker.hasRoom, worker.committable]).toStrictEqual([true, false, 0n]);
    failing = false;
    await clock.advance(1_000);
    await settle();
    expect([worker.isFull, worker.hasRoom, done.length]).toStrictEqual([false, true, 1_000]);
  });

  it('lets go of everything when the partition is lost', async () => {
    behaviour.set('0', () => Promise.reject(later));
    await take(0, 'a');
    await take(1, 'a');
    worker.dispose();
    await clock.advance(5_000);
    await take(2, 'b');
    await worker.idle();
    expect(done).toStrictEqual([]);
  });
});
