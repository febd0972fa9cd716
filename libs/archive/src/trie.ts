import type { Items } from './block-body.js';
import { keccak256 } from './crypto/keccak.js';
import { prefixSize, stringSize, writePrefix, writeString } from './rlp/writer.js';

/**
 * Merkle Patricia roots of whole sets at once: keys are sorted, so every node covers a run of them and nothing is
 * stored. A node is written into a scratch buffer, hashed there and replaced by its reference in its parent, which is
 * written around it. No key may be a prefix of another (true of RLP indices and of hashes).
 */

const HASH_BYTES = 32;
const EMPTY_STRING = 0x80;
const EMPTY_SLOT = Uint8Array.of(EMPTY_STRING);
const HASH_PREFIX = 0xa0;
const BRANCH_SLOTS = 16;
const LEAF_FLAG = 0x20;
const ODD_FLAG = 0x10;
/** Kept free before the payload of a node until its length is known. */
const PREFIX_ROOM = 9;
/** Bytes of a node besides a leaf's value: the prefix, a path of a hashed key, and the slots of a branch. */
const NODE_ROOM = PREFIX_ROOM + 2 + HASH_BYTES + (BRANCH_SLOTS + 1) * (1 + HASH_BYTES);

/** Keys in order with their values, by place; made when they are asked for, so that millions need no memory. */
type Pairs = Readonly<{
  count: number;
  /** One nibble a byte. */
  keyAt: (place: number) => Uint8Array;
  nibbleAt: (place: number, depth: number) => number;
  valueAt: (place: number) => Uint8Array;
}>;

/** The keys `low..high` (end excluded), of which `depth` nibbles are walked. */
type Run = Readonly<{ low: number; high: number; depth: number }>;

const NOTHING = new Uint8Array(0);

/** Reused by every root; grows to the largest set seen, within bounds. */
let scratch = new Uint8Array(64 * 1024);
const SCRATCH_KEPT_MAX = 4 * 1024 * 1024;
const scratchOf = (size: number): Uint8Array => {
  if (size > SCRATCH_KEPT_MAX) return new Uint8Array(size);
  if (size > scratch.length) scratch = new Uint8Array(size);
  return scratch;
};

/** Writes nodes into the scratch buffer, each replaced by its reference as soon as it is complete. */
class TrieWriter {
  private readonly pairs: Pairs;
  private readonly room: Uint8Array;

  constructor(pairs: Pairs) {
    this.pairs = pairs;
    let bytes = 0;
    for (let place = 0; place < pairs.count; place += 1) {
      bytes = Math.max(bytes, pairs.valueAt(place).length);
    }
    // The last key is as long as any: those of indices grow, those of hashes are all the same.
    const nibbles = pairs.keyAt(pairs.count - 1).length;
    this.room = scratchOf((nibbles + 1) * NODE_ROOM + PREFIX_ROOM + bytes);
  }

  /** The 32-byte hash of the node over all keys. */
  root(): Uint8Array {
    const end = this.writePayload({ low: 0, high: this.pairs.count, depth: 0 }, PREFIX_ROOM);
    const first = this.writePrefix(PREFIX_ROOM, end);
    return keccak256(this.room.subarray(first, end));
  }

  /** Writes how a node appears in its parent: itself below 32 bytes, else its hash. Returns the end. */
  private writeReference(run: Run, at: number): number {
    const start = at + PREFIX_ROOM;
    const end = this.writePayload(run, start);
    const first = this.writePrefix(start, end);
    if (end - first < HASH_BYTES) {
      this.room.copyWithin(at, first, end);
      return at + end - first;
    }
    const hash = keccak256(this.room.subarray(first, end));
    this.room[at] = HASH_PREFIX;
    this.room.set(hash, at + 1);
    return at + 1 + HASH_BYTES;
  }

  /** Puts the prefix of a list right before its payload; returns where it begins. */
  private writePrefix(start: number, end: number): number {
    const first = start - prefixSize(end - start);
    writePrefix(this.room, first, end - start, true);
    return first;
  }

