import { describe, expect, it } from '@jest/globals';
import { consensusRules, DEFAULT_RULES } from '#libs/archive';
import type { SegmentEvidence } from '#libs/domain';
import { ZERO_HASH } from '#libs/kernel';
import { evidenceWarnings, type Found } from './evidence-warnings.js';

const QBFT = consensusRules({ qbft: { epochlength: 10 } });
const planned = { start: 20n, endHash: ZERO_HASH };
const backupWith = (anchor?: bigint) => ({
  released: undefined,
  anchor: anchor === undefined ? undefined : { number: anchor, hash: ZERO_HASH },
});
const fileAt = (start: bigint, evidence: SegmentEvidence) => ({ start, file: `file-${start}`, evidence });
const PROVED = { level: 'proved', verdict: 'valid' } as const;
const STATED = { level: 'stated', verdict: 'valid' } as const;
const INVALID = { level: 'confirmed', verdict: 'invalid' } as const;
const found = (more: Partial<Found>): Found => ({
  ...{ evidence: PROVED, fault: undefined, rules: QBFT, isChosenElsewhere: false, broken: undefined },
  ...more,
});
const codes = (what: Partial<Found>, files: readonly ReturnType<typeof fileAt>[] = [], anchor?: bigint) =>
  evidenceWarnings({ backup: backupWith(anchor), planned }, found(what), files).map(({ code }) => code);

describe('warnings about the evidence of a file', () => {
  it('are none for a file that is as strong as its chain allows', () => {
    expect(codes({}, [fileAt(0n, PROVED)])).toEqual([]);
    expect(codes({ evidence: STATED, rules: DEFAULT_RULES }, [fileAt(0n, STATED)])).toEqual([]);
  });

  it('are none where the genesis lets a contract choose from here on, or ends the seals', () => {
    expect(codes({ evidence: STATED, isChosenElsewhere: true }, [fileAt(0n, PROVED)])).toEqual([]);
    const unsealed = { level: 'confirmed', verdict: 'none' } as const;
    expect(codes({ evidence: unsealed }, [fileAt(0n, PROVED)])).toEqual([]);
  });

  it('name a file that is weaker than its genesis allows, or than a file before it', () => {
    expect(codes({ evidence: STATED })).toEqual(['EVIDENCE_WEAKENED']);
    expect(
      codes({ evidence: { ...STATED, level: 'confirmed' }, rules: DEFAULT_RULES }, [fileAt(0n, STATED)]),
    ).toEqual(['EVIDENCE_WEAKENED']);
  });

  it('go on after an invalid file until an operator re-anchors', () => {
    const files = [fileAt(0n, PROVED), fileAt(10n, INVALID)];
    expect(codes({}, files)).toEqual(['EVIDENCE_WEAKENED']);
    expect(codes({}, files, 19n)).toEqual([]);
  });
});
