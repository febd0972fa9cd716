import { describe, expect, it } from '@jest/globals';
import { ownVectors } from '../testing.js';
import { readBlockSeals } from './block-seals.js';

describe('seals of real blocks', () => {
  const all = ownVectors().blocks;

  it('are those of validators that the block itself lists', () => {
    const counts = new Map<string, number>();
    for (const { bytes } of all) {
      const { number, consensus, seals, listed, proposer } = readBlockSeals(bytes);
      if (number === 0n || !['ibft', 'qbft'].includes(consensus)) continue;
      expect(seals.length).toBeGreaterThanOrEqual(Math.ceil((2 * listed.length) / 3));
      for (const { signer, offset } of seals) {
        expect(listed).toContain(signer);
        expect(offset).toBeGreaterThan(500);
      }
      expect(listed).toContain(proposer);
      counts.set(consensus, (counts.get(consensus) ?? 0) + seals.length);
    }
    expect(counts.get('ibft')).toBeGreaterThan(20);
    expect(counts.get('qbft')).toBeGreaterThan(20);
  });
});
