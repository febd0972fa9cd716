import { bytesToHex, CodedError, type ErrorCode, type Hex } from '#libs/kernel';
import { readBlock, transactionsOf, withdrawalsOf, type BlockView, type Span } from './block-body.js';
import { hashToBytes, hexToBytes, holdsAt } from './bytes.js';
import { keccak256 } from './crypto/keccak.js';
import { FIELD, fieldOf, hasField, numberOf, startOf, type Field } from './header.js';
import { hashHeader, type BlockConsensus } from './seal/hash-rule.js';
import { trieRoot } from './trie.js';

/** keccak256(rlp([])): the hash of no uncles and of an empty block access list. */
export const EMPTY_LIST_HASH = hexToBytes('1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347');
/** The root of an empty trie: no transactions, no withdrawals. */
export const EMPTY_TRIE_ROOT = hexToBytes('56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421');

/** What the caller knows of a block beforehand; `source` names the node or file in errors. */
export type BlockExpectation = Readonly<{
  number?: bigint | undefined;
  parentHash?: Hex | undefined;
  hash?: Hex | undefined;
  source?: string | undefined;
}>;

export type CheckedBlock = Readonly<{
  number: bigint;
  hash: Hex;
  parentHash: Hex;
  /** As the header states it: seconds, on Quorum Raft nanoseconds. */
  timestamp: bigint;
  consensus: BlockConsensus;
  transactions: number;
  bytes: number;
  /**
   * Equal for every honest holder of the block, whatever seals its copy has: the 32 bytes of the block hash. The hash
   * rules of IBFT, IBFT2 and QBFT leave the committed seals (and the round) out; Clique, Raft and unsealed headers
   * are the same bytes everywhere, so their hash covers them whole.
   */
  sealFreeHash: Uint8Array;
}>;

const NO_EXPECTATION: BlockExpectation = {};

type Mismatch = Readonly<{ number: bigint; expected: string; actual: string; source: string | undefined }>;

const mismatch = (code: ErrorCode, message: string, context: Mismatch): CodedError =>
  new CodedError(code, message, { context });

const checkIdentity = (
  { number, hash, parentHash }: Readonly<{ number: bigint; hash: Hex; parentHash: Hex }>,
  expected: BlockExpectation,
): void => {
  const { source } = expected;
  if (expected.number !== undefined && expected.number !== number)
    throw mismatch('BLOCK_NUMBER_MISMATCH', 'The block number is not the expected one.', {
      number,
      expected: expected.number.toString(),
      actual: number.toString(),
      source,
    });
  if (expected.hash !== undefined && expected.hash !== hash)
    throw mismatch('BLOCK_HASH_MISMATCH', 'The block hash is not the expected one.', {
      number,
      expected: expected.hash,
      actual: hash,
      source,
    });
  if (expected.parentHash !== undefined && expected.parentHash !== parentHash)
    throw mismatch('BLOCK_PARENT_MISMATCH', 'The parent of the block is not the expected one.', {
      number,
      expected: expected.parentHash,
      actual: parentHash,
      source,
    });
};

type RootCheck = Readonly<{ field: Field; code: ErrorCode; message: string }>;

const TRANSACTIONS: RootCheck = {
  field: FIELD.transactionsRoot,
  code: 'TRANSACTIONS_ROOT_MISMATCH',
  message: 'The transactions of the block do not match the root in its header.',
};
const UNCLES: RootCheck = {
  field: FIELD.unclesHash,
  code: 'UNCLES_HASH_MISMATCH',
  message: 'The uncles of the block do not match the hash in its header.',
};
const WITHDRAWALS: RootCheck = {
  field: FIELD.withdrawalsRoot,
  code: 'WITHDRAWALS_ROOT_MISMATCH',
  message: 'The withdrawals of the block do not match the root in its header.',
};
const ACCESS_LIST: RootCheck = {
  field: FIELD.blockAccessListHash,
  code: 'BLOCK_INVALID',
  message: 'The access list of the block does not match the hash in its header.',
};

