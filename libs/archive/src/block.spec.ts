import { describe, expect, it } from '@jest/globals';
import { bytesToHex, isCodedError } from '#libs/kernel';
import { checkBlock, EMPTY_TRIE_ROOT } from './block.js';
import { readBlock, transactionsOf } from './block-body.js';
import { concatBytes, scalarBytes } from './bytes.js';
import { keccak256 } from './crypto/keccak.js';
import { FIELD, type Field } from './header.js';
import { decodeRlp, type RlpItem } from './rlp/reader.js';
import { encodeRlp } from './rlp/writer.js';
import { blockOf, codeOf, headerOf, type HeaderPatch } from './testing.js';
import { trieRoot } from './trie.js';

const NONE = new Uint8Array(0);
const word = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const legacy = (v: bigint): RlpItem => [
  Uint8Array.of(1),
  NONE,
  scalarBytes(21_000n),
  new Uint8Array(20).fill(4),
  NONE,
  new Uint8Array(64).fill(5),
  scalarBytes(v),
  word(6),
  word(7),
];
const typed = (type: number): Uint8Array => concatBytes(Uint8Array.of(type), encodeRlp(legacy(1n)));
const TRANSACTIONS: RlpItem[] = [legacy(27n), legacy(37n), legacy(38n), ...[1, 2, 3, 4].map(typed)];
const asValues = (items: readonly RlpItem[]): Uint8Array[] =>
  items.map((item) => (item instanceof Uint8Array ? item : encodeRlp(item)));

/** The fields after the nonce, up to and with `last`. */
const tail = (last: Field, accessListHash: Uint8Array = word(2)): HeaderPatch => {
  const values: readonly (readonly [Field, Uint8Array])[] = [
    [FIELD.baseFeePerGas, scalarBytes(7n)],
    [FIELD.withdrawalsRoot, EMPTY_TRIE_ROOT],
    [FIELD.blobGasUsed, NONE],
    [FIELD.excessBlobGas, NONE],
    [FIELD.parentBeaconBlockRoot, word(0)],
    [FIELD.requestsHash, word(1)],
    [FIELD.blockAccessListHash, accessListHash],
    [FIELD.slotNumber, scalarBytes(99n)],
  ];
  return Object.fromEntries(values.filter(([field]) => field <= last));
};

describe('the body of a block', () => {
  it('takes every kind of transaction into the root', () => {
    const header = headerOf({ [FIELD.transactionsRoot]: trieRoot(asValues(TRANSACTIONS)) });
    const bytes = blockOf(header, TRANSACTIONS);
    expect(checkBlock(bytes).transactions).toBe(7);
    expect(transactionsOf(readBlock(bytes))).toEqual(asValues(TRANSACTIONS));
    const other = [...TRANSACTIONS].reverse();
    expect(codeOf(() => checkBlock(blockOf(header, other)))).toBe('TRANSACTIONS_ROOT_MISMATCH');
    expect(codeOf(() => checkBlock(blockOf(header)))).toBe('TRANSACTIONS_ROOT_MISMATCH');
  });

  it.each([
    ['an empty string', NONE],
    ['type 0', Uint8Array.of(0, 1)],
    ['a type above 0x7f', Uint8Array.of(0xc1, 0x80)],
  ])('refuses a transaction that is %s', (_name, item) => {
    expect(codeOf(() => checkBlock(blockOf(headerOf(), [item])))).toBe('BLOCK_INVALID');
  });

  it('checks uncles', () => {
    const uncles = [headerOf()];
    const header = headerOf({ [FIELD.unclesHash]: keccak256(encodeRlp(uncles)) });
    expect(checkBlock(blockOf(header, [], [uncles])).number).toBe(1n);
    expect(codeOf(() => checkBlock(blockOf(header)))).toBe('UNCLES_HASH_MISMATCH');
    expect(codeOf(() => checkBlock(blockOf(headerOf(), [], [uncles])))).toBe('UNCLES_HASH_MISMATCH');
  });

  it('checks withdrawals, which stand there exactly when the header has their root', () => {
    const withdrawals = [[NONE, Uint8Array.of(1), new Uint8Array(20), Uint8Array.of(9)]];
    const root = trieRoot(asValues(withdrawals));
    const shanghai = tail(FIELD.withdrawalsRoot);
    const filled = headerOf({ ...shanghai, [FIELD.withdrawalsRoot]: root });
    expect(checkBlock(blockOf(filled, [], [[], withdrawals])).number).toBe(1n);
    expect(checkBlock(blockOf(headerOf(shanghai), [], [[], []])).number).toBe(1n);
    expect(codeOf(() => checkBlock(blockOf(filled, [], [[], []])))).toBe('WITHDRAWALS_ROOT_MISMATCH');
    expect(codeOf(() => checkBlock(blockOf(filled)))).toBe('BLOCK_INVALID');
    expect(codeOf(() => checkBlock(blockOf(headerOf(), [], [[], []])))).toBe('BLOCK_INVALID');
  });

  it('checks an access list when it is there; it may be left out', () => {
    const header = headerOf(tail(FIELD.slotNumber, keccak256(encodeRlp([[word(9)]]))));
    const withList = checkBlock(blockOf(header, [], [[], [], [[word(9)]]]));
    expect(checkBlock(blockOf(header, [], [[], []])).hash).toBe(withList.hash);
    expect(codeOf(() => checkBlock(blockOf(header, [], [[], [], [[word(8)]]])))).toBe('BLOCK_INVALID');
    const before = headerOf(tail(FIELD.requestsHash));
    expect(codeOf(() => checkBlock(blockOf(before, [], [[], [], []])))).toBe('BLOCK_INVALID');
  });
});

