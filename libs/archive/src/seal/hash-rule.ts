import { equalBytes, isFilled } from '../bytes.js';
import { endOf, FIELD, hashWithExtra, numberOf, plainHash, startOf, type HeaderView } from '../header.js';
import { isBftHeader, readBftExtra, reducedExtra } from './bft-extra.js';

export type BlockConsensus = 'plain' | 'clique' | 'raft' | 'ibft' | 'ibft2' | 'qbft';

export type HeaderHash = Readonly<{ consensus: BlockConsensus; hash: Uint8Array }>;

const VANITY_BYTES = 32;
const SIGNATURE_BYTES = 65;
const ADDRESS_BYTES = 20;
const SHORT_LIST = 0xc0;
const NANOSECONDS_BYTES = 8;

const hasZeroMixHash = ({ bytes, spans }: HeaderView): boolean =>
  isFilled(bytes, spans[2 * FIELD.mixHash] ?? 0, spans[2 * FIELD.mixHash + 1] ?? 0, 0);

/** Difficulty 1 or 2, a nonce of all zeros or all ones, and extraData of vanity, addresses, signature. */
export const hasCliqueForm = (header: HeaderView): boolean => {
  const { bytes } = header;
  const difficulty = startOf(header, FIELD.difficulty);
  const isOneOrTwo = endOf(header, FIELD.difficulty) === difficulty + 1 && (bytes[difficulty] ?? 0) <= 2;
  const addresses =
    endOf(header, FIELD.extraData) - startOf(header, FIELD.extraData) - VANITY_BYTES - SIGNATURE_BYTES;
  const nonce = startOf(header, FIELD.nonce);
  const vote = bytes[nonce] ?? 1;
  return (
    isOneOrTwo &&
    addresses >= 0 &&
    addresses % ADDRESS_BYTES === 0 &&
    (vote === 0 || vote === 0xff) &&
    isFilled(bytes, nonce, nonce + 8, vote) &&
    hasZeroMixHash(header)
  );
};

/** Time in nanoseconds (8 bytes since 1972) and extraData of 32 zero bytes and a list. */
const hasRaftForm = (header: HeaderView): boolean => {
  const extra = startOf(header, FIELD.extraData);
  return (
    endOf(header, FIELD.timestamp) - startOf(header, FIELD.timestamp) === NANOSECONDS_BYTES &&
    endOf(header, FIELD.extraData) - extra > VANITY_BYTES &&
    (header.bytes[extra + VANITY_BYTES] ?? 0) >= SHORT_LIST &&
    isFilled(header.bytes, extra, extra + VANITY_BYTES, 0) &&
    hasZeroMixHash(header)
  );
};

const plainKindOf = (header: HeaderView): BlockConsensus => {
  if (hasCliqueForm(header)) return 'clique';
  return hasRaftForm(header) ? 'raft' : 'plain';
};

/**
 * The hash of a block by the rule of its own consensus, which the header alone decides: chains migrate.
 * Besu hashes block 0 with its raw extraData under IBFT2 and QBFT, GoQuorum reduces it under QBFT too. The two differ
 * only for a block 0 that states a round or seals; `expected` (32 bytes) then says which client made it.
 */
export const hashHeader = (header: HeaderView, expected?: Uint8Array): HeaderHash => {
  if (!isBftHeader(header)) return { consensus: plainKindOf(header), hash: plainHash(header) };
  const extra = readBftExtra(header);
  // GoQuorum falls back to the plain hash for what it cannot decode.
  if (extra === undefined) return { consensus: 'plain', hash: plainHash(header) };
  const consensus = extra.kind;
  const isFirst = numberOf(header, FIELD.number) === 0n;
  if (isFirst && consensus === 'ibft2') return { consensus, hash: plainHash(header) };
  const hash = hashWithExtra(header, reducedExtra(header, extra));
  if (isFirst && consensus === 'qbft' && expected !== undefined && !equalBytes(hash, expected)) {
    const raw = plainHash(header);
    if (equalBytes(raw, expected)) return { consensus, hash: raw };
  }
  return { consensus, hash };
};
