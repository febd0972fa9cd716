import { describe, expect, it } from '@jest/globals';
import type { Schedule } from './schedule.js';
import { assertSchedule, dueBlockSlot, dueSlot, nextSlots } from './slots.js';

const cron = (expression: string, timeZone = 'UTC'): Schedule => ({
  kind: 'cron',
  cron: expression,
  timeZone,
});
const often = (frequency: 'once' | 'twice' | 'three' | 'four', timeZone = 'UTC'): Schedule => ({
  kind: 'frequency',
  frequency,
  timeZone,
});

describe('assertSchedule', () => {
  it.each<Schedule>([
    often('once'),
    often('four', 'America/Havana'),
    cron('*/15 2 * * 1-5', 'Europe/Berlin'),
    { kind: 'minutes', everyMinutes: 15 },
    { kind: 'blocks', everyBlocks: 10_000 },
  ])('takes %j', (schedule) => {
    expect(() => {
      assertSchedule(schedule);
    }).not.toThrow();
  });

  it.each<Schedule>([
    often('once', 'Mars/Olympus'),
    cron('0 0 * *'),
    cron('0 0 0 * * *'),
    cron('61 * * * *'),
    cron('0 0 30 2 *'),
    cron('hello cron how are you'),
    cron('0 0 * * *', ''),
    { kind: 'minutes', everyMinutes: 14 },
    { kind: 'minutes', everyMinutes: 15.5 },
    { kind: 'minutes', everyMinutes: Number.NaN },
    { kind: 'blocks', everyBlocks: 9_999 },
  ])('refuses %j', (schedule) => {
    let thrown: unknown;
    try {
      assertSchedule(schedule);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'SCHEDULE_INVALID' });
  });
});

describe('nextSlots', () => {
  it.each([
    ['once', ['2026-01-02T00:00', '2026-01-03T00:00', '2026-01-04T00:00', '2026-01-05T00:00']],
    ['twice', ['2026-01-01T12:00', '2026-01-02T00:00', '2026-01-02T12:00', '2026-01-03T00:00']],
    ['three', ['2026-01-01T08:00', '2026-01-01T16:00', '2026-01-02T00:00', '2026-01-02T08:00']],
    ['four', ['2026-01-01T06:00', '2026-01-01T12:00', '2026-01-01T18:00', '2026-01-02T00:00']],
  ] as const)('%s a day', (frequency, slots) => {
    const found = nextSlots(often(frequency), '2026-01-01T00:00:00.000Z', 4);
    expect(found).toStrictEqual(slots.map((slot) => `${slot}:00.000Z`));
  });

  it.each([
    // Berlin: midnight is 23:00 UTC in winter and 22:00 UTC in summer.
    [
      'Europe/Berlin',
      often('twice', 'Europe/Berlin'),
      '2026-03-28T12:00:00.000Z',
      ['2026-03-28T23:00', '2026-03-29T10:00', '2026-03-29T22:00'],
    ],
    [
      'Europe/Berlin',
      often('twice', 'Europe/Berlin'),
      '2026-10-24T12:00:00.000Z',
      ['2026-10-24T22:00', '2026-10-25T11:00', '2026-10-25T23:00'],
    ],
    // 02:30 does not exist on 29 March: 03:00 summer time. It comes twice on 25 October: the first.
    [
      'Berlin gap',
      cron('30 2 * * *', 'Europe/Berlin'),
      '2026-03-28T12:00:00.000Z',
      ['2026-03-29T01:00', '2026-03-30T00:30'],
    ],
    [
      'Berlin twice',
      cron('30 2 * * *', 'Europe/Berlin'),
      '2026-10-24T12:00:00.000Z',
      ['2026-10-25T00:30', '2026-10-26T01:30'],
    ],
    // Two slots in one gap are one instant.
    [
      'Berlin one',
      cron('15,45 2 * * *', 'Europe/Berlin'),
      '2026-03-28T12:00:00.000Z',
      ['2026-03-29T01:00', '2026-03-30T00:15'],
    ],
    // Havana leaves out midnight itself (8 March 2026) and has it twice on 1 November.
    [
      'Havana gap',
      often('once', 'America/Havana'),
      '2026-03-07T12:00:00.000Z',
      ['2026-03-08T05:00', '2026-03-09T04:00'],
    ],
    [
      'Havana twice',
      often('once', 'America/Havana'),
      '2026-10-31T12:00:00.000Z',
      ['2026-11-01T04:00', '2026-11-02T05:00'],
    ],
    // Lord Howe moves by half an hour: 02:00 becomes 02:30 on 4 October, and 01:45 comes twice on 5 April.
    [
      'Lord Howe gap',
      cron('15 2 * * *', 'Australia/Lord_Howe'),
      '2026-10-03T00:00:00.000Z',
      ['2026-10-03T15:30', '2026-10-04T15:15'],
    ],
    [
      'Lord Howe twice',
      cron('45 1 * * *', 'Australia/Lord_Howe'),
      '2026-04-04T00:00:00.000Z',
      ['2026-04-04T14:45', '2026-04-05T15:15'],
    ],
  ] as const)('%s', (_name, schedule, after, slots) => {
    expect(nextSlots(schedule, after, slots.length)).toStrictEqual(slots.map((slot) => `${slot}:00.000Z`));
  });

  it('counts minutes from 1970, and has none for blocks', () => {
    const after = '2026-01-01T00:07:00.000Z';
    expect(nextSlots({ kind: 'minutes', everyMinutes: 15 }, after, 2)).toStrictEqual([
      '2026-01-01T00:15:00.000Z',
      '2026-01-01T00:30:00.000Z',
    ]);
    expect(nextSlots({ kind: 'blocks', everyBlocks: 10_000 }, after, 2)).toStrictEqual([]);
    expect(nextSlots(often('once'), after, 0)).toStrictEqual([]);
  });
});

