import { beforeEach, describe, expect, it } from '@jest/globals';
import { START, type EventStore, type StoredEvent } from '#libs/event-sourcing';
import { Clock, CodedError } from '#libs/kernel';
import { MemoryEventStore } from './adapters/memory.event-store.js';
import { MemoryStoreMemory } from './adapters/memory.store-memory.js';
import { GuardedEventStore, type GuardedUse } from './guarded.event-store.js';
import { foundInstallation, openIdentity } from './identity.js';
import { StoreGuard } from './store-guard.js';
import { anEvent, exchangeable, some } from './testing.js';

class SetClock extends Clock {
  ms = 0;
  nowMs = (): number => Date.UTC(2026, 1, 1) + this.ms;
  override monotonicMs = (): number => this.ms;
  sleep = async (): Promise<void> => undefined;
}

const at = '2026-02-01T00:00:00.000Z';
const where = 'EventStoreDB at a:2113 (prefix ck)';

/** The first events of a store, as an older copy of it holds them. */
const copyOf = async (store: EventStore, limit: number): Promise<MemoryEventStore> => {
  const copy = new MemoryEventStore();
  for (const { stream, revision, position: _, ...event } of await store.readAll(START, limit))
    await copy.append(stream, [event], revision === 0n ? 'no_stream' : revision - 1n);
  return copy;
};

describe('a store that is exchanged under a running process', () => {
  let first: MemoryEventStore;
  let memory: MemoryStoreMemory;
  let clock: SetClock;
  let guard: StoreGuard;
  /** What the process is connected to, as a server that is replaced would be. */
  let server: EventStore;
  let links = 0;

  const using = (use: GuardedUse): GuardedEventStore => new GuardedEventStore(connection, guard, use);
  const connection = exchangeable(() => ({ store: server, links }));
  const exchange = (store: EventStore): void => {
    server = store;
    links += 1;
  };

  beforeEach(async () => {
    first = new MemoryEventStore();
    server = first;
    memory = new MemoryStoreMemory();
    clock = new SetClock();
    const parts = { store: first, memory, where };
    const installation = await openIdentity({ ...parts, at, isInUse: async () => false });
    guard = new StoreGuard({ ...parts, store: connection, installation, clock });
    await using('work').append('backup-a', some(5), 'no_stream');
  });
  const code = async (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => 'done',
      (error: unknown) => (error instanceof CodedError ? error.code : String(error)),
    );

  it('goes on with a copy that has everything', async () => {
    exchange(await copyOf(first, 100));
    expect(await code(using('work').append('backup-a', [anEvent()], 4n))).toBe('done');
  });

  it('does nothing on an older copy, also one that grew again, and says so until it is accepted', async () => {
    const older = await copyOf(first, 3);
    await older.append('backup-a', some(5), 1n);
    exchange(older);
    const [work, view] = [using('work'), using('view')];
    expect(await code(work.append('backup-a', [anEvent()], 6n))).toBe('STORE_REWOUND');
    expect(await code(work.head())).toBe('STORE_REWOUND');
    expect(await code(view.head())).toBe('done');
    expect(await code(view.append('backup-a', [anEvent()], 6n))).toBe('STORE_REWOUND');
    expect(await guard.outage()).toMatchObject({ error: { code: 'STORE_REWOUND' }, since: at });
    expect((await memory.recall())?.stopped).toMatchObject({ lost: { stream: 'backup-a', revision: 4n } });
    clock.ms += 60_000;
    expect(await code(work.head())).toBe('STORE_REWOUND');
    await memory.update({ stopped: null });
    clock.ms += 1_000;
    expect(await code(work.append('backup-a', [anEvent()], 6n))).toBe('done');
  });

  it('ends subscriptions, so that who follows proves its checkpoint again', async () => {
    const seen: StoredEvent[] = [];
    const following = (async () => {
      const signal = new AbortController().signal;
      for await (const item of using('view').subscribe({ after: START, signal })) {
        if (item.kind === 'event') seen.push(item.event);
        else exchange(await copyOf(first, 2));
        if (item.kind === 'caught-up') await first.append('backup-b', [anEvent()], 'no_stream');
      }
    })();
    expect(await code(following)).toBe('STORE_REWOUND');
    expect(seen).toHaveLength(6);
    expect(await code(using('view').head())).toBe('done');
  });

  it('refuses everything on an empty store and on that of another installation', async () => {
    const other = new MemoryEventStore();
    await foundInstallation(other, 'another', at);
    for (const store of [new MemoryEventStore(), other]) {
      exchange(store);
      for (const use of ['work', 'view'] as const) {
        expect(await code(using(use).head())).toBe('STORE_FOREIGN');
        expect(await code(using(use).append('backup-a', [anEvent()], 'any'))).toBe('STORE_FOREIGN');
      }
    }
    exchange(first);
    expect(await code(using('work').head())).toBe('done');
  });

  it('looks after an outage, and every 5 s', async () => {
    const work = using('work');
    let looks = 0;
    const recall = memory.recall.bind(memory);
    memory.recall = async () => {
      looks += 1;
      return recall();
    };
    await work.head();
    await work.head();
    expect(looks).toBe(0);
    clock.ms += 5_000;
    await work.head();
    expect(looks).toBe(1);
    server = Object.assign(Object.create(first) as MemoryEventStore, {
      head: () => Promise.reject(new CodedError('STORE_UNAVAILABLE', 'Gone.')),
    });
    expect(await code(work.head())).toBe('STORE_UNAVAILABLE');
    server = await copyOf(first, 2);
    expect(await code(work.head())).toBe('STORE_REWOUND');
  });

  it('is told at the next start, by the event that was noted', async () => {
    clock.ms += 5_000;
    await using('work').head();
    exchange(await copyOf(first, 3));
    const installation = (await memory.recall())?.installation ?? '';
    guard = new StoreGuard({ store: connection, memory, where, installation, clock });
    expect(await code(using('work').head())).toBe('STORE_REWOUND');
  });
});
