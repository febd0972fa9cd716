import { describe, expect, it } from '@jest/globals';
import { CATALOGUE, type ErrorCode } from '#libs/kernel';
import { toRunAnswer } from './run.handler.js';

type Row = Parameters<typeof toRunAnswer>[0];
const row: Row = {
  _id: 'r',
  environment_id: 'e',
  trigger: 'manual',
  state: 'failed',
  requested_at: '2026-01-31T12:00:00.000Z',
  attempt: 0,
  phases: [],
  confirmations: [],
  departures: [],
  files: [],
  warnings: [],
};

describe('a run as the API answers it', () => {
  it.each([
    ['VALIDATOR_UNREACHABLE', 'VALIDATOR_UNREACHABLE', CATALOGUE.VALIDATOR_UNREACHABLE.hint],
    ['NODE_CHAIN_MISMATCH', 'NODE_FOREIGN', CATALOGUE.NODE_FOREIGN.hint],
    ['TARGET_SUSPENDED', 'TARGET_SUSPENDED', CATALOGUE.INTERNAL.hint],
    ['toString', 'toString', CATALOGUE.INTERNAL.hint],
  ])('with the stored code %s', (stored, code, hint) => {
    const error = { code: stored as ErrorCode, message: 'm' };
    expect(toRunAnswer({ ...row, error })).toEqual({ ...row, error: { code, message: 'm', hint } });
  });

  it('without an error', () => {
    expect(toRunAnswer(row)).toEqual(row);
  });
});
