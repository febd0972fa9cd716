import { describe, expect, it } from '@jest/globals';
import type { BackupCommand } from '../backup/backup.commands.js';
import { backupDecider } from '../backup/backup.decider.js';
import type { BackupEvent } from '../backup/backup.events.js';
import type { BackupState } from '../backup/backup.state.js';
import { agreeOn, block, minute, recordNext, requestOf } from '../backup/backup.testing.js';
import { canonicalFiles, emptyHistory, evolveHistory, historyThrough, supersededStarts } from './history.js';

const play = (
  steps: readonly ((state: BackupState) => BackupCommand | undefined)[],
): readonly BackupEvent[] => {
  const events: BackupEvent[] = [];
  let state = backupDecider.initialState();
  for (const step of steps) {
    const command = step(state);
    if (command === undefined) throw new RangeError('No command.');
    const made = backupDecider.decide(command, state);
    state = made.reduce(backupDecider.evolve, state);
    events.push(...made);
  }
  return events;
};
const historyOf = (events: readonly BackupEvent[]) =>
  events.reduce((history, event, index) => evolveHistory(history, event, BigInt(index)), emptyHistory());
const next = (state: BackupState) => recordNext(state);
const chain = (height: bigint) => (height >= 15n ? 1 : 0);

const first = [
  () => requestOf('a'),
  (state: BackupState) => agreeOn(state, 'a', { end: 29n }),
  next,
  next,
  next,
];
const superseding = [
  ...first,
  () => requestOf('b'),
  (state: BackupState) =>
    agreeOn(state, 'b', {
      end: 34n,
      at: minute(60),
      chain,
      segmentBlocks: 15,
      supersededStarts: [10n, 20n],
      keep: block(0, 9n),
    }),
  next,
];
const replacing = [...superseding, next];

describe('the history of an environment', () => {
  it('lists every file since block 0, the newest file of the last completed run as latest', () => {
    const events = play(first);
    const { entries, latestBackup, revision } = historyOf(events);
    expect(
      entries.map(({ ordinal, start, end, canonical, runId }) => [ordinal, start, end, canonical, runId]),
    ).toStrictEqual([
      [0, 0n, 9n, true, 'a'],
      [1, 10n, 19n, true, 'a'],
      [2, 20n, 29n, true, 'a'],
    ]);
    expect(latestBackup).toBe('2026-01-01T00:01:00.002Z');
    expect(revision).toBe(BigInt(events.length) - 1n);
    for (const entry of entries) expect(events[Number(entry.revision)]?.type).toBe('SegmentExported');
  });

  it('has no latest backup before a run completed, and keeps it over empty and failed runs', () => {
    expect(historyOf(play(first.slice(0, 4))).latestBackup).toBeUndefined();
    const more = play([
      ...first,
      () => requestOf('b'),
      () => ({ type: 'SkipBackup', runId: 'b', reason: 'NO_NEW_BLOCK', at: minute(9) }),
      () => requestOf('c'),
      (state) => agreeOn(state, 'c', { end: 49n, at: minute(10) }),
      next,
      () => ({
        type: 'FailBackup',
        runId: 'c',
        code: 'NODE_UNREACHABLE',
        message: 'x',
        retryable: true,
        at: minute(11),
      }),
    ]);
    expect(historyOf(more)).toMatchObject({ latestBackup: '2026-01-01T00:01:00.002Z' });
    expect(historyOf(more).entries).toHaveLength(4);
  });

  it('marks superseded files, keeps them, and cuts the new ones at their starts', () => {
    const staged = historyOf(play(superseding));
    expect(staged.entries.map(({ canonical }) => canonical)).toStrictEqual([true, true, true]);
    const replaced = historyOf(play([...replacing]));
    expect(replaced.entries.map(({ start, end, canonical }) => [start, end, canonical])).toStrictEqual([
      [0n, 9n, true],
      [10n, 19n, false],
      [20n, 29n, false],
      [10n, 19n, true],
      [20n, 34n, true],
    ]);
    expect(canonicalFiles(replaced).map(({ ordinal }) => ordinal)).toStrictEqual([0, 3, 4]);
    expect(supersededStarts(replaced, 0n)).toStrictEqual([10n, 20n]);
    expect(supersededStarts(replaced, 11n)).toStrictEqual([20n]);
  });

  it('keeps the files of a run whose range moved: the next run judges them', () => {
    const moved = play([
      ...first,
      () => requestOf('c'),
      (state) => agreeOn(state, 'c', { end: 49n, at: minute(10) }),
      next,
      () => ({
        type: 'FailBackup',
        runId: 'c',
        code: 'RANGE_MOVED',
        message: 'x',
        retryable: true,
        at: minute(11),
      }),
    ]);
    expect(historyOf(moved).entries.map(({ canonical }) => canonical)).toStrictEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  it('does not touch a history that was folded before', () => {
    const events = play(replacing);
    const at = events.findIndex(({ type }) => type === 'SegmentsSuperseded');
    const before = historyOf(events.slice(0, at));
    evolveHistory(before, events[at] ?? requestEvent(events), 9n);
    expect(before.entries.every(({ canonical }) => canonical)).toBe(true);
  });

  it('shows files as canonical until their whole replacement is at hand', () => {
    const history = historyOf(play(replacing));
    const seen = (through: number) =>
      historyThrough(history, through).map(({ ordinal, canonical }) => [ordinal, canonical]);
    expect(seen(1)).toStrictEqual([
      [0, true],
      [1, true],
    ]);
    for (const through of [2, 3])
      expect(seen(through)).toStrictEqual([
        [0, true],
        [1, true],
        [2, true],
      ]);
    expect(seen(4)).toStrictEqual([
      [0, true],
      [1, false],
      [2, false],
      [3, true],
      [4, true],
    ]);
  });
});

const requestEvent = (events: readonly BackupEvent[]): BackupEvent => {
  const [event] = events;
  if (event === undefined) throw new RangeError('No event.');
  return event;
};
