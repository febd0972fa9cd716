import { keccak256 } from './crypto/keccak.js';
import { prefixSize, stringSize, wrapList, writePrefix, writeString } from './rlp/writer.js';

/**
 * Merkle Patricia roots of whole sets at once: keys are sorted, so every node covers a run of them and nothing is
 * stored. No key may be the beginning of another (true of RLP indices and of hashes).
 */

const HASH_BYTES = 32;
const EMPTY_SLOT = Uint8Array.of(0x80);
const HASH_PREFIX = 0xa0;
const BRANCH_SLOTS = 16;
const LEAF_FLAG = 0x20;
const ODD_FLAG = 0x10;

type Pairs = Readonly<{
  /** One nibble a byte, sorted. */
  keys: readonly Uint8Array[];
  values: readonly Uint8Array[];
}>;

const NO_KEY = new Uint8Array(0);
const keyAt = (pairs: Pairs, index: number): Uint8Array => pairs.keys[index] ?? NO_KEY;

/** Nibbles `from..to` (end excluded) with their parity and the kind of node in front ("hex prefix"). */
const compactPath = (key: Uint8Array, from: number, to: number, isLeaf: boolean): Uint8Array => {
  const count = to - from;
  const isOdd = count % 2 === 1;
  const path = new Uint8Array(1 + (count >> 1));
  let at = from;
  path[0] = (isLeaf ? LEAF_FLAG : 0) | (isOdd ? ODD_FLAG | (key[at++] ?? 0) : 0);
  for (let i = 1; at < to; i += 1, at += 2) path[i] = ((key[at] ?? 0) << 4) | (key[at + 1] ?? 0);
  return path;
};

const leafNode = (pairs: Pairs, index: number, depth: number): Uint8Array => {
  const key = keyAt(pairs, index);
  const path = compactPath(key, depth, key.length, true);
  const value = pairs.values[index] ?? NO_KEY;
  const length = stringSize(path) + stringSize(value);
  const node = new Uint8Array(prefixSize(length) + length);
  writeString(node, writeString(node, writePrefix(node, 0, length, true), path), value);
  return node;
};

const sharedEnd = (first: Uint8Array, last: Uint8Array, depth: number): number => {
  let at = depth;
  while (at < first.length && first[at] === last[at]) at += 1;
  return at;
};

/** The RLP of the node that covers keys `low..high` (end excluded), of which `depth` nibbles are walked. */
const nodeOf = (pairs: Pairs, low: number, high: number, depth: number): Uint8Array => {
  if (high - low === 1) return leafNode(pairs, low, depth);
  const first = keyAt(pairs, low);
  const shared = sharedEnd(first, keyAt(pairs, high - 1), depth);
  if (shared === depth) return branchNode(pairs, low, high, depth);
  const path = compactPath(first, depth, shared, false);
  const pathItem = new Uint8Array(stringSize(path));
  writeString(pathItem, 0, path);
  return wrapList(pathItem, referenceTo(branchNode(pairs, low, high, shared)));
};

const branchNode = (pairs: Pairs, low: number, high: number, depth: number): Uint8Array => {
  const slots: Uint8Array[] = [];
  let from = low;
  for (let nibble = 0; nibble < BRANCH_SLOTS; nibble += 1) {
    let to = from;
    while (to < high && keyAt(pairs, to)[depth] === nibble) to += 1;
    slots.push(to === from ? EMPTY_SLOT : referenceTo(nodeOf(pairs, from, to, depth + 1)));
    from = to;
  }
  return wrapList(...slots, EMPTY_SLOT);
};

/** A node below 32 bytes stands in its parent itself, a larger one as its hash. */
const referenceTo = (node: Uint8Array): Uint8Array => {
  if (node.length < HASH_BYTES) return node;
  const reference = new Uint8Array(1 + HASH_BYTES);
  reference[0] = HASH_PREFIX;
  reference.set(keccak256(node), 1);
  return reference;
};

const rootOf = (pairs: Pairs): Uint8Array =>
  keccak256(pairs.keys.length === 0 ? EMPTY_SLOT : nodeOf(pairs, 0, pairs.keys.length, 0));

const nibblesOf = (bytes: Uint8Array): Uint8Array => {
  const nibbles = new Uint8Array(bytes.length * 2);
  for (let i = 0; i < bytes.length; i += 1) {
    nibbles[2 * i] = (bytes[i] ?? 0) >> 4;
    nibbles[2 * i + 1] = (bytes[i] ?? 0) & 0x0f;
  }
  return nibbles;
};

const LAST_BARE_INDEX = 0x7f;
const CACHED_KEYS_MAX = 1024;
const cachedKeys: Uint8Array[] = [];

/** The key of a list index: its RLP. */
const indexKey = (index: number): Uint8Array => {
  const cached = cachedKeys[index];
  if (cached !== undefined) return cached;
  const bytes: number[] = [];
  for (let rest = index; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  const key = Uint8Array.from(bytes);
  const item = new Uint8Array(stringSize(key));
  writeString(item, 0, key);
  const nibbles = nibblesOf(item);
  if (index < CACHED_KEYS_MAX) cachedKeys[index] = nibbles;
  return nibbles;
};

/** The root of a list whose keys are its indices (transactions, withdrawals): 32 bytes. */
export const trieRoot = (items: readonly Uint8Array[]): Uint8Array => {
  const keys: Uint8Array[] = [];
  const values: Uint8Array[] = [];
  const add = (index: number): void => {
    const item = items[index];
    if (item === undefined) return;
    keys.push(indexKey(index));
    values.push(item);
  };
  // The RLP of 0 (0x80) sorts behind those of 1 to 127 and before those of 128 and more (0x8180...).
  for (let i = 1; i <= LAST_BARE_INDEX && i < items.length; i += 1) add(i);
  add(0);
  for (let i = LAST_BARE_INDEX + 1; i < items.length; i += 1) add(i);
  return rootOf({ keys, values });
};

/** The root of a "secure" trie, whose keys are hashed (accounts, storage): 32 bytes. Keys must differ. */
export const secureTrieRoot = (
  entries: readonly Readonly<{ key: Uint8Array; value: Uint8Array }>[],
): Uint8Array => {
  const hashed = entries
    .map(({ key, value }) => ({ key: keccak256(key), value }))
    .sort((a, b) => Buffer.compare(a.key, b.key));
  return rootOf({ keys: hashed.map(({ key }) => nibblesOf(key)), values: hashed.map(({ value }) => value) });
};
