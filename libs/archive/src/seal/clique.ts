import { bytesToHex, CodedError, type Hex } from '#libs/kernel';
import { isFilled } from '../bytes.js';
import { keccak256 } from '../crypto/keccak.js';
import { recoverAddress } from '../crypto/recover.js';
import { endOf, FIELD, fieldOf, hashWithExtra, readHeader, startOf, type HeaderView } from '../header.js';
import { RlpReader } from '../rlp/reader.js';
import { hasCliqueForm } from './hash-rule.js';

const VANITY_BYTES = 32;
const SIGNATURE_BYTES = 65;
const ADDRESS_BYTES = 20;

/** The header of a block, or the header itself when the bytes are one: a header begins with a string. */
export const headerIn = (bytes: Uint8Array): HeaderView => {
  const outer = new RlpReader(bytes);
  outer.nextList();
  outer.expectDone();
  const first = outer.inside();
  first.next();
  return readHeader(first.isList ? outer.inside() : new RlpReader(bytes));
};

/** The RLP of a block's header, as a view. */
export const headerBytesOf = (bytes: Uint8Array): Uint8Array => {
  const header = headerIn(bytes);
  return bytes.subarray(header.itemStart, header.itemEnd);
};

const signerOf = (header: HeaderView): Hex => {
  const extra = fieldOf(header, FIELD.extraData);
  const sealAt = extra.length - SIGNATURE_BYTES;
  const signer = recoverAddress(hashWithExtra(header, extra.subarray(0, sealAt)), extra.subarray(sealAt));
  if (signer !== undefined) return bytesToHex(signer);
  throw new CodedError('BLOCK_INVALID', 'The seal of the Clique block is not a valid signature.', {
    context: { offset: endOf(header, FIELD.extraData) - SIGNATURE_BYTES },
  });
};

const isUnsealed = (header: HeaderView): boolean => {
  const end = endOf(header, FIELD.extraData);
  return isFilled(header.bytes, end - SIGNATURE_BYTES, end, 0);
};

/**
 * Who sealed a Clique block. Takes the RLP of a block or of its header.
 * Throws BLOCK_INVALID when it has not the form of a Clique header or is not sealed (block 0).
 */
export const cliqueSigner = (bytes: Uint8Array): Readonly<{ signer: Hex }> => {
  const header = headerIn(bytes);
  if (!hasCliqueForm(header) || isUnsealed(header))
    throw new CodedError('BLOCK_INVALID', 'A block carries no Clique seal.', {
      context: { bytes: bytes.length },
    });
  return { signer: signerOf(header) };
};

/**
 * The signers that block 0 or a checkpoint block lists in its extraData, in their order; empty for other blocks.
 * Throws BLOCK_INVALID when the length fits no list of addresses.
 */
export const cliqueSignersOfExtraData = (extra: Uint8Array): Hex[] => {
  const end = extra.length - SIGNATURE_BYTES;
  if (end < VANITY_BYTES || (end - VANITY_BYTES) % ADDRESS_BYTES !== 0)
    throw new CodedError('BLOCK_INVALID', 'This extraData lists no Clique signers.', {
      context: { bytes: extra.length },
    });
  const signers: Hex[] = [];
  for (let at = VANITY_BYTES; at < end; at += ADDRESS_BYTES)
    signers.push(bytesToHex(extra.subarray(at, at + ADDRESS_BYTES)));
  return signers;
};

/**
 * Support for a Clique block: the signers of the headers that follow it, each once, in the order they first signed.
 * `headers` are header RLPs, the first the child of `hash`. Throws BLOCK_PARENT_MISMATCH where the chain is broken.
 */
export const cliqueSupport = (hash: Hex, headers: readonly Uint8Array[]): Hex[] => {
  const signers = new Set<Hex>();
  let parent = hash;
  for (const bytes of headers) {
    const header = headerIn(bytes);
    const actual = bytesToHex(
      header.bytes.subarray(startOf(header, FIELD.parentHash), endOf(header, FIELD.parentHash)),
    );
    if (actual !== parent)
      throw new CodedError('BLOCK_PARENT_MISMATCH', 'The headers after the block do not link to it.', {
        context: { expected: parent, actual },
      });
    signers.add(cliqueSigner(bytes).signer);
    parent = bytesToHex(keccak256(header.bytes.subarray(header.itemStart, header.itemEnd)));
  }
  return [...signers];
};
