import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { EVENT_CONTRACTS } from './event-catalogue.js';

it.each(Object.entries(EVENT_CONTRACTS))('%s can be decoded by a generated function', (_type, { schema }) => {
  // One that can't be is decoded all the same, several times slower: rebuilds would be too.
  expect(() => z.compile(schema, { strict: true })).not.toThrow();
});
