import {
  blockHash,
  checkBlock,
  createBlockSplitter,
  headerBytesOf,
  fieldAtOffset,
  readBlockSeals,
  type CheckedBlock,
  type Curve,
  type Seal,
  type SplitBlock,
} from '#libs/archive';
import { CodedError, isCodedError, type Hex } from '#libs/kernel';
import { alteredByte } from './altered-bit.js';
import { readSegmentBytes } from './segment-bytes.js';

type End = Readonly<{ number: bigint; hash: Hex }> | undefined;

/** Larger blocks are not searched bit by bit, because each try hashes the whole block. */
const SEARCHED_BYTES_MAX = 4096;

const tryCheck = (bytes: Uint8Array, hash?: Hex): CheckedBlock | undefined => {
  try {
    return checkBlock(bytes, { hash });
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return undefined;
  }
};

type Around = readonly [
  before: SplitBlock | undefined,
  at: SplitBlock | undefined,
  after: SplitBlock | undefined,
];

/** The blocks around an offset: the one before, the one that begins there and the one after, as far as they are whole. */
const around = async (path: string, offset: number): Promise<Around> => {
  const splitter = createBlockSplitter();
  let before: SplitBlock | undefined;
  let at: SplitBlock | undefined;
  try {
    for await (const chunk of readSegmentBytes(path)) {
      for (const raw of splitter.push(chunk)) {
        const copy = { bytes: Uint8Array.from(raw.bytes), offset: raw.offset };
        if (raw.offset < offset) before = copy;
        else if (raw.offset === offset) at = copy;
        else return [before, at, copy];
      }
    }
  } catch (error) {
    // What comes after is damaged too: it can vouch for nothing.
    if (!isCodedError(error)) throw error;
  }
  return [before, at, undefined];
};

/** The hash a block should have: what its successor names, or the known end. */
const wantedHash = (after: SplitBlock | undefined, number: unknown, end: End): Hex | undefined => {
  if (after !== undefined) return tryCheck(after.bytes)?.parentHash;
  return number === end?.number ? end?.hash : undefined;
};

const hasHash = (bytes: Uint8Array, hash: Hex): boolean => {
  try {
    return blockHash(bytes) === hash;
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return false;
  }
};

/** Where the altered byte of a block can be: behind a header that has its hash, else in it. */
const searchedIn = (bytes: Uint8Array, hash: Hex): Readonly<{ from: number; to: number }> => {
  try {
    const header = headerBytesOf(bytes);
    const end = header.byteOffset - bytes.byteOffset + header.length;
    return hasHash(bytes, hash) ? { from: end, to: bytes.length } : { from: 0, to: end };
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return { from: 0, to: bytes.length };
  }
};

/** The fault with the very byte, when one altered bit explains it. */
const withByte = (fault: CodedError, { bytes, offset }: SplitBlock, hash: Hex): CodedError => {
  if (bytes.length > SEARCHED_BYTES_MAX) return fault;
  const isRight = (trial: Uint8Array): boolean => hasHash(trial, hash) && tryCheck(trial, hash) !== undefined;
  const found = alteredByte(bytes, searchedIn(bytes, hash), isRight);
  if (found === undefined) return fault;
  const field = fieldAtOffset(found.right, found.at);
  const number = checkBlock(found.right).number;
  return new CodedError(fault.code, fault.message, {
    context: { ...fault.context, number, offset: offset + found.at, field },
    cause: fault,
  });
};

/** A header was altered whose successor names another parent than it has: the one before the fault, then. */
const blamed = (fault: CodedError, before: SplitBlock, { parentHash }: CheckedBlock): CodedError => {
  const { number, hash } = checkBlock(before.bytes);
  const { source } = fault.context;
  return new CodedError(
    'BLOCK_HASH_MISMATCH',
    `The header of block ${number} was altered: block ${String(fault.context['number'])} has a different parent hash.`,
    { context: { number, offset: before.offset, expected: parentHash, actual: hash, source }, cause: fault },
  );
};

