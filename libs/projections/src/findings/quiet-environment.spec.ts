import { describe, expect, it } from '@jest/globals';
import { anEnvironment, minute } from '../testing.js';
import { allAt, backup, brief, found, lookAt, run } from './testing.js';

describe('findings of a quiet environment', () => {
  it('leave out what ended a run once enough validators said that nothing is new, and keep its warnings', () => {
    const looked = run({
      state: 'disputed',
      error: { code: 'VALIDATOR_BEHIND', message: 'v1' },
      warnings: [{ code: 'VALIDATOR_SET_DIFFERS', message: 'v9 is missing.' }],
    });
    const after = (skip_reason: 'NO_NEW_BLOCK' | 'BACKUP_DISABLED') =>
      found({ runs: [run({ _id: 'r2', state: 'skipped', skip_reason }), looked] }).map(({ code }) => code);
    expect(after('NO_NEW_BLOCK')).toEqual(['VALIDATOR_SET_DIFFERS']);
    expect(after('BACKUP_DISABLED')).toContain('VALIDATOR_BEHIND');
  });

  it('call blocks late only when slots passed since a run covered the chain, or since backups were turned on', () => {
    const now = minute(30 * 1440);
    const woken = { now, look: lookAt(allAt(130n)) };
    const old = { lastDate: minute(58), lastSuccessAt: minute(58) };
    expect(brief({ ...woken, backup: backup(old) })).not.toEqual([]);
    expect(brief({ ...woken, backup: backup({ ...old, lastSuccessAt: now }) })).toEqual([]);
    const environment = { ...anEnvironment(), enabledAt: now };
    expect(brief({ ...woken, backup: backup(old), environment })).toEqual([]);
  });
});
