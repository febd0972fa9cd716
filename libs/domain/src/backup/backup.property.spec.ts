import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fold } from '#libs/event-sourcing';
import { toInstant } from '#libs/kernel';
import {
  canonicalFiles,
  emptyHistory,
  evolveHistory,
  supersededStarts,
  type History,
} from '../history/history.js';
import type { BackupCommand } from './backup.commands.js';
import { backupDecider, backupSnapshotOf } from './backup.decider.js';
import type { BackupEvent, SegmentRecord } from './backup.events.js';
import type { BackupState } from './backup.state.js';
import { agreeOn, blockHash, CLOSED, OPEN, recordNext, requestOf, T0 } from './backup.testing.js';

/** Enough for a run that replaces files by fewer blocks. */
const STILL_STEPS = 30;

/** A random life of one environment: its events, its state and its chain, which may be reorganised. */
class Life {
  readonly events: BackupEvent[] = [];
  state: BackupState = backupDecider.initialState();
  history: History = emptyHistory();
  /** Where each chain begins: the newest holds from there on. */
  private readonly forks: { from: bigint; chain: number }[] = [];
  private runs = 0;
  private still = 0;
  head = 5n;
  private nowMs = T0;
  readonly chain = (height: bigint): number => this.forks.findLast(({ from }) => height >= from)?.chain ?? 0;

  give(command: BackupCommand): readonly BackupEvent[] {
    const events = backupDecider.decide(command, this.state);
    for (const event of events) {
      this.state = backupDecider.evolve(this.state, event);
      this.history = evolveHistory(this.history, event, BigInt(this.events.length));
      this.events.push(event);
    }
    expect(backupDecider.decide(command, this.state)).toHaveProperty('ignored');
    return events;
  }

  tick(deltaMs: number): string {
    this.nowMs += deltaMs;
    return toInstant(this.nowMs);
  }

  request(at: string, slot: boolean, enabled: boolean): void {
    const command = requestOf(
      `run-${(this.runs += 1)}`,
      { requestedAt: at, ...(slot ? { slot: { kind: 'time', at } } : {}) },
      enabled ? OPEN : CLOSED,
    );
    try {
      this.give(command);
    } catch (error) {
      expect(error).toMatchObject({ code: 'BACKUP_DISABLED' });
    }
  }

  grow(blocks: number): void {
    if (this.still > 0) this.still -= 1;
    else this.head += BigInt(blocks);
  }

  /** The chain is another one from `from` on, and may be shorter for a while. */
  reorganise(from: bigint, shorter: boolean): void {
    if (shorter) {
      this.head = from;
      this.still = STILL_STEPS;
    }
    this.forks.push({ from, chain: this.forks.length + 1 });
  }

  /** What the resolver would do with a requested run. */
  resolve(at: string, segmentBlocks: number): void {
    if (this.state.status !== 'requested') return;
    const { runId } = this.state.run;
    const files = canonicalFiles(this.history);
    const stale = files.findIndex(({ end, endHash }) => endHash !== blockHash(this.chain(end), end));
    const kept = files[stale - 1];
    const keep = kept === undefined ? null : { number: kept.end, hash: kept.endHash };
    const tip = stale < 0 ? this.state.tip : (keep ?? undefined);
    const start = tip === undefined ? 0n : tip.number + 1n;
    if (start > this.head) {
      this.give({ type: 'SkipBackup', runId, reason: 'NO_NEW_BLOCK', at });
      return;
    }
    const starts = stale < 0 ? [] : files.slice(stale).map((file) => file.start);
    this.give(
      agreeOn(this.state, runId, {
        end: this.head,
        at,
        chain: this.chain,
        segmentBlocks,
        supersededStarts: [...supersededStarts(this.history, start), ...starts],
        ...(stale < 0 ? {} : { keep }),
      }),
    );
  }

  export(at: string, enabled: boolean): void {
    const command = recordNext(this.state, { enabled, at });
    if (command === undefined) return;
    const { end, endHash, start } = command.segment;
    const gone = blockHash(this.chain(end), end) !== endHash;
    const broken = command.segment.parentHash !== blockHash(this.chain(start - 1n), start - 1n);
    if (gone || broken) this.fail(at, 'RANGE_MOVED');
    else this.give(command);
  }

  fail(at: string, code: 'RANGE_MOVED' | 'NODE_UNREACHABLE'): void {
    if (this.state.status === 'idle') return;
    this.give({ type: 'FailBackup', runId: this.state.run.runId, code, message: 'x', retryable: true, at });
  }

  dispute(at: string): void {
    if (this.state.status !== 'requested') return;
    const none = { confirmations: [], departures: [] };
    const { runId } = this.state.run;
    this.give({
      type: 'DisputeRange',
      runId,
      code: 'VALIDATOR_DIFFERS',
      retryable: true,
      reason: 'x',
      ...none,
      at,
    });
  }
}

const step = fc.record({
  action: fc.constantFrom(
    'request',
    'request',
    'resolve',
    'resolve',
    'resolve',
    'export',
    'export',
    'export',
    'export',
    'export all',
    'export all',
    'fail',
    'dispute',
    'fork',
    'fork',
    'overdue',
  ),
  deltaMs: fc.constantFrom(1, 0, 1, 60_000, -3_600_000, 7),
  grow: fc.nat(40),
  size: fc.integer({ min: 3, max: 15 }),
  enabled: fc.constantFrom(true, true, true, true, false),
  coin: fc.boolean(),
  depth: fc.nat(60),
});

