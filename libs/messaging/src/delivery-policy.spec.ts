import { describe, expect, it } from '@jest/globals';
import { CodedError, toCodedError } from '#libs/kernel';
import { DELIVERY_POLICY, describeFailure, judgeFailure } from './delivery-policy.js';

const judge = (error: unknown, attempt: number) => judgeFailure(error, attempt, 0.5, DELIVERY_POLICY);

describe('judgeFailure', () => {
  it.each(['STORE_UNAVAILABLE', 'EVENT_UNKNOWN', 'REVISION_CONFLICT'] as const)(
    'retries %s without end, with a capped delay',
    (code) => {
      const error = new CodedError(code, 'Later.');
      expect(judge(error, 1)).toStrictEqual({ kind: 'retry', delayMs: 75 });
      expect(judge(error, 5_000)).toStrictEqual({ kind: 'retry', delayMs: 22_500 });
    },
  );

  it.each(['SECRET_UNREADABLE', 'STORE_NEWER', 'BUS_DENIED', 'PROJECTION_BEHIND'] as const)(
    'never sets an event aside for %s, a fault of ours',
    (code) => {
      expect(judge(new CodedError(code, 'Ours.'), 5_000)).toMatchObject({ kind: 'retry' });
      const wrapped = new CodedError('MANAGED_OBJECT_DAMAGED', 'Theirs?', {
        cause: new CodedError(code, 'Ours.'),
      });
      expect(judge(wrapped, 5_000)).toMatchObject({ kind: 'retry' });
    },
  );

  it('sets a non-retryable error aside at once', () => {
    expect(judge(new CodedError('EVENT_INVALID', 'Never.'), 1)).toStrictEqual({ kind: 'dead-letter' });
  });

  it.each([
    ['an uncoded error', new TypeError('x is not a function')],
    ['an error wrapped as INTERNAL', toCodedError(new Error('oops'))],
    ['a thrown string', 'oops'],
  ])('retries %s a few times, then sets it aside', (_what, error) => {
    const verdicts = [1, 2, 3, 4, 5].map((attempt) => judge(error, attempt).kind);
    expect(verdicts).toStrictEqual(['retry', 'retry', 'retry', 'retry', 'dead-letter']);
  });
});

describe('describeFailure', () => {
  it('names code and text of anything thrown', () => {
    expect(describeFailure(new CodedError('EVENT_INVALID', 'Bad.'))).toStrictEqual({
      code: 'EVENT_INVALID',
      message: 'Bad.',
    });
    expect(describeFailure(new Error('oops'))).toStrictEqual({ code: 'INTERNAL', message: 'oops' });
    expect(describeFailure(undefined)).toStrictEqual({ code: 'INTERNAL', message: 'undefined' });
  });
});