/** The block before a broken link, when the one after it is vouched for; `undefined` when it is not. */
const blamedBefore = (
  fault: CodedError,
  [before, at, after]: Around,
  hashes: Readonly<{ wanted: Hex | undefined; end: End }>,
): CodedError | undefined => {
  const own = at && tryCheck(at.bytes);
  if (fault.code !== 'BLOCK_PARENT_MISMATCH' || before === undefined || own === undefined) return undefined;
  const vouched = after === undefined ? hashes.end?.hash : hashes.wanted;
  if (own.hash !== vouched) return undefined;
  return withByte(blamed(fault, before, own), before, own.parentHash);
};

/** Where the block of a fault begins, when the fault has a place. */
const beginOf = ({ context }: CodedError): number | undefined => {
  const { blockOffset, offset } = context;
  if (typeof blockOffset === 'number') return blockOffset;
  return typeof offset === 'number' ? offset : undefined;
};

/**
 * Where exactly is a file wrong? Of two blocks that do not fit the altered one is named: a block is vouched for by the
 * parent its successor names, or by the known hash of the end. In it the byte is named when one bit explains it.
 */
export const located = async (path: string, fault: CodedError, end: End): Promise<CodedError> => {
  const begin = beginOf(fault);
  if (begin === undefined) return fault;
  const found = await around(path, begin);
  const [, at, after] = found;
  if (at === undefined) return fault;
  const wanted = wantedHash(after, fault.context['number'], end);
  const before = blamedBefore(fault, found, { wanted, end });
  if (before !== undefined || wanted === undefined) return before ?? fault;
  return withByte(fault, at, wanted);
};

/** A prefix of a list of seals, and a round before it, take no more. */
const BEFORE_SEALS_BYTES = 16;
const SEAL_BYTES = 65;

/** The seal that is wrong, with what precedes the first one: when all are wrong, the round is. */
const suspectRange = (seals: readonly Seal[], wrongAt: number): Readonly<{ from: number; to: number }> => {
  const wrong = seals.find(({ offset }) => offset === wrongAt) ?? seals[0];
  const at = wrong?.offset ?? 0;
  return { from: Math.max(0, at - BEFORE_SEALS_BYTES), to: at + SEAL_BYTES };
};

/** Is the block the same, and every seal by a validator that it lists? */
const isSealedRight = (bytes: Uint8Array, hash: Hex, curve: Curve): boolean => {
  if (tryCheck(bytes, hash) === undefined) return false;
  const { listed, seals } = readBlockSeals(bytes, curve);
  return seals.length > 0 && seals.every(({ signer }) => signer !== undefined && listed.includes(signer));
};

/** The byte of a seal (or of the round it covers) that was altered: with it right, listed validators made every seal. */
export const locatedSeal = async (path: string, fault: CodedError, curve: Curve): Promise<CodedError> => {
  const begin = beginOf(fault);
  const at = begin === undefined ? undefined : (await around(path, begin))[1];
  if (at === undefined || fault.code !== 'SEAL_INVALID') return fault;
  const { hash, consensus } = checkBlock(at.bytes);
  const { seals } = readBlockSeals(at.bytes, curve);
  // A Clique seal is part of the hash: it is found as any other byte of the header.
  if (consensus === 'clique') return fault;
  const { offset: wrongAt } = fault.context;
  const range = suspectRange(seals, Number(wrongAt) - at.offset);
  const found = alteredByte(at.bytes, range, (bytes) => isSealedRight(bytes, hash, curve));
  if (found === undefined) return fault;
  const index = seals.findIndex(({ offset }) => found.at >= offset && found.at < offset + SEAL_BYTES);
  const field = index < 0 ? 'extraData.round' : `extraData.committedSeals[${index}]`;
  return new CodedError(fault.code, fault.message, {
    context: { ...fault.context, offset: at.offset + found.at, field },
    cause: fault,
  });
};
