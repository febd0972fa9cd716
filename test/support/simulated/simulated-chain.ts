import { createHash } from 'node:crypto';

import { RLP } from '@ethereumjs/rlp';
import { createKeccak } from 'hash-wasm';

/** A header as the simulated node shows it. */
export type SimulatedHeader = Readonly<{
  number: bigint;
  hash: `0x${string}`;
  parentHash: `0x${string}`;
  timestamp: bigint;
}>;

/** What a SIMULATED node serves. `head` may be moved by a test at any time. */
export type SimulatedChain = {
  head: bigint;
  header(number: bigint): SimulatedHeader;
  /** Undefined when the chain has headers only. */
  raw(number: bigint): Uint8Array | undefined;
};

type Hash = `0x${string}`;

const keccak = await createKeccak(256);
const hashOf = (bytes: Uint8Array): Buffer => Buffer.from(keccak.init().update(bytes).digest('binary'));
const toHex = (bytes: Uint8Array): Hash => `0x${Buffer.from(bytes).toString('hex')}`;

const ZERO_32 = Buffer.alloc(32);
const EMPTY_LIST_HASH = hashOf(RLP.encode([]));
const EMPTY_ROOT = hashOf(RLP.encode(new Uint8Array()));

const scalar = (value: bigint): Buffer => {
  const hex = value === 0n ? '' : value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
};

/** An unsigned legacy transaction: its form is right, which is all that roots and hashes depend on. */
const transaction = (nonce: bigint, dataBytes: number): Buffer[] => [
  scalar(nonce),
  scalar(1n),
  scalar(21000n),
  Buffer.alloc(20, 0x11),
  scalar(7n),
  Buffer.alloc(dataBytes, 0x44),
  scalar(27n),
  Buffer.alloc(32, 0x22),
  Buffer.alloc(32, 0x33),
];

/** Root of a trie with the one key rlp(0) = 0x80: a single leaf. */
const singleRoot = (encoded: Uint8Array): Buffer => hashOf(RLP.encode([Buffer.from('2080', 'hex'), encoded]));

export type SyntheticOptions = Readonly<{
  /** Number of blocks after block 0. */
  blocks: number;
  /** One in this number of blocks holds a transaction; 0: none. 2 by default. */
  transactionsEvery?: number;
  /** Bytes of data in the transaction of a block; none without it. */
  dataBytes?: (block: number) => number;
  /** Text that makes another chain from `forkAt` on. */
  branch?: string;
  forkAt?: number;
  /** Bytes of extra data in each header, at least 32. */
  extraBytes?: number;
}>;

const transactionsIn = (
  number: bigint,
  { transactionsEvery = 2, dataBytes = () => 0 }: SyntheticOptions,
): Buffer[][] => {
  const every = BigInt(transactionsEvery);
  const isDue = number > 0n && every > 0n && number % every === 0n;
  return isDue ? [transaction(number, dataBytes(Number(number)))] : [];
};

const buildBlock = (
  number: bigint,
  parent: Uint8Array,
  options: SyntheticOptions,
): [Uint8Array, Uint8Array] => {
  const txs = transactionsIn(number, options);
  const extra = Buffer.alloc(options.extraBytes ?? 32);
  if (options.branch !== undefined && number >= BigInt(options.forkAt ?? 0)) extra.write(options.branch);
  const header = [
    parent,
    EMPTY_LIST_HASH,
    Buffer.alloc(20),
    EMPTY_ROOT,
    txs.length === 0 ? EMPTY_ROOT : singleRoot(RLP.encode(txs[0])),
    EMPTY_ROOT,
    Buffer.alloc(256),
    scalar(1n),
    scalar(number),
    scalar(30_000_000n),
    scalar(0n),
    scalar(1_700_000_000n + number),
    extra,
    ZERO_32,
    Buffer.alloc(8),
  ];
  return [RLP.encode([header, txs, []]), hashOf(RLP.encode(header))];
};

/** A plain chain of valid, linked blocks with right roots (about 20 us a block). */
export const syntheticChain = (options: SyntheticOptions): SimulatedChain => {
  const raws: Uint8Array[] = [];
  const hashes: Hash[] = [];
  let parent: Uint8Array = ZERO_32;
  for (let number = 0; number <= options.blocks; number++) {
    const [raw, hash] = buildBlock(BigInt(number), parent, options);
    raws.push(raw);
    hashes.push(toHex(hash));
    parent = hash;
  }
  return chainOfBlocks(raws, hashes, (number) => 1_700_000_000n + number);
};

/** A chain of given raw blocks from block 0 on, with their hashes. */
export const chainOfBlocks = (
  raws: readonly Uint8Array[],
  hashes: readonly Hash[],
  timestamp: (number: bigint) => bigint = () => 0n,
): SimulatedChain => ({
  head: BigInt(raws.length - 1),
  header: (number) => ({
    number,
    hash: hashes[Number(number)]!,
    parentHash: number === 0n ? toHex(ZERO_32) : hashes[Number(number) - 1]!,
    timestamp: timestamp(number),
  }),
  raw: (number) => raws[Number(number)],
});

/** A chain of headers only, computed on demand: a million heads cost nothing. Branches differ from `forkAt` on. */
export const lazyChain = (options: {
  head: bigint;
  seed?: string;
  branch?: string;
  forkAt?: bigint;
}): SimulatedChain => {
  const hash = (number: bigint): Hash => {
    if (number < 0n) return toHex(ZERO_32);
    const isForked = options.branch !== undefined && number >= (options.forkAt ?? 0n);
    const text = `${options.seed ?? 'chain'}/${isForked ? options.branch : 'main'}/${number}`;
    return toHex(createHash('sha256').update(text).digest());
  };
  return {
    head: options.head,
    header: (number) => ({
      number,
      hash: hash(number),
      parentHash: hash(number - 1n),
      timestamp: 1_700_000_000n + number,
    }),
    raw: () => undefined,
  };
};