describe('the header of a block', () => {
  it.each(Object.values(FIELD).filter((field) => field >= FIELD.baseFeePerGas))(
    'may end with field %d',
    (last) => {
      const header = headerOf(tail(last));
      const rest = last >= FIELD.withdrawalsRoot ? [[], []] : [[]];
      expect(checkBlock(blockOf(header, [], rest)).hash).toBe(bytesToHex(keccak256(encodeRlp(header))));
    },
  );

  it.each([
    ['too few fields', headerOf().slice(0, 14)],
    ['more fields than known', [...headerOf(tail(FIELD.slotNumber)), NONE]],
    ['a short hash', headerOf({ [FIELD.parentHash]: new Uint8Array(31) })],
    ['a number with a leading zero', headerOf({ [FIELD.gasUsed]: Uint8Array.of(0, 1) })],
    ['a zero that is a byte', headerOf({ [FIELD.gasUsed]: Uint8Array.of(0) })],
    ['a number of nine bytes', headerOf({ [FIELD.number]: new Uint8Array(9).fill(1) })],
  ])('is refused with %s', (_name, header) => {
    expect(codeOf(() => checkBlock(blockOf(header)))).toBe('BLOCK_INVALID');
  });

  it('gives numbers of eight bytes exactly', () => {
    const nanoseconds = 1_700_000_000_123_456_789n;
    const patch = {
      [FIELD.timestamp]: scalarBytes(nanoseconds),
      [FIELD.number]: scalarBytes(2n ** 64n - 1n),
    };
    expect(checkBlock(blockOf(headerOf(patch)))).toMatchObject({
      timestamp: nanoseconds,
      number: 2n ** 64n - 1n,
    });
  });
});

describe('what the caller expects', () => {
  it('names number, expected, actual and source', () => {
    const bytes = blockOf(headerOf());
    const other = bytesToHex(word(3));
    const faults = [
      ['BLOCK_NUMBER_MISMATCH', { number: 2n }, '2'],
      ['BLOCK_HASH_MISMATCH', { hash: other }, other],
      ['BLOCK_PARENT_MISMATCH', { parentHash: other }, other],
    ] as const;
    for (const [code, expectation, expected] of faults) {
      let caught: unknown;
      try {
        checkBlock(bytes, { ...expectation, source: 'node-1' });
      } catch (error) {
        caught = error;
      }
      expect(isCodedError(caught) && caught.code).toBe(code);
      expect(isCodedError(caught) && caught.context).toMatchObject({
        number: 1n,
        expected,
        source: 'node-1',
      });
    }
  });

  it('refuses bytes around a block', () => {
    const bytes = blockOf(headerOf());
    expect(codeOf(() => checkBlock(concatBytes(bytes, Uint8Array.of(0))))).toBe('RLP_INVALID');
    expect(codeOf(() => checkBlock(bytes.subarray(0, -1)))).toBe('RLP_INVALID');
    const [header] = decodeRlp(bytes) as readonly RlpItem[];
    expect(codeOf(() => checkBlock(encodeRlp([header ?? [], []])))).toBe('RLP_INVALID');
    expect(codeOf(() => checkBlock(encodeRlp([header ?? [], [], [], [], [], []])))).toBe('RLP_INVALID');
  });
});
