import { describe, expect, it } from '@jest/globals';
import {
  agreeStep,
  block,
  minute,
  nextStep,
  play,
  requestStep,
  stateOf,
  types,
  type Step,
} from './backup.testing.js';

/** Blocks 0 to 29 in three files. */
const three = [requestStep('r1'), agreeStep('r1', { end: 29n }), nextStep(), nextStep(), nextStep()];
/** The chain that the nodes hold instead from block 10 on. */
const chain = (height: bigint): number => (height > 9n ? 1 : 0);
/** A run that replaces the last two files by two with a lower end. */
const replacing = [
  ...three,
  requestStep('r2'),
  agreeStep('r2', { end: 25n, chain, keep: block(0, 9n) }),
  nextStep(),
];
const dispute =
  (more: object = {}): Step =>
  () => ({
    type: 'DisputeRange',
    ...{ runId: 'r2', code: 'SUPERSESSION_PENDING', retryable: true, reason: 'Two chains.' },
    ...{ confirmations: [], departures: [], at: minute(5) },
    ...more,
  });
const decide =
  (decision: 'keep' | 'supersede'): Step =>
  () => ({ type: 'DecideSupersession', decision, reason: 'asked', at: minute(6) });

describe('a run that replaces files', () => {
  it('supersedes them and records all of its files in one decision, with a lower end', () => {
    const staged = play(...replacing);
    expect(staged.at(-1)?.type).toBe('SegmentStaged');
    expect(stateOf(staged).tip).toEqual(block(0, 29n));
    const done = play(...replacing, nextStep());
    expect(types(done.slice(staged.length))).toEqual([
      'SegmentsSuperseded',
      'SegmentExported',
      'SegmentExported',
      'BackupCompleted',
    ]);
    expect(stateOf(done).tip).toEqual(block(1, 25n));
  });

  it('is not ended by a resolver that comes late, only by its exporter', () => {
    expect(play(...replacing, dispute())).toEqual(play(...replacing));
    const ended = play(...replacing, dispute({ whileExporting: true }));
    expect(ended.at(-1)?.type).toBe('RangeDisputed');
    expect(ended.at(-1)?.data).not.toHaveProperty('whileExporting');
    expect(stateOf(ended)).toMatchObject({ status: 'idle', tip: block(0, 29n) });
  });

  it('replaces nothing once an operator decided to keep the files', () => {
    const other = block(1, 10n);
    const question = { code: 'SUPERSESSION_PENDING', fromBlock: 10n, other };
    const steps = [
      ...three,
      requestStep('r2'),
      dispute({ question }),
      decide('supersede'),
      requestStep('r3'),
      agreeStep('r3', { end: 15n, chain, keep: block(0, 9n), replaces: { other, isDecided: true } }),
    ];
    expect(types(play(...steps, nextStep()))).toContain('SegmentsSuperseded');
    expect(() => play(...steps, decide('keep'), nextStep())).toThrow(
      expect.objectContaining({ code: 'SUPERSESSION_PENDING' }),
    );
  });
});
