import { describe, expect, it } from '@jest/globals';
import { pickSigner, RECENT_SIGNERS, type SignerIndex } from './rota.js';

const SIGNERS: readonly SignerIndex[] = [0, 1, 2, 3];
const ALL = new Set(SIGNERS);

const seal = (
  from: bigint,
  blocks: number,
  keys: ReadonlySet<SignerIndex>,
  start: readonly SignerIndex[],
) => {
  let recent = start;
  return Array.from({ length: blocks }, (_, offset) => {
    const picked = pickSigner(from + BigInt(offset), keys, recent);
    expect(recent).not.toContain(picked?.signer);
    recent = [...recent, ...(picked === undefined ? [] : [picked.signer])].slice(-RECENT_SIGNERS);
    return picked;
  });
};

const histories = SIGNERS.flatMap((one) =>
  SIGNERS.filter((other) => other !== one).map((other) => [one, other] as const),
);

describe('pickSigner', () => {
  it('lets four keys seal in turn with difficulty 2', () => {
    const picked = seal(1n, 8, ALL, []);
    expect(picked.map((turn) => turn?.signer)).toEqual([1, 2, 3, 0, 1, 2, 3, 0]);
    expect(picked.every((turn) => turn?.difficulty === 2n)).toBe(true);
  });

  it.each(SIGNERS)('never stalls with three keys, without signer %i', (missing) => {
    const keys = new Set(SIGNERS.filter((signer) => signer !== missing));
    for (const recent of histories) {
      for (let from = 100n; from < 112n; from += 1n) {
        const picked = seal(from, 24, keys, recent);
        expect(picked).not.toContain(undefined);
        expect(picked.some((turn) => turn?.signer === missing)).toBe(false);
      }
    }
  });

  it('stalls with two keys of four, as Clique does', () => {
    expect(pickSigner(7n, new Set([0, 1]), [0, 1])).toBeUndefined();
  });

  it('falls back into step after any history, within ten blocks', () => {
    for (const recent of histories) {
      for (let from = 100n; from < 112n; from += 1n) {
        const picked = seal(from, 30, ALL, recent);
        expect(picked.slice(10).every((turn) => turn?.difficulty === 2n)).toBe(true);
      }
    }
  });
});
