import { describe, expect, it } from '@jest/globals';
import { bytesToHex } from '#libs/kernel';
import { checkBlock } from '../block.js';
import { hexToBytes, scalarBytes } from '../bytes.js';
import { keccak256 } from '../crypto/keccak.js';
import { FIELD } from '../header.js';
import { decodeRlp, type RlpItem } from '../rlp/reader.js';
import { encodeRlp } from '../rlp/writer.js';
import { blockOf, codeOf, fieldsIn, headerOf, ownVectors } from '../testing.js';
import { cliqueSigner, cliqueSignersOfExtraData, cliqueSupport } from './clique.js';

const BFT = hexToBytes('63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365');
const VANITY = new Uint8Array(32).fill(1);
const A = new Uint8Array(20).fill(0xaa);
const B = new Uint8Array(20).fill(0xbb);
const SEAL = new Uint8Array(65).fill(9);
const NONE = new Uint8Array(0);

const withExtra = (extra: Uint8Array, number = 5n): Uint8Array[] =>
  headerOf({ [FIELD.extraData]: extra, [FIELD.mixHash]: BFT, [FIELD.number]: scalarBytes(number) });
const bftBlock = (items: RlpItem, number?: bigint): Uint8Array =>
  blockOf(withExtra(encodeRlp(items), number));
const hashWith = (extra: Uint8Array, number?: bigint): string =>
  bytesToHex(keccak256(encodeRlp(withExtra(extra, number))));

const IBFT2_VOTES: RlpItem[] = [NONE, [A, Uint8Array.of(0xff)], [A, Uint8Array.of(0)]];
const QBFT_VOTES: RlpItem[] = [[], [A, Uint8Array.of(0xff)], [A, NONE]];
const round4 = (round: number): Uint8Array => Uint8Array.of(0, 0, 0, round);

describe('block hashes of BFT chains', () => {
  it.each(IBFT2_VOTES.map((vote) => [vote]))('IBFT2 leaves out round and seals, vote %#', (vote) => {
    for (const [round, seals] of [
      [round4(0), []],
      [round4(3), [SEAL]],
      [round4(0), [SEAL, SEAL]],
    ] as const) {
      const block = checkBlock(bftBlock([VANITY, [A, B], vote, round, seals]));
      expect(block.consensus).toBe('ibft2');
      expect(block.hash).toBe(hashWith(encodeRlp([VANITY, [A, B], vote])));
    }
  });

  it.each(QBFT_VOTES.map((vote) => [vote]))('QBFT empties round and seals, vote %#', (vote) => {
    for (const [round, seals] of [
      [NONE, []],
      [Uint8Array.of(3), [SEAL]],
      [NONE, [SEAL, SEAL]],
    ] as const) {
      const block = checkBlock(bftBlock([VANITY, [A, B], vote, round, seals]));
      expect(block.consensus).toBe('qbft');
      expect(block.hash).toBe(hashWith(encodeRlp([VANITY, [A, B], vote, NONE, []])));
    }
  });

  it('IBFT empties the committed seals and keeps the proposer seal', () => {
    const extra = (proposer: Uint8Array, seals: RlpItem): Uint8Array =>
      Buffer.concat([VANITY, encodeRlp([[A, B], proposer, seals])]);
    const block = checkBlock(blockOf(withExtra(extra(SEAL, [SEAL, SEAL]))));
    expect(block.consensus).toBe('ibft');
    expect(block.hash).toBe(hashWith(extra(SEAL, [])));
    expect(block.hash).not.toBe(hashWith(extra(NONE, [])));
  });

  it('block 0 of IBFT2 is hashed as it stands', () => {
    const items = [VANITY, [A], NONE, round4(0), []];
    expect(checkBlock(bftBlock(items, 0n)).hash).toBe(hashWith(encodeRlp(items), 0n));
  });

  it('block 0 of QBFT with a round: reduced as GoQuorum does, raw as Besu does when that is expected', () => {
    const items = [VANITY, [A], [], Uint8Array.of(2), []];
    const raw = hashWith(encodeRlp(items), 0n);
    const reduced = hashWith(encodeRlp([VANITY, [A], [], NONE, []]), 0n) as `0x${string}`;
    expect(checkBlock(bftBlock(items, 0n)).hash).toBe(reduced);
    expect(checkBlock(bftBlock(items, 0n), { hash: reduced }).hash).toBe(reduced);
    expect(checkBlock(bftBlock(items, 0n), { hash: raw as `0x${string}` }).hash).toBe(raw);
  });

  it.each([
    ['no RLP', VANITY],
    ['four items', encodeRlp([VANITY, [A], [], NONE])],
    ['a validator of 19 bytes', encodeRlp([VANITY, [A.subarray(1)], [], NONE, []])],
    ['bytes behind', Buffer.concat([encodeRlp([VANITY, [A], [], NONE, []]), VANITY])],
    ['a QBFT vote with an IBFT2 round', encodeRlp([VANITY, [A], [], round4(0), []])],
    ['nothing', NONE],
  ])('extraData of no BFT form (%s) is hashed plainly', (_name, extra) => {
    const block = checkBlock(blockOf(withExtra(extra)));
    expect(block.consensus).toBe('plain');
    expect(block.hash).toBe(hashWith(extra));
  });
});