describe('dueSlot', () => {
  it('is in (after, now]', () => {
    const at = '2026-01-02T00:00:00.000Z';
    expect(dueSlot(often('once'), '2026-01-01T12:00:00.000Z', at)).toBe(at);
    expect(dueSlot(often('once'), at, '2026-01-02T23:59:59.999Z')).toBeUndefined();
    expect(dueSlot(often('once'), '2026-01-01T23:59:59.999Z', at)).toBe(at);
    expect(dueSlot(often('once'), at, '2026-01-01T00:00:00.000Z')).toBeUndefined();
  });

  it('catches up once what was missed, with the newest', () => {
    expect(dueSlot(often('four'), '2026-01-01T00:00:00.000Z', '2026-01-09T13:00:00.000Z')).toBe(
      '2026-01-09T12:00:00.000Z',
    );
    expect(dueSlot(cron('0 3 29 2 *'), '2020-01-01T00:00:00.000Z', '2026-01-09T13:00:00.000Z')).toBe(
      '2024-02-29T03:00:00.000Z',
    );
  });

  it.each<Schedule>([
    often('once', 'Europe/Berlin'),
    cron('* * * * *'),
    cron('0 3 29 2 *'),
    { kind: 'minutes', everyMinutes: 15 },
  ])('finds the newest slot also when nothing ran for fifty years: %j', (schedule) => {
    const now = '2026-01-09T13:00:30.000Z';
    expect(dueSlot(schedule, '1976-01-01T00:00:00.000Z', now)).toBe(
      dueSlot(schedule, '2020-01-01T00:00:00.000Z', now),
    );
  });
});

describe('dueBlockSlot', () => {
  it('is the newest multiple of N above the tip that the head has reached', () => {
    expect(dueBlockSlot(10_000, 500n, 10_499n)).toBeUndefined();
    expect(dueBlockSlot(10_000, 500n, 10_500n)).toBe(10_500n);
    expect(dueBlockSlot(10_000, 500n, 39_000n)).toBe(30_500n);
    expect(dueBlockSlot(10_000, undefined, 9_998n)).toBeUndefined();
    expect(dueBlockSlot(10_000, undefined, 9_999n)).toBe(9_999n);
    expect(dueBlockSlot(10_000, 500n, 20n)).toBeUndefined();
  });
});
