import { expect, it } from '@jest/globals';
import { durationMs } from './duration.js';

it.each([
  ['PT0S', 0],
  ['PT90S', 90_000],
  ['PT10M', 600_000],
  ['P1DT12H', 129_600_000],
  ['P1W', 604_800_000],
])('reads %s', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

it.each(['', 'P', 'PT', 'P1DT', '10M', 'PT1.5H', 'P1Y', 'PT-1M', ' PT1M'])('refuses "%s"', (text) => {
  expect(durationMs(text)).toBeUndefined();
});