  /** Writes the items of the node that covers a run; returns the end. */
  private writePayload(run: Run, at: number): number {
    const { low, high, depth } = run;
    const key = this.keyAt(low);
    if (high - low === 1) {
      const end = this.writePath(key, { from: depth, to: key.length, flag: LEAF_FLAG }, at);
      return writeString(this.room, end, this.pairs.valueAt(low));
    }
    const shared = sharedEnd(key, this.keyAt(high - 1), depth);
    if (shared === depth) return this.writeSlots(run, at);
    const end = this.writePath(key, { from: depth, to: shared, flag: 0 }, at);
    return this.writeReference({ low, high, depth: shared }, end);
  }

  private writeSlots({ low, high, depth }: Run, start: number): number {
    let [at, from] = [start, low];
    for (let nibble = 0; nibble < BRANCH_SLOTS; nibble += 1) {
      let to = from;
      while (to < high && this.pairs.nibbleAt(to, depth) === nibble) to += 1;
      if (to === from) this.room[at++] = EMPTY_STRING;
      else at = this.writeReference({ low: from, high: to, depth: depth + 1 }, at);
      from = to;
    }
    this.room[at] = EMPTY_STRING;
    return at + 1;
  }

  /** Nibbles `from..to` (end excluded) with their parity and the kind of node in front ("hex prefix"), as a string. */
  private writePath(
    key: Uint8Array,
    { from, to, flag }: Readonly<{ from: number; to: number; flag: number }>,
    start: number,
  ): number {
    const room = this.room;
    const bytes = 1 + ((to - from) >> 1);
    let [at, nibble] = [start, from];
    if (bytes > 1) room[at++] = EMPTY_STRING + bytes; // a single byte of a path stands for itself
    room[at++] = (to - from) % 2 === 0 ? flag : flag | ODD_FLAG | (key[nibble++] ?? 0);
    for (; nibble < to; nibble += 2) room[at++] = ((key[nibble] ?? 0) << 4) | (key[nibble + 1] ?? 0);
    return at;
  }

  private keyAt(place: number): Uint8Array {
    return this.pairs.keyAt(place);
  }
}

const sharedEnd = (first: Uint8Array, last: Uint8Array, depth: number): number => {
  let at = depth;
  while (at < first.length && first[at] === last[at]) at += 1;
  return at;
};

const rootOf = (pairs: Pairs): Uint8Array =>
  pairs.count === 0 ? keccak256(EMPTY_SLOT) : new TrieWriter(pairs).root();
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

/** One nibble of the key of an index, without making the key. */
const indexNibble = (index: number, depth: number): number => {
  if (index < CACHED_KEYS_MAX) return indexKey(index)[depth] ?? 0;
  const size = index > 0xff_ffff ? 4 : index > 0xffff ? 3 : 2;
  const byte = depth >> 1;
  const value = byte === 0 ? EMPTY_STRING + size : Math.floor(index / 256 ** (size - byte)) % 256;
  return depth % 2 === 0 ? value >> 4 : value & 0x0f;
};

/** The index whose key is at a place: the RLP of 0 (0x80) sorts behind those of 1 to 127, before those of more. */
const indexAt = (place: number, count: number): number => {
  const zero = Math.min(LAST_BARE_INDEX, count - 1);
  if (place > zero) return place;
  return place === zero ? 0 : place + 1;
};

/** The root of a list whose keys are its indices (transactions, withdrawals): 32 bytes. */
export const trieRoot = (items: Items): Uint8Array => {
  const count = items.length;
  return rootOf({
    count,
    keyAt: (place) => indexKey(indexAt(place, count)),
    nibbleAt: (place, depth) => indexNibble(indexAt(place, count), depth),
    valueAt: (place) => items.at(indexAt(place, count)) ?? NOTHING,
  });
};

/** The root of a "secure" trie, whose keys are hashed (accounts, storage): 32 bytes. Keys must differ. */
export const secureTrieRoot = (
  entries: readonly Readonly<{ key: Uint8Array; value: Uint8Array }>[],
): Uint8Array => {
  const hashed = entries
    .map(({ key, value }) => ({ key: keccak256(key), value }))
    .sort((a, b) => Buffer.compare(a.key, b.key));
  const keys = hashed.map(({ key }) => nibblesOf(key));
  const keyAt = (place: number): Uint8Array => keys[place] ?? NOTHING;
  return rootOf({
    count: keys.length,
    keyAt,
    nibbleAt: (place, depth) => keyAt(place)[depth] ?? 0,
    valueAt: (place) => hashed[place]?.value ?? NOTHING,
  });
};
