import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventPattern, Payload } from '@nestjs/microservices';
import { START } from '#libs/event-sourcing';
import { CodedError } from '#libs/kernel';
import { busMessage } from '../bus-message.pipe.js';
import { EventConsumer } from '../event-consumer.decorator.js';
import type { EventMessage } from '../event-message.js';
import { until } from '#libs/runtime/testing';
import { BusBench, consumerOf, numberOf, oneTo, STORES } from '../testing.js';

describe.each(STORES)('EmbeddedBusServer over %s', (_name, makeStores) => {
  let bench: BusBench;
  beforeEach(async () => {
    bench = new BusBench(await makeStores());
  });
  afterEach(async () => {
    await bench.close();
  });

  it('delivers old and new events of the types it has handlers for, in order, as messages', async () => {
    const seen: EventMessage[] = [];
    await bench.append('Counted', 1, 2);
    await bench.append('Other', 99);
    await bench.start([consumerOf((message) => void seen.push(message))]);
    await bench.append('Counted', ...oneTo(50).map((n) => n + 2));
    await until(() => seen.length >= 52);
    expect(seen.map(numberOf)).toStrictEqual(oneTo(52));
    const [, stored] = await bench.stores.store.readAll(START, 2);
    expect(seen[1]).toStrictEqual({
      ce: {
        specversion: '1.0',
        id: stored!.id,
        type: 'Counted',
        source: 'chainkeep',
        subject: 's-2',
        time: '2026-01-31T12:00:00.000Z',
        correlationid: 'c-1',
        actor: 'system',
        schemaversion: 1,
        position: stored!.position.toString(),
        revision: '0',
      },
      data: { n: 2 },
    });
  });

  it('finishes one event before it begins the next', async () => {
    let atWork = 0;
    let most = 0;
    let done = 0;
    await bench.append('Counted', ...oneTo(10));
    await bench.start([
      consumerOf(async () => {
        most = Math.max(most, (atWork += 1));
        await new Promise((resolve) => setTimeout(resolve, 2));
        atWork -= 1;
        done += 1;
      }),
    ]);
    await until(() => done === 10);
    expect(most).toBe(1);
  });

  it('goes on after a close where it was, for each consumer on its own', async () => {
    const [first, second, other]: number[][] = [[], [], []] as [number[], number[], number[]];
    await bench.append('Counted', 1, 2, 3);
    const { app, server } = await bench.start([consumerOf((message) => first.push(numberOf(message)))]);
    await until(() => first.length === 3);
    await app.close();
    expect((await bench.stores.checkpoints.load('counter')).position).toBe(await bench.stores.store.head());
    expect((await server.lag()).handled).toBe(await bench.stores.store.head());
    await bench.append('Counted', 4, 5);
    await bench.start([consumerOf((message) => second.push(numberOf(message)))]);
    await bench.start([consumerOf((message) => other.push(numberOf(message)))], { consumer: 'other' });
    await until(() => second.length >= 2 && other.length >= 5);
    expect([first, second, other]).toStrictEqual([[1, 2, 3], [4, 5], oneTo(5)]);
  });

  it('saves the checkpoint soon after the handling, without a close', async () => {
    await bench.start([consumerOf(() => undefined)]);
    await bench.append('Counted', ...oneTo(250));
    await bench.append('Other', 1);
    await until(
      async () =>
        (await bench.stores.checkpoints.load('counter')).position === (await bench.stores.store.head()),
    );
  });

  it('decodes data in the pipe; what the schema throws keeps its code', async () => {
    const decode = (type: string, data: unknown, schemaVersion: number) => {
      const { n } = data as { n: number };
      if (n === 2) throw new CodedError('EVENT_INVALID', `${type} ${schemaVersion} is bad.`);
      return { type, data: { n: BigInt(n) } };
    };
    const seen: unknown[] = [];
    @EventConsumer()
    class Decoding {
      @EventPattern('Counted')
      counted(@Payload(busMessage(decode)) message: EventMessage<{ n: bigint }>): void {
        seen.push(message.data.n);
      }
    }
    await bench.append('Counted', 1, 2, 3);
    await bench.start([Decoding]);
    await until(() => seen.length === 2);
    expect(seen).toStrictEqual([1n, 3n]);
    expect(await bench.stores.deadLetters.list(10)).toMatchObject([
      { code: 'EVENT_INVALID', message: 'Counted 1 is bad.' },
    ]);
  });
});
