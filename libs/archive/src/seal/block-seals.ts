import { bytesToHex, type Hex } from '#libs/kernel';
import { concatBytes, isFilled } from '../bytes.js';
import { readBlock } from '../block-body.js';
import { keccak256 } from '../crypto/keccak.js';
import { recoverAddress, SIGNATURE_BYTES, type Curve } from '../crypto/recover.js';
import { endOf, FIELD, fieldOf, hashWithExtra, numberOf, startOf, type HeaderView } from '../header.js';
import { RlpReader } from '../rlp/reader.js';
import { wrapList } from '../rlp/writer.js';
import { readBftExtra, reducedExtra, type BftExtra } from './bft-extra.js';
import { cliqueSignersOfExtraData } from './clique.js';
import { hashHeader, type BlockConsensus } from './hash-rule.js';

/** A vote to add a validator, or to drop one. */
export type SealVote = Readonly<{ candidate: Hex; add: boolean }>;

/** One signature of a block: whose it is (`undefined`: it isn't a valid signature) and where it lies in the block's bytes. */
export type Seal = Readonly<{ signer: Hex | undefined; offset: number }>;

/** All that a block's header says about who made and who confirmed it; nothing of it is judged yet. */
export type BlockSeals = Readonly<{
  number: bigint;
  consensus: BlockConsensus;
  /** Who made the block: by its seal (Clique, legacy IBFT), else by its coinbase. `undefined`: no one is named. */
  proposer: Hex | undefined;
  /** Committed seals of BFT blocks; the one seal of a Clique block. */
  seals: readonly Seal[];
  /** The validators that extraData lists, in its order: every BFT block, Clique's block 0 and checkpoints. */
  listed: readonly Hex[];
  vote: SealVote | undefined;
}>;

const VANITY_BYTES = 32;
const ADD = 0xff;
const COMMIT = Uint8Array.of(2);
const NO_SEALS = Uint8Array.of(0xc0);
const EMPTY_STRING = Uint8Array.of(0x80);

const sealOf = (digest: Uint8Array, signature: Uint8Array, offset: number, curve?: Curve): Seal => {
  const signer = recoverAddress(digest, signature, curve);
  return { signer: signer && bytesToHex(signer), offset };
};

const addressesIn = (list: RlpReader): Hex[] => {
  const addresses: Hex[] = [];
  while (!list.done) {
    list.next();
    addresses.push(bytesToHex(list.payload()));
  }
  return addresses;
};

/** Clique and legacy IBFT vote by coinbase and nonce; without a candidate there is no vote. */
const voteInHeader = (header: HeaderView): SealVote | undefined => {
  const candidate = fieldOf(header, FIELD.coinbase);
  if (isFilled(candidate, 0, candidate.length, 0)) return undefined;
  return { candidate: bytesToHex(candidate), add: header.bytes[startOf(header, FIELD.nonce)] === ADD };
};

/** IBFT2 and QBFT vote by an item of extraData: recipient and kind. */
const voteInExtra = (item: RlpReader): SealVote | undefined => {
  if (!item.isList || item.end === item.start) return undefined;
  const vote = item.inside();
  vote.next();
  const candidate = bytesToHex(vote.payload());
  vote.next();
  return { candidate, add: item.bytes[vote.start] === ADD };
};

const readCommitted = (list: RlpReader, digest: Uint8Array, curve: Curve): Seal[] => {
  const seals: Seal[] = [];
  while (!list.done) {
    list.next();
    seals.push(sealOf(digest, list.payload(), list.start, curve));
  }
  return seals;
};

/** The proposer of legacy IBFT signs the hash of the header without any seal, hashed once more. */
const ibftProposer = (header: HeaderView, validators: Uint8Array, seal: Uint8Array): Hex | undefined => {
  const vanity = fieldOf(header, FIELD.extraData).subarray(0, VANITY_BYTES);
  const extra = concatBytes(vanity, wrapList(validators, EMPTY_STRING, NO_SEALS));
  const signer = recoverAddress(keccak256(hashWithExtra(header, extra)), seal);
  return signer && bytesToHex(signer);
};

type Parts = Omit<BlockSeals, 'number' | 'consensus'>;

const ibftParts = (header: HeaderView, extra: BftExtra): Parts => {
  const items = new RlpReader(header.bytes, extra.kept, extra.end);
  items.next();
  const validators = items.item();
  const listed = addressesIn(items.inside());
  items.next();
  const proposer = ibftProposer(header, validators, items.payload());
  items.next();
  const hash = hashWithExtra(header, reducedExtra(header, extra));
  const seals = readCommitted(items.inside(), keccak256(concatBytes(hash, COMMIT)), 'secp256k1');
  return { proposer, listed, seals, vote: voteInHeader(header) };
};

/** What every validator of IBFT2 and QBFT signed: the header with its round and without seals. */
const commitDigest = (header: HeaderView, extra: BftExtra, roundEnd: number): Uint8Array => {
  const kept = header.bytes.subarray(extra.kept, roundEnd);
  return hashWithExtra(header, extra.kind === 'qbft' ? wrapList(kept, NO_SEALS) : wrapList(kept));
};

const fiveItemParts = (header: HeaderView, extra: BftExtra, curve: Curve): Parts => {
  const items = new RlpReader(header.bytes, extra.kept, extra.end);
  items.next(); // vanity
  items.next();
  const listed = addressesIn(items.inside());
  items.next();
  const vote = voteInExtra(items);
  items.next(); // round
  const digest = commitDigest(header, extra, items.position);
  items.next();
  const seals = readCommitted(items.inside(), digest, curve);
  return { proposer: bytesToHex(fieldOf(header, FIELD.coinbase)), listed, seals, vote };
};

const cliqueParts = (header: HeaderView, isFirst: boolean): Parts => {
  const extra = fieldOf(header, FIELD.extraData);
  const listed = cliqueSignersOfExtraData(extra);
  if (isFirst) return { proposer: undefined, listed, seals: [], vote: undefined };
  const sealAt = extra.length - SIGNATURE_BYTES;
  const offset = endOf(header, FIELD.extraData) - SIGNATURE_BYTES;
  const seal = sealOf(hashWithExtra(header, extra.subarray(0, sealAt)), extra.subarray(sealAt), offset);
  return { proposer: seal.signer, listed, seals: [seal], vote: voteInHeader(header) };
};

const NOBODY: Parts = { proposer: undefined, seals: [], listed: [], vote: undefined };

const partsOf = (header: HeaderView, consensus: BlockConsensus, curve: Curve): Parts => {
  if (consensus === 'clique') return cliqueParts(header, numberOf(header, FIELD.number) === 0n);
  const extra = readBftExtra(header);
  if (extra === undefined || consensus === 'plain' || consensus === 'raft') return NOBODY;
  return extra.kind === 'ibft' ? ibftParts(header, extra) : fiveItemParts(header, extra, curve);
};

/**
 * Reads who made and who confirmed a block whose form is right (see `checkBlock`). `curve` is that of the committed
 * seals of IBFT2 and QBFT; all others are on secp256k1.
 */
export const readBlockSeals = (bytes: Uint8Array, curve: Curve = 'secp256k1'): BlockSeals => {
  const { header } = readBlock(bytes);
  const number = numberOf(header, FIELD.number);
  const { consensus } = hashHeader(header);
  return { number, consensus, ...partsOf(header, consensus, curve) };
};
