/** @proves Any block of any fork decodes and encodes to the same bytes, and any flipped bit is found. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sealedChain, testKey } from '../../../test/support/sealed-chain.js';
import { checkBlock, EMPTY_TRIE_ROOT } from './block.js';
import { concatBytes, hashToBytes, scalarBytes } from './bytes.js';
import { SealJudge } from './certificate/judge.js';
import { DEFAULT_RULES } from './certificate/rules.js';
import { keccak256 } from './crypto/keccak.js';
import { FIELD } from './header.js';
import { decodeRlp, type RlpItem } from './rlp/reader.js';
import { encodeRlp } from './rlp/writer.js';
import { readBlockSeals } from './seal/block-seals.js';
import { blockOf, codeOf, headerOf, type HeaderPatch } from './testing.js';
import { trieRoot } from './trie.js';

const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
const scalar = (bits: number) => fc.bigInt(0n, (1n << BigInt(bits)) - 1n).map(scalarBytes);
const data = fc.uint8Array({ maxLength: 80 });
const to = fc.oneof(bytes(20), fc.constant(new Uint8Array(0)));
const accessList = fc.array(fc.tuple(bytes(20), fc.array(bytes(32), { maxLength: 2 })), { maxLength: 2 });

/** A legacy transaction; v = 37 and 38 with 64 bytes of data is a private one of GoQuorum. */
const legacy = fc.oneof(
  fc.tuple(scalar(64), scalar(64), scalar(64), to, scalar(128), data, scalar(64), scalar(256), scalar(256)),
  fc.tuple(
    scalar(64),
    scalar(64),
    scalar(64),
    to,
    scalar(8),
    bytes(64),
    fc.constantFrom(37n, 38n).map(scalarBytes),
    scalar(256),
    scalar(256),
  ),
);
const typed = fc
  .tuple(
    fc.constantFrom(1, 2, 3, 4),
    fc.array(scalar(64), { minLength: 4, maxLength: 4 }),
    to,
    data,
    accessList,
  )
  .map(([type, numbers, recipient, input, list]) =>
    concatBytes(Uint8Array.of(type), encodeRlp([...numbers, recipient, input, list])),
  );
const transactions = fc.array(fc.oneof<fc.Arbitrary<RlpItem>[]>(legacy, typed), { maxLength: 6 });
const withdrawals = fc.array(fc.tuple(scalar(64), scalar(64), bytes(20), scalar(64)), { maxLength: 4 });

const asValues = (items: readonly RlpItem[]): Uint8Array[] =>
  items.map((item) => (item instanceof Uint8Array ? item : encodeRlp(item)));
const rootOf = (items: readonly RlpItem[]): Uint8Array =>
  items.length === 0 ? EMPTY_TRIE_ROOT : trieRoot(asValues(items));

/** Every fork's header: the fields after the nonce, up to and with the last one. */
const tailOf = (last: number, words: readonly Uint8Array[], root: Uint8Array, list: RlpItem): HeaderPatch => {
  const [root1 = new Uint8Array(32), requests = new Uint8Array(32)] = words;
  const values: readonly (readonly [number, Uint8Array])[] = [
    [FIELD.baseFeePerGas, scalarBytes(7n)],
    [FIELD.withdrawalsRoot, root],
    [FIELD.blobGasUsed, scalarBytes(131_072n)],
    [FIELD.excessBlobGas, new Uint8Array(0)],
    [FIELD.parentBeaconBlockRoot, root1],
    [FIELD.requestsHash, requests],
    [FIELD.blockAccessListHash, keccak256(encodeRlp(list))],
    [FIELD.slotNumber, scalarBytes(9n)],
  ];
  return Object.fromEntries(values.filter(([field]) => field <= last));
};

