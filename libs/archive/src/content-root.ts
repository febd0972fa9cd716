import { bytesToHex, CodedError, type Hex } from '#libs/kernel';
import { EMPTY_BYTES } from './bytes.js';
import { keccak256 } from './crypto/keccak.js';

const HASH_BYTES = 32;
const LEAF = 0x00;
const NODE = 0x01;

/**
 * The content root of a run of blocks: equal for every honest exporter, whatever seals its copies carry.
 *
 * Format (version 1): a binary Merkle tree over the blocks' seal-free hashes in the order of their numbers.
 *   leaf = keccak256(0x00 ++ sealFreeHash)
 *   node = keccak256(0x01 ++ left ++ right)
 * Each level pairs its nodes from the left; a last node without a partner moves up unchanged. The root is the one
 * node left. The root of no blocks is keccak256 of nothing. (The shape is that of RFC 6962.)
 */
export type ContentRoot = Readonly<{
  /** Adds the next block's 32-byte hash. */
  add: (sealFreeHash: Uint8Array) => void;
  /** The root of all that was added so far; more may be added afterwards. */
  root: () => Hex;
}>;

/** An empty content root; keeps one hash per level (O(log n)). */
export const createContentRoot = (): ContentRoot => {
  /** Roots of full subtrees, the larger first; bit i of `count` says whether one of 2^i leaves is among them. */
  const peaks: Uint8Array[] = [];
  const leaf = new Uint8Array(1 + HASH_BYTES).fill(LEAF);
  const node = new Uint8Array(1 + 2 * HASH_BYTES).fill(NODE);
  let count = 0;

  const join = (left: Uint8Array, right: Uint8Array): Uint8Array => {
    node.set(left, 1);
    node.set(right, 1 + HASH_BYTES);
    return keccak256(node);
  };

  return {
    add: (sealFreeHash) => {
      if (sealFreeHash.length !== HASH_BYTES)
        throw new CodedError('INPUT_INVALID', 'A seal-free hash must have 32 bytes.', {
          context: { bytes: sealFreeHash.length },
        });
      leaf.set(sealFreeHash, 1);
      let top = keccak256(leaf);
      for (let rest = count; rest % 2 === 1; rest = (rest - 1) / 2) {
        const left = peaks.pop();
        if (left !== undefined) top = join(left, top);
      }
      peaks.push(top);
      count += 1;
    },
    root: () => {
      const all = [...peaks];
      let top = all.pop();
      for (let left = all.pop(); left !== undefined && top !== undefined; left = all.pop())
        top = join(left, top);
      return bytesToHex(top ?? keccak256(EMPTY_BYTES));
    },
  };
};
