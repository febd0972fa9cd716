import { expect, it } from '@jest/globals';
import { keepNewest } from './keep-newest.js';

it('keeps the newest, where putting a key again makes it the newest', () => {
  const map = new Map<string, number>();
  for (const [key, value] of [
    ['a', 1],
    ['b', 2],
    ['a', 3],
    ['c', 4],
  ] as const)
    keepNewest(map, key, value, 2);
  expect([...map]).toStrictEqual([
    ['a', 3],
    ['c', 4],
  ]);
});