const block = fc
  .record({
    last: fc.integer({ min: FIELD.nonce, max: FIELD.slotNumber }),
    number: scalar(63),
    gas: scalar(63),
    extra: fc.uint8Array({ maxLength: 120 }),
    words: fc.array(bytes(32), { minLength: 2, maxLength: 2 }),
    transactions,
    withdrawals,
    hasUncle: fc.boolean(),
    hasList: fc.boolean(),
  })
  .map(({ last, number, gas, extra, words, hasUncle, hasList, ...body }) => {
    const uncles = hasUncle ? [headerOf()] : [];
    const list: RlpItem = [words];
    const header = headerOf({
      [FIELD.number]: number,
      [FIELD.gasUsed]: gas,
      [FIELD.extraData]: extra,
      [FIELD.unclesHash]: keccak256(encodeRlp(uncles)),
      [FIELD.transactionsRoot]: rootOf(body.transactions),
      ...tailOf(last, words, rootOf(body.withdrawals), list),
    });
    const rest: RlpItem[] = [uncles];
    if (last >= FIELD.withdrawalsRoot) rest.push(body.withdrawals);
    if (last >= FIELD.blockAccessListHash && hasList) rest.push(list);
    return { header, transactions: body.transactions, bytes: blockOf(header, body.transactions, rest) };
  });

describe('any block of any fork, with any kind of transaction', () => {
  it('is checked, and decodes and encodes to the same bytes', () => {
    const seen = new Set<number>();
    fc.assert(
      fc.property(block, ({ bytes: raw, header, transactions: listed }) => {
        const checked = checkBlock(raw);
        expect(checked.transactions).toBe(listed.length);
        expect(hashToBytes(checked.hash)).toEqual(keccak256(encodeRlp(header)));
        const decoded = decodeRlp(raw);
        expect(encodeRlp(decoded)).toEqual(raw);
        expect((decoded as RlpItem[])[0]).toEqual(header);
        seen.add(header.length);
      }),
      { numRuns: 200, seed: 5 },
    );
    // Every length from before London to the newest fork was met.
    expect(seen.size).toBe(FIELD.slotNumber - FIELD.nonce + 1);
  });

  it('is found wrong with any bit flipped, when its hash is known', () => {
    fc.assert(
      fc.property(block, fc.nat(), ({ bytes: raw }, at) => {
        const { hash } = checkBlock(raw);
        const altered = Uint8Array.from(raw);
        altered[at % raw.length]! ^= 1 << (at % 8);
        expect(codeOf(() => checkBlock(altered, { hash }))).toBeDefined();
      }),
      { numRuns: 500 },
    );
  });
});

describe.each(['ibft', 'ibft2', 'qbft', 'clique'] as const)(
  'any bit of a generated %s block',
  (consensus) => {
    it('is found wrong by its hash or by its seals', () => {
      const four = [0, 1, 2, 3];
      const chain = sealedChain({ consensus, blocks: 4, validatorsAt: () => four, round: 1 });
      const raw = chain.raws[3]!;
      const hash = chain.hashes[3];
      const validators = four.map((index) => testKey(index).hex).sort();
      const start = { block: 2n, validators, votes: [], recent: [], settled: true };
      const isFound = (altered: Uint8Array): boolean =>
        codeOf(() => checkBlock(altered, { hash })) !== undefined ||
        new SealJudge({ rules: DEFAULT_RULES, start }).take(readBlockSeals(altered)).fault !== undefined;
      expect(isFound(raw)).toBe(false);
      let bySeals = 0;
      // Every third bit: all of them are tried on real blocks, see seal.spec.
      for (let bit = 0; bit < raw.length * 8; bit += 3) {
        const altered = Uint8Array.from(raw);
        altered[bit >> 3]! ^= 1 << (bit & 7);
        if (!isFound(altered)) expect(`bit ${bit}`).toBe('found');
        if (codeOf(() => checkBlock(altered, { hash })) === undefined) bySeals += 1;
      }
      expect(bySeals > 0).toBe(consensus !== 'clique');
    });
  },
);
