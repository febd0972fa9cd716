import { describe, expect, it } from '@jest/globals';
import type { ErrorCode } from '#libs/kernel';
import { evidencePolicy, DEFAULT_BACKUP_SETTINGS, type Genesis } from '../environment/environment.decider.js';
import { backupDecider, backupSnapshotOf } from './backup.decider.js';
import {
  agreeStep,
  block,
  blockHash,
  minute,
  nextStep,
  play,
  requestStep,
  stateOf,
  type Step,
} from './backup.testing.js';

const failStep =
  (runId: string, code: ErrorCode): Step =>
  () => ({ type: 'FailBackup', runId, code, message: 'm', retryable: false, at: minute(3) });
const releaseStep =
  (runId: string): Step =>
  () => ({ type: 'ReleaseSegment', runId, reason: 'checked by hand', at: minute(4) });
const reanchorStep: Step = () => ({ type: 'Reanchor', reason: 'new client', at: minute(5) });

/** The first file of two is recorded, the second held back. */
const held = [
  requestStep('r1'),
  agreeStep('r1', { end: 19n }),
  nextStep(),
  failStep('r1', 'CERTIFICATE_INVALID'),
];
const second = { runId: 'r1', start: 10n, end: 19n, endHash: blockHash(0, 19n) };

describe('a file that is held back', () => {
  it.each(['CERTIFICATE_INVALID', 'EVIDENCE_WEAKENED'] as const)('is known after %s', (code) => {
    const events = play(...held.slice(0, -1), failStep('r1', code));
    expect(stateOf(events)).toMatchObject({ status: 'idle', tip: block(0, 9n), held: second });
    expect(backupSnapshotOf(events.at(-1)!)).toEqual(stateOf(events));
  });

  it('is not known after any other failure', () => {
    const events = play(...held.slice(0, -1), failStep('r1', 'NODE_UNREACHABLE'));
    expect(stateOf(events).held).toBeUndefined();
  });

  it('is released by an operator with a reason, once, and only by the name of its run', () => {
    const events = play(...held, releaseStep('r1'));
    const data = { ...second, reason: 'checked by hand', at: minute(4) };
    expect(events.at(-1)).toEqual({ type: 'SegmentReleased', data });
    expect(stateOf(events).released).toEqual({ ...second, reason: 'checked by hand' });
    expect(play(...held, releaseStep('r1'), releaseStep('r1'))).toEqual(events);
    expect(() => play(...held, releaseStep('r0'))).toThrow(
      expect.objectContaining({ code: 'NOTHING_TO_RELEASE' }),
    );
  });

  it('stays released until a file is recorded in its place', () => {
    const next = [requestStep('r2'), agreeStep('r2', { end: 19n })];
    const before = stateOf(play(...held, releaseStep('r1'), ...next));
    expect(before.released?.runId).toBe('r1');
    const after = stateOf(play(...held, releaseStep('r1'), ...next, nextStep()));
    expect(after).toMatchObject({ tip: block(0, 19n), held: undefined, released: undefined });
  });

  it('must be released again when it is held back again, perhaps with other blocks', () => {
    const other = agreeStep('r2', { end: 19n, chain: (height) => (height < 10n ? 0 : 1) });
    const next = [requestStep('r2'), other, failStep('r2', 'CERTIFICATE_INVALID')];
    const again = play(...held, releaseStep('r1'), ...next);
    expect(stateOf(again)).toMatchObject({
      held: { runId: 'r2', endHash: blockHash(1, 19n) },
      released: undefined,
    });
  });
});

describe('the anchor that evidence is followed from', () => {
  it('is the last backed-up block, by an operator', () => {
    const events = play(requestStep('r1'), agreeStep('r1', { end: 9n }), nextStep(), reanchorStep);
    const data = { block: block(0, 9n), reason: 'new client', at: minute(5) };
    expect(events.at(-1)).toEqual({ type: 'EvidenceReanchored', data });
    const later = play(
      ...[requestStep('r1'), agreeStep('r1', { end: 9n }), nextStep(), reanchorStep],
      ...[requestStep('r2'), agreeStep('r2', { end: 19n }), nextStep()],
    );
    expect(backupSnapshotOf(later.at(-1)!)?.anchor).toEqual(block(0, 9n));
  });

  it('cannot be set before anything is backed up', () => {
    const idle = backupDecider.initialState();
    expect(() => backupDecider.decide(reanchorStep(idle), idle)).toThrow(
      expect.objectContaining({ code: 'NOTHING_TO_REANCHOR' }),
    );
  });
});

describe('the policy of evidence', () => {
  const genesis: Genesis = { version: 1, sha256: 's', genesisHash: '0x00', key: 'k', bytes: 1 };
  const of = (environment: Partial<Parameters<typeof evidencePolicy>[0]>) =>
    evidencePolicy({ settings: DEFAULT_BACKUP_SETTINGS, genesis, consensus: 'qbft', ...environment });

  it('requires evidence where the genesis of a sealing consensus is known', () => {
    for (const consensus of ['clique', 'ibft', 'ibft2', 'qbft'] as const)
      expect(of({ consensus })).toBe('require');
  });

  it('records otherwise', () => {
    expect(of({ genesis: undefined })).toBe('record');
    expect(of({ consensus: 'raft' })).toBe('record');
    expect(of({ consensus: 'other' })).toBe('record');
  });

  it('is what the settings say', () => {
    expect(of({ settings: { ...DEFAULT_BACKUP_SETTINGS, evidence: 'record' } })).toBe('record');
    expect(of({ settings: { ...DEFAULT_BACKUP_SETTINGS, evidence: 'require' }, genesis: undefined })).toBe(
      'require',
    );
  });
});