const act = (
  life: Life,
  {
    action,
    deltaMs,
    grow,
    size,
    enabled,
    coin,
    depth,
  }: typeof step extends fc.Arbitrary<infer T> ? T : never,
): void => {
  const at = life.tick(deltaMs);
  life.grow(grow);
  switch (action) {
    case 'request':
      life.request(at, coin, enabled);
      return;
    case 'resolve':
      life.resolve(at, size);
      return;
    case 'export':
      life.export(at, enabled);
      return;
    case 'export all':
      while (life.state.status === 'exporting') life.export(life.tick(1), true);
      return;
    case 'fail':
      life.fail(at, coin ? 'RANGE_MOVED' : 'NODE_UNREACHABLE');
      return;
    case 'dispute':
      life.dispute(at);
      return;
    case 'fork': {
      // Most forks begin a little below the last end.
      const top = coin ? life.head : (life.state.tip?.number ?? life.head);
      if (top > BigInt(depth)) life.reorganise(top - BigInt(depth), size % 2 === 0);
      return;
    }
    case 'overdue':
      life.give({ type: 'NoteOverdue', since: at, at });
  }
};

const fromNewestSnapshot = (events: readonly BackupEvent[]): BackupState => {
  const index = events.findLastIndex((event) => backupSnapshotOf(event) !== undefined);
  const newest = events[index];
  const snapshot = newest && backupSnapshotOf(newest);
  return snapshot ? fold(backupDecider, events.slice(index + 1), snapshot) : fold(backupDecider, events);
};

const exportedBy = (events: readonly BackupEvent[]): readonly SegmentRecord[] =>
  events.flatMap((event) => (event.type === 'SegmentExported' ? [event.data] : []));

/** "The newest date for a start block", followed from block 0. */
const newestChain = (files: readonly SegmentRecord[]): readonly SegmentRecord[] => {
  const newest = new Map<bigint, SegmentRecord>();
  for (const file of files)
    if ((newest.get(file.start)?.date ?? '') < file.date) newest.set(file.start, file);
  return [...newest.values()].sort((a, b) => (a.start < b.start ? -1 : 1));
};

const checkFiles = (life: Life): void => {
  const files = exportedBy(life.events);
  expect(files.every(({ ordinal }, index) => ordinal === index)).toBe(true);
  expect(files.every(({ date }, index) => date > (files[index - 1]?.date ?? ''))).toBe(true);
  expect(new Set(files.map(({ file }) => file)).size).toBe(files.length);
  const canonical = canonicalFiles(life.history);
  const { events } = life;
  const lowered = events.findLast(({ type }) => type === 'SegmentsSuperseded');
  // Every supersession is recorded together with what replaces it, and only then.
  if (lowered?.type === 'SegmentsSuperseded') {
    const { throughOrdinal, replacedThrough = -1 } = lowered.data;
    expect(replacedThrough).toBeGreaterThan(throughOrdinal);
    expect(files.length).toBeGreaterThan(replacedThrough);
  }
  const joined = canonical.every(({ start, parentHash }, index) => {
    const before = canonical[index - 1];
    return start === (before ? before.end + 1n : 0n) && (!before || parentHash === before.endHash);
  });
  expect(joined).toBe(true);
  const last = canonical.at(-1);
  expect(life.state.tip).toStrictEqual(last && { number: last.end, hash: last.endHash });
  // Until the superseded region is covered again its old files are the newest there.
  if (life.state.supersededThrough !== undefined) return;
  expect(newestChain(files).map(({ file }) => file)).toStrictEqual(canonical.map(({ file }) => file));
};

/** Does every segment belong to the one run that is agreed and not closed? */
const oneAtATime = (events: readonly BackupEvent[]): boolean => {
  let running: string | undefined;
  return events.every((event) => {
    if (event.type === 'SegmentExported') return event.data.runId === running;
    if (event.type === 'RangeAgreed') {
      const free = running === undefined;
      running = event.data.runId;
      return free;
    }
    if (event.type === 'BackupCompleted' || event.type === 'BackupFailed') running = undefined;
    return true;
  });
};

describe('any life of an environment', () => {
  it('keeps the invariants, and loads from the newest snapshot as from the whole stream', () => {
    const seen = { superseded: 0, exported: 0, covered: 0 };
    fc.assert(
      fc.property(fc.array(step, { minLength: 60, maxLength: 200 }), (steps) => {
        const life = new Life();
        let open = 0;
        for (const each of steps) {
          const before = life.events.length;
          act(life, each);
          if (life.events.length > before) checkFiles(life);
          if (open > 0 && life.state.supersededThrough === undefined) seen.covered += 1;
          open = life.state.supersededThrough === undefined ? 0 : 1;
        }
        const whole = fold(backupDecider, life.events);
        expect(life.state).toStrictEqual(whole);
        expect(fromNewestSnapshot(life.events)).toStrictEqual(whole);
        const stored = JSON.parse(
          JSON.stringify(life.events, (_k, v: unknown) => (typeof v === 'bigint' ? `n${v}` : v)),
          (_k, v: unknown) => (typeof v === 'string' && /^n\d+$/.test(v) ? BigInt(v.slice(1)) : v),
        ) as BackupEvent[];
        expect(fromNewestSnapshot(stored)).toStrictEqual(whole);
        expect(oneAtATime(life.events)).toBe(true);
        seen.exported += exportedBy(life.events).length;
        seen.superseded += life.events.filter(({ type }) => type === 'SegmentsSuperseded').length;
      }),
      { numRuns: 200 },
    );
    expect(seen.exported).toBeGreaterThan(1_000);
    expect(seen.superseded).toBeGreaterThan(30);
    expect(seen.covered).toBeGreaterThan(3);
  });
});
