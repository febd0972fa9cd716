import { describe, expect, it } from '@jest/globals';
import { TARGET_SNAPSHOT_EVERY, targetDecider, type TargetCommand } from './target.decider.js';
import type { TargetEvent } from './target.events.js';
import { targetSnapshotOf } from './target.state.js';

const at = '2026-01-01T00:00:00.000Z';
const register: TargetCommand = {
  type: 'RegisterTarget',
  targetId: 't',
  consortiumId: 'c',
  environmentId: 'e',
  description: { name: 'bank', membershipId: 'm', provider: 's3', details: {}, destination: 'd' },
  at,
};
const enable: TargetCommand = { type: 'EnableTarget', at };
const deliver = (ordinal: number): TargetCommand => ({
  type: 'RecordDelivery',
  file: `f${ordinal}`,
  ordinal,
  sourceRevision: BigInt(ordinal),
  bytes: 10,
  sha256: 'aa',
  etag: 'x',
  destination: 'd',
  at,
});

describe('the snapshot of a target', () => {
  it('comes within every 500 events and holds the whole state', () => {
    const commands = Array.from({ length: 1_200 }, (_, ordinal) => deliver(ordinal));
    const events: TargetEvent[] = [];
    let state = targetDecider.initialState();
    for (const command of [register, enable, ...commands]) {
      const next = targetDecider.decide(command, state);
      events.push(...next);
      state = next.reduce(targetDecider.evolve, state);
    }
    const at500 = events.findIndex(({ type }) => type === 'TargetSnapshotTaken');
    expect(at500).toBe(TARGET_SNAPSHOT_EVERY);
    expect(events.filter(({ type }) => type === 'TargetSnapshotTaken')).toHaveLength(2);
    const snapshot = events.map(targetSnapshotOf).findLastIndex((found) => found !== undefined);
    const loaded = events
      .slice(snapshot + 1)
      .reduce(targetDecider.evolve, targetSnapshotOf(events[snapshot]!)!);
    expect(loaded).toEqual(state);
    expect(loaded).toMatchObject({ deliveredThrough: 1_199, delivered: { files: 1_200 } });
  });
});
