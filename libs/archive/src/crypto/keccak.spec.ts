/**
 * @proves keccak-256 equals another implementation for every length up to five blocks, 3,000 random messages and 3 MB.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { getBytes, keccak256 as byEthers } from 'ethers';

import { keccak256 } from './keccak.js';

const byOther = (bytes: Uint8Array): Uint8Array => getBytes(byEthers(bytes));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const pattern = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 255);

describe('keccak256', () => {
  it('of nothing and of "abc" are the published digests', () => {
    expect(hex(keccak256(new Uint8Array(0)))).toBe(
      'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470',
    );
    expect(hex(keccak256(Buffer.from('abc')))).toBe(
      '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45',
    );
  });

  it('equals another implementation for every length of up to five blocks', () => {
    for (let length = 0; length <= 5 * 136 + 1; length += 1)
      expect(hex(keccak256(pattern(length)))).toBe(hex(byOther(pattern(length))));
  });

  it('equals another implementation for 3,000 random messages, read at any place of a buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.nat(10), (bytes, from) => {
        const message = bytes.subarray(Math.min(from, bytes.length));
        expect(hex(keccak256(message))).toBe(hex(byOther(message)));
      }),
      { numRuns: 3000 },
    );
  });

  it('hashes messages longer than its buffer, and short ones after them', () => {
    for (const length of [65_536, 3_000_001, 200, 65_535])
      expect(hex(keccak256(pattern(length)))).toBe(hex(byOther(pattern(length))));
  });

  it('gives a digest that later messages leave alone', () => {
    const first = keccak256(pattern(40));
    const kept = hex(first);
    keccak256(pattern(41));
    expect(hex(first)).toBe(kept);
  });
});
