/** @proves Slots of every schedule follow the clock and the time zone without a gap or a repeat. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toEpochMs, toInstant, type Instant } from '#libs/kernel';
import { backupDecider } from '../backup/backup.decider.js';
import type { BackupEvent } from '../backup/backup.events.js';
import { requestOf } from '../backup/backup.testing.js';
import type { BackupState } from '../backup/backup.state.js';
import type { Frequency, Schedule } from './schedule.js';
import { dueSlot, nextSlots } from './slots.js';

const HOUR = 3_600_000;
const slotsIn = (schedule: Schedule, after: Instant, through: Instant): readonly Instant[] => {
  const found: Instant[] = [];
  for (let from = after; ;) {
    const page = nextSlots(schedule, from, 8);
    found.push(...page.filter((slot) => slot <= through));
    const last = page.at(-1);
    if (last === undefined || last > through) return found;
    from = last;
  }
};

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/Havana',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/St_Johns',
  'Pacific/Apia',
];
const schedules = fc.oneof(
  fc.record({
    kind: fc.constant('frequency' as const),
    frequency: fc.constantFrom('once', 'twice', 'three', 'four'),
    timeZone: fc.constantFrom(...ZONES),
  }),
  fc.record({
    kind: fc.constant('cron' as const),
    cron: fc.constantFrom(
      '*/20 * * * *',
      '30 2 * * *',
      '15,45 1-3 * * *',
      '0 0 * * 0',
      '10 */5 * * *',
      '0 12 1 * *',
    ),
    timeZone: fc.constantFrom(...ZONES),
  }),
  fc.record({ kind: fc.constant('minutes' as const), everyMinutes: fc.integer({ min: 15, max: 2_000 }) }),
) as fc.Arbitrary<Schedule>;
/** Days around which some of the zones change their clocks in 2026. */
const begin = fc
  .tuple(
    fc.constantFrom(
      '2026-03-07',
      '2026-03-28',
      '2026-04-04',
      '2026-10-03',
      '2026-10-24',
      '2026-10-31',
      '2026-06-01',
    ),
    fc.nat(24 * 60),
  )
  .map(([day, minutes]) => Date.parse(`${day}T00:00:00.000Z`) + minutes * 60_000);

describe('slots over time', () => {
  it('rise strictly, lie after the start, and do not depend on where one begins to count', () => {
    fc.assert(
      fc.property(schedules, begin, fc.nat(48 * 60), (schedule, fromMs, later) => {
        const all = nextSlots(schedule, toInstant(fromMs), 12);
        all.forEach((slot, index) => {
          expect(slot > (all[index - 1] ?? toInstant(fromMs))).toBe(true);
        });
        const middle = toInstant(fromMs + later * 60_000);
        const expected = all.filter((slot) => slot > middle);
        expect(nextSlots(schedule, middle, 12).slice(0, expected.length)).toStrictEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('fire exactly once each, however time is divided, when nobody is late', () => {
    fc.assert(
      fc.property(
        schedules,
        begin,
        fc.array(fc.integer({ min: 1, max: 14 }), { minLength: 1, maxLength: 200 }),
        (schedule, fromMs, steps) => {
          let now = fromMs;
          const fired: Instant[] = [];
          // Steps below 15 minutes: no two slots of these schedules fall into one.
          for (const minutes of steps) {
            const slot = dueSlot(schedule, toInstant(now), toInstant(now + minutes * 60_000));
            if (slot !== undefined) fired.push(slot);
            now += minutes * 60_000;
          }
          expect(fired).toStrictEqual(slotsIn(schedule, toInstant(fromMs), toInstant(now)));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are caught up once, with the newest, over any partition of time', () => {
    fc.assert(
      fc.property(
        schedules,
        begin,
        fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 20 }),
        (schedule, fromMs, steps) => {
          let now = fromMs;
          for (const minutes of steps) {
            const [after, until] = [toInstant(now), toInstant(now + minutes * 60_000)];
            expect(dueSlot(schedule, after, until)).toBe(slotsIn(schedule, after, until).at(-1));
            now += minutes * 60_000;
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('three schedulers over 48 hours with a change of clocks', () => {
  const frequencies: readonly Frequency[] = ['once', 'twice', 'three', 'four'];
  const changes = [
    ['Europe/Berlin', '2026-03-28T10:30:00.000Z', 47],
    ['Europe/Berlin', '2026-10-24T10:30:00.000Z', 49],
    ['America/Havana', '2026-03-07T10:30:00.000Z', 47],
    ['America/Havana', '2026-10-31T10:30:00.000Z', 49],
    ['Australia/Lord_Howe', '2026-10-03T03:30:00.000Z', 47.5],
    ['Australia/Lord_Howe', '2026-04-04T03:30:00.000Z', 48.5],
  ] as const;
  const cases = changes.flatMap(([zone, from, hours]) =>
    frequencies.map((frequency) => [frequency, zone, from, hours] as const),
  );

  it.each(cases)(
    '%s in %s from %s: one run a slot in %s hours (two days of the wall clock)',
    (frequency, timeZone, from, hours) => {
      const schedule: Schedule = { kind: 'frequency', frequency, timeZone };
      const count = { once: 2, twice: 4, three: 6, four: 8 }[frequency];
      fc.assert(
        fc.property(
          fc.noShrink(fc.infiniteStream(fc.nat(2))),
          fc.noShrink(fc.infiniteStream(fc.integer({ min: 60_000, max: 3_600_000 }))),
          (who, waits) => {
            let state: BackupState = backupDecider.initialState();
            const made: BackupEvent[] = [];
            // What each scheduler read last: it may be old, the store's state decides.
            const seen: (Instant | undefined)[] = [from, from, from];
            const startMs = toEpochMs(from);
            const endMs = startMs + hours * HOUR;
            let asked = 0;
            for (let now = startMs; now < endMs;) {
              now = Math.min(endMs, now + Number(waits.next().value));
              const scheduler = Number(who.next().value);
              const slot = dueSlot(schedule, seen[scheduler] ?? from, toInstant(now));
              if (slot !== undefined) {
                const command = requestOf(`run-${(asked += 1)}`, {
                  trigger: 'schedule',
                  slot: { kind: 'time', at: slot },
                  requestedAt: toInstant(now),
                });
                const events = backupDecider.decide(command, state);
                made.push(...events);
                state = events.reduce(backupDecider.evolve, state);
                seen[scheduler] = state.lastTimeSlot;
              }
            }
            const slots = made.map(
              (event) =>
                event.type === 'BackupRequested' && event.data.slot?.kind === 'time' && event.data.slot.at,
            );
            expect(slots).toStrictEqual(slotsIn(schedule, from, toInstant(endMs)));
            expect(slots).toHaveLength(count);
          },
        ),
        { numRuns: 5 },
      );
    },
  );
});
