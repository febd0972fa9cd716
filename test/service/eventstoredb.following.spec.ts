/**
 * @proves On a server that others use, in every temper of its versions, following passes over nothing: foreign and
 * system events, links, any number of hidden events, positions that the server refuses (DOUBLE).
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { START, type NewEvent, type Position, type SubscriptionItem } from '#libs/event-sourcing';
import { EventStoreDbClient } from '#libs/event-store/adapters/eventstoredb-client';
import { EventStoreDbEventStore } from '#libs/event-store/adapters/eventstoredb.event-store';
import { idsOf, some } from '#libs/event-store/testing';
import { KurrentDouble } from '../support/simulated/kurrentdb-double.js';
import { TEMPERS } from '../support/simulated/kurrentdb-read.js';

/** Follows in the background; `until` waits for what was seen. */
class Follower {
  readonly items: SubscriptionItem[] = [];
  private readonly stop = new AbortController();
  private readonly done: Promise<void>;
  private changed: () => void = () => undefined;

  constructor(store: EventStoreDbEventStore, after: Position, types?: readonly string[]) {
    const signal = this.stop.signal;
    this.done = (async () => {
      for await (const item of store.subscribe({ after, signal, ...(types ? { types } : {}) })) {
        this.items.push(item);
        this.changed();
      }
    })();
  }

  get ids(): string[] {
    return this.items.flatMap((item) => (item.kind === 'event' ? [item.event.id] : []));
  }

  get caughtUp(): Position | undefined {
    return this.items.findLast((item) => item.kind === 'caught-up')?.position;
  }

  /** Rejects when the subscription does, or after 15 s. */
  async until(enough: () => boolean): Promise<void> {
    const late = setTimeout(() => {
      this.stop.abort();
    }, 15_000);
    while (!enough()) {
      const more = new Promise<'more'>((resolve) => {
        this.changed = () => {
          resolve('more');
        };
      });
      const ended = this.done.then(() => 'ended' as const);
      if ((await Promise.race([more, ended])) === 'ended')
        throw new Error('The subscription ended too early.');
    }
    clearTimeout(late);
  }

  async end(): Promise<void> {
    this.stop.abort();
    await this.done.catch(() => undefined);
  }
}

describe.each(Object.entries(TEMPERS))('following a server that behaves as %s (DOUBLE)', (_, temper) => {
  let double: KurrentDouble;
  let store: EventStoreDbEventStore;
  let closers: (() => Promise<void>)[];

  const aStore = (prefix = 'ck'): EventStoreDbEventStore => {
    const client = EventStoreDbClient.open({ url: double.url });
    const opened = new EventStoreDbEventStore(client, { prefix, categories: ['s'] });
    closers.push(async () => {
      await opened.close();
      await client.close();
    });
    return opened;
  };
  const follow = (after: Position, types?: readonly string[]): Follower => {
    const follower = new Follower(store, after, types);
    closers.push(() => follower.end());
    return follower;
  };
  const hide = (count: number): void => {
    double.log.writeForeign('order-1', 'OrderPlaced', count);
  };

  beforeEach(async () => {
    double = await KurrentDouble.start({ temper });
    closers = [() => double.stop()];
    store = aStore();
  });
  afterEach(async () => {
    for (const close of closers.reverse()) await close();
  });

  it.each([
    ['0', () => 0],
    ['1', () => 1],
    ['30', () => 30],
    ['31', () => 31],
    ['window - 1', () => double.windowAsked - 1],
    ['window', () => double.windowAsked],
    ['2 * window - 1', () => 2 * double.windowAsked - 1],
  ])(
    'brings what is appended behind %s hidden events',
    async (_name, hidden) => {
      const probe = follow(START);
      await probe.until(() => probe.caughtUp !== undefined);
      const [first, second, third] = some(3) as [NewEvent, NewEvent, NewEvent];
      const { position } = await store.append('s-1', [first], 'no_stream');
      hide(hidden());
      const follower = follow(position);
      await follower.until(() => follower.caughtUp !== undefined);
      await store.append('s-1', [second], 0n);
      await follower.until(() => follower.ids.length === 1);
      hide(hidden());
      double.cut();
      await store.append('s-1', [third], 1n);
      const head = await store.head();
      await follower.until(() => follower.caughtUp === head);
      expect(follower.ids).toStrictEqual(idsOf([second, third]));
      await probe.until(() => probe.caughtUp === head);
      expect(probe.ids).toStrictEqual(idsOf([first, second, third]));
    },
    60_000,
  );

  it('shows nothing of others, and passes over nothing of ours between them', async () => {
    const other = aStore('ck2');
    const foreign = (): void => {
      double.log.writeForeign('ck.order-1', 'OrderPlaced', 3);
      double.log.writeForeign('s-1', 'OrderPlaced', 2);
      double.log.writeForeign('ck.s-foreign', 'OrderPlaced');
      double.log.writeForeign('$ce-ck.s', '$>', 2, { link: '0@ck.s-1' });
      double.log.writeForeign('$stats-1', '$statsCollected', 40);
      double.log.writeForeign('$$ck.s-1', '$metadata', 1, {});
    };
    const ours = some(4);
    const follower = follow(START);
    const typed = follow(START, ['Absent']);
    for (const [index, event] of ours.entries()) {
      foreign();
      await other.append('s-1', some(1), 'any');
      await store.append('s-1', [event], index === 0 ? 'no_stream' : BigInt(index - 1));
    }
    foreign();
    const head = await store.head();
    await follower.until(() => follower.caughtUp === head);
    await typed.until(() => typed.caughtUp === head);
    expect(follower.ids).toStrictEqual(idsOf(ours));
    expect(typed.ids).toStrictEqual([]);
    expect(idsOf(await store.readAll(START, 100))).toStrictEqual(idsOf(ours));
    expect(await store.otherPrefix()).toBe('ck2');
    expect(await other.otherPrefix()).toBe('ck');
  });

  it('says caught-up on a store that has only what others wrote', async () => {
    hide(100);
    const follower = follow(START);
    await follower.until(() => follower.caughtUp !== undefined);
    expect(follower.items).toStrictEqual([{ kind: 'caught-up', position: START }]);
    expect(await store.head()).toBe(START);
  });

  it('refuses to follow from a position inside a record or beyond the end', async () => {
    const { position } = await store.append('s-1', some(3), 'no_stream');
    for (const after of [position + 1n, position + 1_000_000n]) {
      const follower = follow(after);
      await expect(follower.until(() => follower.items.length > 0)).rejects.toMatchObject({
        code: 'STORE_POSITION_UNKNOWN',
      });
      await expect(store.readAll(after, 10)).rejects.toMatchObject({ code: 'STORE_POSITION_UNKNOWN' });
    }
  });
});