const checkField = (block: BlockView, check: RootCheck, actual: Uint8Array, source?: string): void => {
  const { header } = block;
  if (holdsAt(block.bytes, startOf(header, check.field), actual)) return;
  throw mismatch(check.code, check.message, {
    number: numberOf(header, FIELD.number),
    expected: bytesToHex(fieldOf(header, check.field)),
    actual: bytesToHex(actual),
    source,
  });
};

/** A part of the body that came with a fork: it may stand there only if the header has its field. */
const mayStand = (block: BlockView, part: Span | undefined, field: Field, source?: string): boolean => {
  if (part === undefined) return false;
  if (hasField(block.header, field)) return true;
  // Besu gives block 0 an empty list of withdrawals where Shanghai is active without London: its header has no root.
  if (part.start === part.end && numberOf(block.header, FIELD.number) === 0n) return false;
  throw new CodedError('BLOCK_INVALID', 'The block has a part that its header does not announce.', {
    context: { number: numberOf(block.header, FIELD.number), offset: part.itemStart, source },
  });
};

const hashOfItem = ({ bytes }: BlockView, { itemStart, start, end }: Span): Uint8Array =>
  start === end ? EMPTY_LIST_HASH : keccak256(bytes.subarray(itemStart, end));

const checkTransactions = (block: BlockView, source?: string): number => {
  const { start, end } = block.transactions;
  const items = start === end ? undefined : transactionsOf(block);
  checkField(block, TRANSACTIONS, items === undefined ? EMPTY_TRIE_ROOT : trieRoot(items), source);
  return items?.length ?? 0;
};

const checkLaterParts = (block: BlockView, source?: string): void => {
  const { withdrawals, blockAccessList, header } = block;
  if (mayStand(block, withdrawals, FIELD.withdrawalsRoot, source)) {
    const items = withdrawalsOf(block);
    checkField(block, WITHDRAWALS, items.length === 0 ? EMPTY_TRIE_ROOT : trieRoot(items), source);
  } else if (hasField(header, FIELD.withdrawalsRoot)) {
    throw new CodedError('BLOCK_INVALID', 'The block lacks the withdrawals that its header announces.', {
      context: { number: numberOf(header, FIELD.number), source },
    });
  }
  // Clients may leave the access list out of the block; its absence is not a fault.
  if (blockAccessList !== undefined && mayStand(block, blockAccessList, FIELD.blockAccessListHash, source))
    checkField(block, ACCESS_LIST, hashOfItem(block, blockAccessList), source);
};

/**
 * Checks one block as exporters write it: its form, its hash by the rule of its own consensus, its transactions,
 * uncles, withdrawals and access list against the header, and what the caller expects.
 * Throws RLP_INVALID, BLOCK_INVALID, BLOCK_NUMBER_MISMATCH, BLOCK_HASH_MISMATCH, BLOCK_PARENT_MISMATCH,
 * TRANSACTIONS_ROOT_MISMATCH, UNCLES_HASH_MISMATCH or WITHDRAWALS_ROOT_MISMATCH.
 */
export const checkBlock = (bytes: Uint8Array, expected: BlockExpectation = NO_EXPECTATION): CheckedBlock => {
  const block = readBlock(bytes);
  const { header } = block;
  const { consensus, hash: sealFreeHash } = hashHeader(
    header,
    expected.hash === undefined ? undefined : hashToBytes(expected.hash),
  );
  const number = numberOf(header, FIELD.number);
  const hash = bytesToHex(sealFreeHash);
  const parentHash = bytesToHex(fieldOf(header, FIELD.parentHash));
  checkIdentity({ number, hash, parentHash }, expected);
  const transactions = checkTransactions(block, expected.source);
  checkField(block, UNCLES, hashOfItem(block, block.uncles), expected.source);
  checkLaterParts(block, expected.source);
  const timestamp = numberOf(header, FIELD.timestamp);
  return {
    number,
    hash,
    parentHash,
    timestamp,
    consensus,
    transactions,
    bytes: bytes.length,
    sealFreeHash,
  };
};

/** The hash of a block by the rule of its consensus, with nothing else checked. Throws RLP_INVALID or BLOCK_INVALID. */
export const blockHash = (bytes: Uint8Array): Hex => bytesToHex(hashHeader(readBlock(bytes).header).hash);
