import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect } from '@jest/globals';
import { START, type EventStore, type StoredEvent } from '#libs/event-sourcing';
import { openStore } from '../worlds/open-store.js';
import { spawnTs } from './run-ts.js';

/** One line of store-writer.ts: an append or an apply that was acknowledged. */
export type Acknowledged = Readonly<{ kind: string; name: string; at: bigint; batch: string }>;

const BATCH = 3;
const PAGE = 1_000;

/** A process that writes to a store until it is killed, and what it was told is safe. */
export class StoreWriter {
  readonly acknowledged: Acknowledged[] = [];
  private readonly ended: Promise<unknown>;
  private appended: () => void = () => undefined;

  private constructor(private readonly child: ChildProcess) {
    const lines = createInterface({ input: child.stdout! });
    lines.on('line', (line) => {
      const [kind, name, at, batch] = line.split(' ') as [string, string, string, string];
      this.acknowledged.push({ kind, name, at: BigInt(at), batch });
      if (kind === 'append') this.appended();
    });
    this.ended = Promise.all([once(child, 'exit'), once(lines, 'close')]);
  }

  /** `place` as in open-store.ts; `name` is the prefix of its streams. */
  static async start(place: string, name: string): Promise<StoreWriter> {
    const args = [place, name];
    return new StoreWriter(
      spawnTs('test/support/programs/store-writer.ts', { args, stdio: ['ignore', 'pipe', 'inherit'] }),
    );
  }

  /** Resolves after this number of further acknowledged appends, or when the process ends. */
  async writes(count: number): Promise<void> {
    let left = count;
    const enough = new Promise<void>((resolve) => {
      this.appended = () => {
        left -= 1;
        if (left === 0) resolve();
      };
    });
    await Promise.race([enough, this.ended]);
  }

  /** Kills it with -9; fails when it had ended by itself. */
  async kill(): Promise<readonly Acknowledged[]> {
    this.child.kill('SIGKILL');
    await this.ended;
    expect(this.child.signalCode).toBe('SIGKILL');
    return this.acknowledged;
  }
}

export const readWhole = async (store: EventStore): Promise<StoredEvent[]> => {
  const events: StoredEvent[] = [];
  for (;;) {
    const page = await store.readAll(events.at(-1)?.position ?? START, PAGE);
    if (page.length === 0) return events;
    events.push(...page);
  }
};

/** Every stream gap-free, every batch whole and in its place. */
const checkStreams = (events: readonly StoredEvent[]): Map<string, StoredEvent[]> => {
  const streams = new Map<string, StoredEvent[]>();
  for (const event of events) {
    const stream = streams.get(event.stream) ?? [];
    stream.push(event);
    streams.set(event.stream, stream);
  }
  for (const stream of streams.values()) {
    expect(stream.length % BATCH).toBe(0);
    stream.forEach(({ revision, data }, index) => {
      const first = stream[index - (index % BATCH)]!.data as { batch: string };
      expect([revision, data]).toMatchObject([BigInt(index), { batch: first.batch, index: index % BATCH }]);
    });
  }
  return streams;
};

/** Opens the store after a kill and compares it with what was acknowledged: nothing lost, nothing torn. */
export const checkStore = async (
  place: string,
  names: readonly string[],
  acknowledged: readonly Acknowledged[],
): Promise<readonly StoredEvent[]> => {
  const { store, models, close } = await openStore(place);
  try {
    const events = await readWhole(store);
    const streams = checkStreams(events);
    const projected = new Map<string, bigint>();
    for (const projection of names.map((name) => `${name}@1-blue`)) {
      projected.set(projection, (await models.checkpoint(projection)).position);
      const rows = await models.count(projection, 'rows');
      expect(BigInt(rows)).toBe(2n * (projected.get(projection)! + 1n));
    }
    const lost = acknowledged.filter(({ kind, name, at, batch }) =>
      kind === 'apply'
        ? at > projected.get(name)!
        : (streams.get(name)?.[Number(at)]?.data as { batch: string } | undefined)?.batch !== batch,
    );
    expect(lost).toStrictEqual([]);
    return events;
  } finally {
    await close();
  }
};
