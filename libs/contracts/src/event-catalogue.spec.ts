import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { CATALOGUE } from '#libs/kernel';
import { rangeAgreedFromV1 } from './backup.events.js';
import { EVENT_CONTRACTS } from './event-catalogue.js';
import { errorCode } from './primitives.js';

it.each(Object.entries(EVENT_CONTRACTS))('%s can be decoded by a generated function', (_type, { schema }) => {
  // One that can't be is decoded all the same, several times slower: rebuilds would be too.
  expect(() => z.compile(schema, { strict: true })).not.toThrow();
});

it('reads a code that an older version wrote by its present name, writes codes as they are, and refuses others', () => {
  expect(errorCode.parse('VALIDATORS_DIFFER')).toBe('CERTIFICATE_VALIDATORS_WRONG');
  expect(z.encode(errorCode, 'SEAL_INVALID')).toBe('SEAL_INVALID');
  expect(errorCode.safeParse('NO_SUCH_CODE').success).toBe(false);
});

it('gives warnings that an older version wrote as codes the words of the catalogue', () => {
  expect(rangeAgreedFromV1({ runId: 'r', warnings: ['MONITOR_STALLED', 'VALIDATORS_DIFFER'] })).toStrictEqual(
    {
      runId: 'r',
      warnings: [
        { code: 'MONITOR_STALLED', message: CATALOGUE.MONITOR_STALLED.meaning },
        { code: 'CERTIFICATE_VALIDATORS_WRONG', message: CATALOGUE.CERTIFICATE_VALIDATORS_WRONG.meaning },
      ],
    },
  );
});