/** Bytes of a block that its hash does not cover: BFT round and committed seals at the end of extraData. */
const uncoveredIn = (bytes: Uint8Array, isLegacy: boolean): Readonly<{ start: number; end: number }> => {
  const [extra = NONE, mixHash = NONE] = fieldsIn(bytes).slice(FIELD.extraData, FIELD.nonce);
  const end = extra.byteOffset - bytes.byteOffset + extra.length;
  if (Buffer.compare(mixHash, BFT) !== 0) return { start: end, end };
  const items = decodeRlp(isLegacy ? extra.subarray(32) : extra) as readonly RlpItem[];
  const sealed = isLegacy ? items.slice(2) : items.slice(3);
  return { start: end - sealed.reduce((sum, item) => sum + encodeRlp(item).length, 0), end };
};

describe('one flipped bit', () => {
  const vectors = ownVectors().blocks;
  const kinds = [...new Set(vectors.map(({ consensus }) => consensus))];
  // The longest of its kind has transactions or the most seals; Clique has the most forms, so it gives two.
  const chosen = kinds.flatMap((kind) =>
    vectors
      .filter(({ consensus }) => consensus === kind)
      .sort((a, b) => b.bytes.length - a.bytes.length)
      .filter((_, i, all) => i === 0 || i === all.length - 1),
  );

  it.each(chosen.map((vector) => [vector.consensus, vector.bytes.length, vector] as const))(
    'is found anywhere in a %s block of %d bytes, except inside BFT round and seals',
    (_kind, _length, { bytes, hash, consensus }) => {
      const uncovered = uncoveredIn(bytes, consensus === 'ibft-legacy');
      let unseen = 0;
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const at = bit >> 3;
        const flipped = Uint8Array.from(bytes);
        flipped[at]! ^= 1 << (bit & 7);
        if (codeOf(() => checkBlock(flipped, { hash })) !== undefined) continue;
        unseen += 1;
        if (at < uncovered.start || at >= uncovered.end) expect(`bit ${bit} unseen`).toBe('found');
      }
      // Seals can be altered without changing the hash: they are checked by themselves, as certificates.
      const hasSeals = /ibft|qbft/.test(consensus) && uncovered.end - uncovered.start > 65;
      expect(unseen > 0).toBe(hasSeals);
    },
  );
});

describe('Clique', () => {
  const blocks = ownVectors().blocks.filter(({ consensus }) => consensus === 'clique');
  const isFirst = (bytes: Uint8Array): boolean => fieldsIn(bytes)[FIELD.number]?.length === 0;
  const sealed = blocks.filter(({ bytes }) => !isFirst(bytes));
  const signersOf = (bytes: Uint8Array) => cliqueSignersOfExtraData(fieldsIn(bytes)[FIELD.extraData] ?? NONE);

  it('recovers a signer that block 0 lists, from the block and from its header', () => {
    const listed = new Set(
      blocks.filter(({ bytes }) => isFirst(bytes)).flatMap(({ bytes }) => signersOf(bytes)),
    );
    expect(listed.size).toBeGreaterThanOrEqual(5);
    expect(sealed.length).toBeGreaterThan(10);
    for (const { bytes } of sealed) {
      const { signer } = cliqueSigner(bytes);
      expect(listed).toContain(signer);
      expect(cliqueSigner(encodeRlp(fieldsIn(bytes))).signer).toBe(signer);
      for (const address of signersOf(bytes)) expect(listed).toContain(address);
    }
  });

  it('counts the signers of the headers that follow a block', () => {
    const row = sealed.filter(({ client }) => client.startsWith('GoQuorum')).map(({ bytes }) => bytes);
    const headers = row.slice(1).map((bytes) => encodeRlp(fieldsIn(bytes)));
    const start = checkBlock(row[0]!).hash;
    expect(cliqueSupport(start, headers)).toEqual([cliqueSigner(row[1]!).signer]);
    expect(cliqueSupport(start, [])).toEqual([]);
    expect(codeOf(() => cliqueSupport(start, headers.slice(1)))).toBe('BLOCK_PARENT_MISMATCH');
  });

  it('refuses blocks without a seal', () => {
    for (const { bytes, consensus } of ownVectors().blocks)
      if (consensus !== 'clique' || isFirst(bytes))
        expect(codeOf(() => cliqueSigner(bytes))).toBe('BLOCK_INVALID');
    expect(codeOf(() => cliqueSignersOfExtraData(VANITY))).toBe('BLOCK_INVALID');
  });
});
