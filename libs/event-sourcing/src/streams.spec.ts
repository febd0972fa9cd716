import { describe, expect, it } from '@jest/globals';
import { CodedError } from '#libs/kernel';
import { ignored, type Decider } from './decider.js';
import {
  START,
  type DomainEvent,
  type ExpectedRevision,
  type NewEvent,
  type Position,
  type StoredEvent,
} from './event.js';
import { EventStore, type AppendResult, type ReadOptions, type SubscriptionItem } from './event-store.js';
import { createStreams, type CommandContext, type EventCodec, type StreamsOptions } from './streams.js';

/** The least a store has to be for these specs. It counts what is read. */
class TinyStore extends EventStore {
  readonly rows: StoredEvent[] = [];
  read = 0;
  /** Runs before the next append, so that another writer can get in between. */
  before: (() => Promise<void>) | undefined;
  /** Lost answers: the append is done, the caller is told that the store is away. */
  loseAnswer = false;

  async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    const hook = this.before;
    this.before = undefined;
    await hook?.();
    const last = this.rows.filter((row) => row.stream === stream).at(-1)?.revision;
    if (expected !== (last ?? 'no_stream')) throw new CodedError('REVISION_CONFLICT', 'Not there.');
    let revision = last ?? -1n;
    for (const event of events) {
      revision += 1n;
      this.rows.push({ ...event, stream, revision, position: BigInt(this.rows.length) });
    }
    if (this.loseAnswer) throw new CodedError('STORE_UNAVAILABLE', 'Gone.');
    return { revision, position: BigInt(this.rows.length - 1) };
  }

  async *readStream(stream: string, options: ReadOptions = {}): AsyncIterable<StoredEvent> {
    const rows = this.rows.filter((row) => row.stream === stream && row.revision >= (options.from ?? 0n));
    if (options.direction === 'backwards') rows.reverse();
    for (const row of rows.slice(0, options.limit)) {
      this.read += 1;
      yield row;
    }
  }

  async readAll(): Promise<readonly StoredEvent[]> {
    return this.rows;
  }
  async *subscribe(): AsyncIterable<SubscriptionItem> {
    yield { kind: 'caught-up', position: START };
  }
  async eventAt(position: Position): Promise<StoredEvent | undefined> {
    return this.rows[Number(position)];
  }
  async head(): Promise<Position> {
    return BigInt(this.rows.length) - 1n;
  }
  async importMark(): Promise<undefined> {
    return undefined;
  }
  async markImport(): Promise<void> {
    throw new CodedError('INTERNAL', 'Nothing is imported.');
  }
  async close(): Promise<void> {
    this.rows.length = 0;
  }
}

type Counted = DomainEvent<'Added', { by: bigint }> | DomainEvent<'Closed', { total: bigint }>;
type Command = Readonly<{ type: 'Add'; by: bigint }> | Readonly<{ type: 'Close' }>;
const counter: Decider<bigint, Command, Counted> = {
  initialState: () => 0n,
  evolve: (state, event) => (event.type === 'Added' ? state + event.data.by : event.data.total),
  decide: (command, state) => {
    if (command.type === 'Close') return [{ type: 'Closed', data: { total: state } }];
    if (command.by < 0n) throw new CodedError('INPUT_INVALID', 'Only up.');
    return command.by === 0n ? ignored('NOTHING_TO_ADD') : [{ type: 'Added', data: { by: command.by } }];
  },
};
const codec: EventCodec<Counted> = {
  encode: ({ data }) => ({
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, String(value)])),
    schemaVersion: 1,
  }),
  decode: ({ type, data }) => {
    const fields = data as Record<string, string>;
    return type === 'Added'
      ? { type, data: { by: BigInt(fields['by'] ?? 0) } }
      : { type: 'Closed', data: { total: BigInt(fields['total'] ?? 0) } };
  },
};
const context: CommandContext = { actor: 'system', correlationId: 'c', at: '2026-01-01T00:00:00.000Z' };
const open = (store: EventStore, more: Partial<StreamsOptions<bigint, Counted>> = {}) =>
  createStreams(store, codec, counter, { category: 'counter', ...more });
const snapshotOf = (event: Counted) => (event.type === 'Closed' ? event.data.total : undefined);
const add = (by: bigint): Command => ({ type: 'Add', by });

