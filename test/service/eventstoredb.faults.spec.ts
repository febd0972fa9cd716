/** @proves The EventStoreDB adapter survives silence, lost answers and restarts of the server (DOUBLE). */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { START, type StoredEvent } from '#libs/event-sourcing';
import { EventStoreDbClient, type EventStoreDbOptions } from '#libs/event-store/adapters/eventstoredb-client';
import { EventStoreDbEventStore } from '#libs/event-store/adapters/eventstoredb.event-store';
import { anEvent, idsOf, some } from '#libs/event-store/testing';
import { KurrentDouble, type KurrentOptions } from '../support/simulated/kurrentdb-double.js';
import { spawnTs } from '../support/programs/run-ts.js';

type Opened = Readonly<{ double: KurrentDouble; store: EventStoreDbEventStore }>;

describe('the EventStoreDB adapter when things go wrong (DOUBLE)', () => {
  let directory: string;
  let closers: (() => Promise<void>)[];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chainkeep-esdb-'));
    closers = [];
  });
  afterEach(async () => {
    for (const close of closers.reverse()) await close();
    await rm(directory, { recursive: true });
  });

  const aDouble = async (options: KurrentOptions = {}): Promise<KurrentDouble> => {
    const double = await KurrentDouble.start(options);
    closers.push(() => double.stop());
    return double;
  };
  const aStore = (options: EventStoreDbOptions): EventStoreDbEventStore => {
    const client = EventStoreDbClient.open({ callMaxMs: 240_000, unavailableMaxMs: 240_000, ...options });
    const store = new EventStoreDbEventStore(client, { prefix: 'ck', categories: ['s'] });
    closers.push(async () => {
      await store.close();
      await client.close();
    });
    return store;
  };
  const opened = async (): Promise<Opened> => {
    const double = await aDouble({ file: join(directory, 'log') });
    return { double, store: aStore({ url: double.url }) };
  };

  it('never takes the batch append, which has no deadline, although the server offers it', async () => {
    const { double, store } = await opened();
    await store.append('s-1', some(3), 'no_stream');
    expect(double.calls).toMatchObject({ append: 1, batchAppend: 0 });
  });

  it('appends once when the answer is lost', async () => {
    const { double, store } = await opened();
    double.faults.unanswered = 2;
    const events = some(3);
    const result = await store.append('s-1', events, 'no_stream');
    expect(double.calls.append).toBe(2 + 1);
    expect(idsOf(await store.readAll(START, 10))).toStrictEqual(idsOf(events));
    expect(await store.head()).toBe(result.position);
  });

  it('tries again while the server is not ready, and at the leader it is told of', async () => {
    const { double, store } = await opened();
    double.faults.unavailable = 3;
    await store.append('s-1', some(1), 'no_stream');
    double.faults.notLeader = 1;
    await store.append('s-1', some(1), 0n);
    double.faults.unavailable = 2;
    expect(await store.readAll(START, 10)).toHaveLength(2);
  });

  it('gives up on a silent server in time, and works once it speaks', async () => {
    const { double, store: patient } = await opened();
    const store = aStore({ url: double.url, callMaxMs: 150, unavailableMaxMs: 200 });
    await patient.append('s-1', some(1), 'no_stream');
    double.silence(true);
    await expect(store.append('s-1', some(1), 0n)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      retryable: true,
    });
    await expect(store.readAll(START, 1)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    double.silence(false);
    await patient.append('s-2', some(1), 'no_stream');
  });

  it('refuses what the server calls too large, with all that is in the batch', async () => {
    const { store } = await opened();
    const large = [1, 2, 3].map(() => anEvent({ data: { text: 'x'.repeat(500_000) } }));
    await expect(store.append('s-1', large, 'any')).rejects.toMatchObject({ code: 'EVENT_TOO_LARGE' });
    expect(await store.head()).toBe(START);
  });

  it.each<[string, (double: KurrentDouble) => Promise<void>]>([
    [
      'its link is cut',
      async (double) => {
        double.cut();
      },
    ],
    ['the server restarts', (double) => double.restart(150)],
  ])('a subscription goes on without loss or repetition when %s', async (_what, happens) => {
    const { double, store } = await opened();
    const written: string[] = [];
    const write = async (): Promise<void> => {
      for (let round = 0; round < 40; round += 1) {
        const events = some(2);
        if (round % 10 === 5) await happens(double);
        await store.append(`s-${round % 3}`, events, 'any');
        written.push(...idsOf(events));
      }
    };
    const writing = write();
    const stop = new AbortController();
    const seen: StoredEvent[] = [];
    for await (const item of store.subscribe({ after: START, signal: stop.signal })) {
      if (item.kind === 'event') seen.push(item.event);
      if (seen.length === 80) stop.abort();
    }
    await writing;
    expect(idsOf(seen)).toStrictEqual(written);
  });

  it('goes on when the server is killed with -9 and started again', async () => {
    const spawn = async (port: number) => {
      const args = [String(port), join(directory, 'log')];
      const child = spawnTs('test/support/simulated/kurrentdb-double-main.ts', {
        args,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      closers.push(async () => {
        if (child.exitCode === null && child.signalCode === null) {
          child.kill('SIGKILL');
          await once(child, 'exit');
        }
      });
      const [line] = (await once(child.stdout!, 'data')) as [Buffer];
      return { child, url: line.toString().trim() };
    };
    const first = await spawn(0);
    const store = aStore({ url: first.url });
    const events = some(3);
    await store.append('s-1', [events[0]!], 'no_stream');
    const ended = once(first.child, 'exit');
    first.child.kill('SIGKILL');
    await ended;
    const appended = store.append('s-1', [events[1]!], 0n);
    await spawn(Number(new URL(first.url).port));
    await appended;
    await store.append('s-1', [events[2]!], 1n);
    expect(idsOf(await store.readAll(START, 10))).toStrictEqual(idsOf(events));
  });

  it('a subscription ends with STORE_UNAVAILABLE when the server stays away', async () => {
    const { double, store: patient } = await opened();
    await patient.append('s-1', some(1), 'no_stream');
    const store = aStore({ url: double.url, callMaxMs: 200, unavailableMaxMs: 300 });
    const follow = async (): Promise<void> => {
      for await (const item of store.subscribe({ after: START, signal: new AbortController().signal }))
        if (item.kind === 'caught-up') double.silence(true);
    };
    await expect(follow()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    double.silence(false);
  });

  it('finds the node of a cluster by gossip', async () => {
    const double = await aDouble();
    const store = aStore({ url: `esdb+discover://127.0.0.1:${double.port}?tls=false&nodePreference=leader` });
    await store.append('s-1', some(1), 'no_stream');
    expect(double.calls.append).toBe(1);
  });
});
