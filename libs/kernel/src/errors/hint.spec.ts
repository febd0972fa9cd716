import { describe, expect, it } from '@jest/globals';
import { CATALOGUE, hintOf } from './catalogue.js';
import { CodedError, innermostCode } from './coded-error.js';

describe('the hint of an error', () => {
  it.each([
    ['its own', 'VALIDATOR_BEHIND', undefined, CATALOGUE.VALIDATOR_BEHIND.hint],
    [
      "the cause's, where the code only wraps it",
      'MONITOR_UNREACHABLE',
      'NODE_AUTH_FAILED',
      CATALOGUE.NODE_AUTH_FAILED.hint,
    ],
    ['its own without a known cause', 'MONITOR_UNREACHABLE', 'GONE', CATALOGUE.MONITOR_UNREACHABLE.hint],
    [
      'its own, where it says more than the cause',
      'SERVICE_OUTDATED',
      'RESOURCE_NOT_FOUND',
      CATALOGUE.SERVICE_OUTDATED.hint,
    ],
    ['that of the present name', 'NODE_CHAIN_MISMATCH', undefined, CATALOGUE.NODE_FOREIGN.hint],
    ['general advice for a code that has gone', 'TARGET_SUSPENDED', undefined, CATALOGUE.INTERNAL.hint],
    ['general advice for a name of every object', 'toString', undefined, CATALOGUE.INTERNAL.hint],
  ])('is %s', (_name, code, cause, hint) => {
    expect(hintOf(code, cause)).toBe(hint);
  });

  it('of a thrown error is that of the innermost cause, through every wrapper', () => {
    const full = new CodedError('TARGET_FULL', 'No space left.', { cause: new Error('ENOSPC') });
    const again = new CodedError('TARGET_FULL', 'No space left in the bucket.', { cause: full });
    const managed = new CodedError('MANAGED_UNAVAILABLE', 'The managed bucket cannot be used.', {
      cause: again,
    });
    expect(managed).toMatchObject({ code: 'MANAGED_UNAVAILABLE', hint: CATALOGUE.TARGET_FULL.hint });
    expect(innermostCode(managed)).toBe('TARGET_FULL');
    expect(innermostCode(new Error('uncoded', { cause: full }))).toBeUndefined();
    const { hint } = new CodedError('MANAGED_UNAVAILABLE', 'No bucket.', { cause: new Error('uncoded') });
    expect(hint).toBe(CATALOGUE.MANAGED_UNAVAILABLE.hint);
  });
});
