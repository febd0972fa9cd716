import { EVIDENCE_LEVELS, EVIDENCE_VERDICTS, weakerOf } from '#libs/domain';
import { ZERO_HASH } from '#libs/kernel';
import { isAtLeast, levelOf, levelOfGenesis, verdictOf } from './level.js';

describe('levels of evidence', () => {
  it('orders confirmed, stated and proved', () => {
    expect(
      EVIDENCE_LEVELS.map((level) => EVIDENCE_LEVELS.filter((other) => isAtLeast(level, other))),
    ).toEqual([['confirmed'], ['confirmed', 'stated'], ['confirmed', 'stated', 'proved']]);
    expect(weakerOf('proved', 'stated')).toBe('stated');
    expect(weakerOf('confirmed', 'stated')).toBe('confirmed');
  });

  it('gives a segment whose seals are in order the level of its validators', () => {
    for (const level of EVIDENCE_LEVELS) {
      expect(levelOf('valid', level)).toBe(level);
      expect(levelOf('valid-legacy', level)).toBe(level);
    }
  });

  it('gives any other segment the lowest level, whatever its validators are', () => {
    const others = EVIDENCE_VERDICTS.filter((verdict) => !verdict.startsWith('valid'));
    expect(others).toEqual(['unproven', 'invalid', 'none']);
    for (const verdict of others) expect(levelOf(verdict, 'proved')).toBe('confirmed');
  });

  it('proves nothing from block 0 without a genesis document', () => {
    expect(levelOfGenesis({ from: 'genesis' })).toBe('proved');
    expect(levelOfGenesis({ from: 'default' })).toBe('stated');
  });

  it('finds no verdict where there are no seals', () => {
    const certificate = { kind: 'validator-confirmations' as const, hash: ZERO_HASH, confirmed_by: [] };
    expect(verdictOf(certificate)).toBe('none');
  });
});
