import { describe, expect, it } from '@jest/globals';
import { CATALOGUE, type ErrorCode } from '#libs/kernel';
import { anEnvironment } from '#libs/projections/testing';
import { toRunAnswer } from './run.handler.js';

type Row = Parameters<typeof toRunAnswer>[1];
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

const environment = anEnvironment();

describe('a run as the API answers it', () => {
  it.each([
    ['VALIDATOR_UNREACHABLE', 'VALIDATOR_UNREACHABLE', CATALOGUE.VALIDATOR_UNREACHABLE.hint],
    ['NODE_CHAIN_MISMATCH', 'NODE_FOREIGN', CATALOGUE.NODE_FOREIGN.hint],
    ['TARGET_SUSPENDED', 'TARGET_SUSPENDED', CATALOGUE.INTERNAL.hint],
    ['toString', 'toString', CATALOGUE.INTERNAL.hint],
  ])('with the stored code %s', (stored, code, hint) => {
    const error = { code: stored as ErrorCode, message: 'm' };
    expect(toRunAnswer(environment, { ...row, error })).toMatchObject({
      ...row,
      error: { code, message: 'm', hint },
      findings: [{ code, severity: 'error', message: 'The run failed: m', cure: hint }],
    });
  });

  it('without an error', () => {
    expect(toRunAnswer(environment, row)).toEqual({ ...row, findings: [] });
  });

  it('names each code of its warnings once, and has all of them in words', () => {
    const warnings = ['one', 'two'].map((message) => ({ code: 'VALIDATOR_SET_DIFFERS', message }) as const);
    const answer = toRunAnswer(environment, { ...row, state: 'completed', warnings });
    expect(answer.warnings).toEqual(['VALIDATOR_SET_DIFFERS']);
    expect(answer.findings).toMatchObject([{ severity: 'warning', message: 'one (1 more like this)' }]);
  });
});