describe('streams', () => {
  it('load an absent stream as the first state', async () => {
    const streams = open(new TinyStore());
    expect(streams.streamOf('a')).toBe('counter-a');
    expect(await streams.load('a')).toStrictEqual({ state: 0n, revision: 'no_stream' });
  });

  it('decide, append and give the new state, revision and position', async () => {
    const store = new TinyStore();
    const streams = open(store);
    await streams.handle('b', add(9n), context);
    expect(await streams.handle('a', add(2n), context)).toMatchObject({
      state: 2n,
      revision: 0n,
      position: 1n,
    });
    expect(await streams.handle('a', add(3n), context)).toMatchObject({
      state: 5n,
      revision: 1n,
      position: 2n,
    });
    expect(await open(store).load('a')).toStrictEqual({ state: 5n, revision: 1n });
    expect(store.rows[1]).toMatchObject({
      type: 'Added',
      stream: 'counter-a',
      metadata: { ...context, schemaVersion: 1 },
    });
  });

  it('append nothing for a repetition and say why, and let a refusal through', async () => {
    const store = new TinyStore();
    const told: unknown[] = [];
    const streams = open(store, { onIgnored: (what) => told.push(what) });
    expect(await streams.handle('a', add(0n), context)).toMatchObject({
      ignored: 'NOTHING_TO_ADD',
      position: undefined,
    });
    expect(told).toStrictEqual([{ stream: 'counter-a', command: 'Add', reason: 'NOTHING_TO_ADD' }]);
    await expect(streams.handle('a', add(-1n), context)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    expect(store.rows).toHaveLength(0);
  });

  it('forget what they folded when the store is exchanged for an older copy that grew again', async () => {
    const store = new TinyStore();
    for (const more of [{}, { snapshotOf }]) {
      store.rows.length = 0;
      const streams = open(store, more);
      for (const by of [1n, 2n, 3n]) await streams.handle('a', add(by), context);
      store.rows.length = 1;
      const others = open(store);
      for (const by of [10n, 20n, 30n]) await others.handle('a', add(by), context);
      expect(await streams.load('a')).toStrictEqual({ state: 61n, revision: 3n });
      store.rows.length = 1;
      expect(await streams.load('a')).toStrictEqual({ state: 1n, revision: 0n });
      store.rows.length = 0;
      expect(await streams.load('a')).toStrictEqual({ state: 0n, revision: 'no_stream' });
    }
  });

  it('decide again on fresh state when another got in between', async () => {
    const store = new TinyStore();
    const [streams, other] = [open(store), open(store)];
    await streams.handle('a', add(1n), context);
    store.before = async () => {
      await other.handle('a', add(10n), context);
    };
    expect(await streams.handle('a', add(100n), context)).toMatchObject({ state: 111n, revision: 2n });
    expect(await other.load('a')).toStrictEqual({ state: 111n, revision: 2n });
  });

  it('give up after a bounded number of conflicts', async () => {
    const store = new TinyStore();
    const [streams, other] = [open(store, { attemptsMax: 3 }), open(store)];
    let meddled = 0;
    const meddle = async (): Promise<void> => {
      meddled += 1;
      await other.handle('a', add(1n), context);
      store.before = meddle;
    };
    store.before = meddle;
    await expect(streams.handle('a', add(5n), context)).rejects.toMatchObject({ code: 'REVISION_CONFLICT' });
    expect(meddled).toBe(3);
  });

  it('refuse an expectation that does not fit, at once', async () => {
    const store = new TinyStore();
    const streams = open(store);
    await streams.handle('a', add(1n), context, { expected: 'no_stream' });
    await expect(streams.handle('a', add(1n), context, { expected: 'no_stream' })).rejects.toMatchObject({
      code: 'REVISION_CONFLICT',
    });
    await expect(streams.handle('a', add(1n), context, { expected: 7n })).rejects.toMatchObject({
      code: 'REVISION_CONFLICT',
    });
    expect(await streams.handle('a', add(1n), context, { expected: 0n })).toMatchObject({ revision: 1n });
  });

  it('see an append whose answer was lost', async () => {
    const store = new TinyStore();
    const streams = open(store);
    store.loseAnswer = true;
    await expect(streams.handle('a', add(4n), context)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    store.loseAnswer = false;
    expect(await streams.load('a')).toStrictEqual({ state: 4n, revision: 0n });
  });

  it('make event ids from place and content alone', async () => {
    const ids = async (by: bigint, id = 'a') => {
      const store = new TinyStore();
      await open(store).handle(id, add(by), context);
      return store.rows[0]?.id;
    };
    expect(await ids(1n)).toBe(await ids(1n));
    expect(new Set([await ids(1n), await ids(2n), await ids(1n, 'b')]).size).toBe(3);
  });

  it('load from the newest snapshot, no matter how long the stream is', async () => {
    const store = new TinyStore();
    const writer = open(store, { snapshotOf });
    for (let index = 0; index < 300; index += 1)
      await writer.handle('a', index % 10 === 6 ? { type: 'Close' } : add(1n), context);
    store.read = 0;
    const fresh = open(store, { snapshotOf });
    expect(await fresh.load('a')).toStrictEqual(await open(store).load('a'));
    expect(await fresh.load('b')).toStrictEqual({ state: 0n, revision: 'no_stream' });
    store.read = 0;
    await open(store, { snapshotOf }).load('a');
    expect(store.read).toBeLessThanOrEqual(4);
  });

  it('load a stream without any snapshot, also a very long one', async () => {
    for (const length of [3, 5_001]) {
      const store = new TinyStore();
      const events = Array.from({ length }, (_, index): NewEvent => ({
        id: String(index),
        type: 'Added',
        data: { by: '1' },
        metadata: { ...context, schemaVersion: 1 },
      }));
      await store.append('counter-a', events, 'no_stream');
      expect(await open(store, { snapshotOf }).load('a')).toStrictEqual({
        state: BigInt(length),
        revision: BigInt(length - 1),
      });
    }
  });

  it('see what others appended since they looked', async () => {
    const store = new TinyStore();
    const [one, two] = [open(store, { snapshotOf }), open(store, { snapshotOf })];
    await one.handle('a', add(1n), context);
    await two.handle('a', add(2n), context);
    await two.handle('a', { type: 'Close' }, context);
    await two.handle('a', add(4n), context);
    expect(await one.load('a')).toStrictEqual({ state: 7n, revision: 3n });
  });
});
