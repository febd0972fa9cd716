import { describe, expect, it } from '@jest/globals';
import { EMPTY_LIST_HASH, EMPTY_TRIE_ROOT } from './block.js';
import { keccak256 } from './crypto/keccak.js';
import { encodeRlp } from './rlp/writer.js';
import { secureTrieRoot, trieRoot } from './trie.js';

const SIZES = [3, 10, 31, 32, 33, 60, 110, 300];
const item = (i: number): Uint8Array =>
  Uint8Array.from({ length: SIZES[i % SIZES.length] ?? 0 }, (_, k) => (i * 7 + k * 13 + 1) & 255);
const items = (count: number): Uint8Array[] => Array.from({ length: count }, (_, i) => item(i));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Roots that another implementation (@ethereumjs/mpt 10, key by key) made of the same items. */
const INDEXED: readonly (readonly [number, string])[] = [
  [1, 'c24f16045c4482ed63abb7566e88712651fbb2224cfcf66505f94d8aa4f453cc'],
  [2, 'acdf1c9527eeb98bfec4c12d0445ff6a8462b27823a089bdcfa5555133470c26'],
  [3, '16e5bd9eedc3de2dbac5a829cf544873c52d1db1e3746ba20e46899d2e3027a1'],
  [17, '20432d81cd922a8572fab6f7bfa94744161a63aea7d5f1ddab09d30e7447003d'],
  [127, '2e7fc2ea4f3ef93b164e876916732ba0cc03a25f8e592ab8fd7390e33349d408'],
  [128, '7779c3440dfc411a6d774b86ff60b0bc50f80f2dcd43049f7a703951e02a4cc4'],
  [129, '9e6b5cbaa7eed01438471800a3bdce29309a7e53ff43b24a67ab7e4c108c4362'],
  [256, 'd4a0e1f033a45ea283334320c1bcd21fd062f8cef54d9971789628e46361fe57'],
  [257, '3c75bd5bf91172a5c238c03bfe74adcecfd69dd62dc8d8fab37801743b30f049'],
  [1000, 'b8e4230e127f84a1bbbaf79a707922ac8b1b36e05d5d4ffa17dad5c173596957'],
];
const HASHED: readonly (readonly [number, string])[] = [
  [1, 'e28fd90e46a76f1bdadd613dd8cb74da17eb0ccaf5af5736967840d5d55d1bf0'],
  [2, '6fe9d9d2c04e9cc82dbb48d2cd56a7d0c13e990ffed889eb25d4572e3142bfa1'],
  [50, 'c74d9366bc728778967e4e8ce859305b086290c33cf1ed76adb7e157a1642bfd'],
  [500, 'fcb16a1393373d02a42667b7fbefbeeacc25e0f31e301dcdea732121c27e5754'],
];

describe('trie roots', () => {
  it.each(INDEXED)('of %d indexed items', (count, root) => {
    expect(hex(trieRoot(items(count)))).toBe(root);
  });

  it.each(HASHED)('of %d hashed keys', (count, root) => {
    const entries = items(count).map((value, i) => ({
      key: keccak256(Uint8Array.of(i & 255, i >> 8)).subarray(0, 20),
      value,
    }));
    expect(hex(secureTrieRoot(entries))).toBe(root);
    expect(hex(secureTrieRoot(entries.reverse()))).toBe(root);
  });

  it('of an item larger than the memory of the hash function at first', () => {
    const value = Uint8Array.from({ length: 150_000 }, (_, k) => k & 255);
    // A leaf for index 0: its key is 0x80, two nibbles with the flag of a leaf, and the value.
    const leaf = encodeRlp([Uint8Array.of(0x20, 0x80), value]);
    expect(hex(trieRoot([value]))).toBe(hex(keccak256(leaf)));
  });

  it('of nothing are the known constants', () => {
    expect(trieRoot([])).toEqual(EMPTY_TRIE_ROOT);
    expect(secureTrieRoot([])).toEqual(EMPTY_TRIE_ROOT);
    expect(keccak256(encodeRlp([]))).toEqual(EMPTY_LIST_HASH);
  });
});
