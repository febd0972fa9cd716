import { describe, expect, it } from '@jest/globals';
import { bytesToHex, hasCode } from '#libs/kernel';
import fc from 'fast-check';
import { concatBytes } from './bytes.js';
import { createContentRoot } from './content-root.js';
import { keccak256 } from './crypto/keccak.js';

const naive = (hashes: readonly Uint8Array[]): string => {
  let level = hashes.map((hash) => keccak256(concatBytes(Uint8Array.of(0), hash)));
  while (level.length > 1) {
    const next: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const right = level[i + 1];
      const left = level[i]!;
      next.push(right === undefined ? left : keccak256(concatBytes(Uint8Array.of(1), left, right)));
    }
    level = next;
  }
  return bytesToHex(level[0] ?? keccak256(new Uint8Array(0)));
};

describe('content root', () => {
  it('is the root of the whole tree, at every length', () => {
    const hashes = Array.from({ length: 70 }, (_, i) => keccak256(Uint8Array.of(i)));
    const content = createContentRoot();
    expect(content.root()).toBe(naive([]));
    hashes.forEach((hash, i) => {
      content.add(hash);
      expect(content.root()).toBe(naive(hashes.slice(0, i + 1)));
    });
  });

  it('changes with every leaf and with their order', () => {
    const root = (seeds: readonly number[]): string => {
      const content = createContentRoot();
      for (const seed of seeds) content.add(keccak256(Uint8Array.of(seed)));
      return content.root();
    };
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(255), { minLength: 2, maxLength: 40 }), fc.nat(), (seeds, at) => {
        const i = at % (seeds.length - 1);
        const swapped = [...seeds];
        [swapped[i], swapped[i + 1]] = [seeds[i + 1]!, seeds[i]!];
        expect(root(swapped)).not.toBe(root(seeds));
        expect(root(seeds.slice(0, -1))).not.toBe(root(seeds));
      }),
    );
  });

  it('refuses what is no hash', () => {
    try {
      createContentRoot().add(new Uint8Array(31));
      expect('added').toBe('refused');
    } catch (error) {
      expect(hasCode(error, 'INPUT_INVALID')).toBe(true);
    }
  });
});
