import { isCodedError } from '#libs/kernel';
import { concatBytes, holdsAt } from '../bytes.js';
import { endOf, FIELD, startOf, type HeaderView } from '../header.js';
import { RlpReader } from '../rlp/reader.js';
import { wrapList } from '../rlp/writer.js';

/** "ctical byzantine fault tolerance": the mixHash of every IBFT and QBFT block. */
const BFT_MIX_HASH = Uint8Array.from(
  Buffer.from('63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365', 'hex'),
);
const VANITY_BYTES = 32;
const ADDRESS_BYTES = 20;
const ROUND_BYTES = 4;
const SHORT_LIST = 0xc0;

/**
 * The extraData of a BFT block in offsets. `kept..sealed` is what every form of the block hash keeps, `sealed..end`
 * what honest nodes may hold differently (committed seals; with IBFT2 and QBFT the round before them too).
 */
export type BftExtra = Readonly<{
  kind: 'ibft' | 'ibft2' | 'qbft';
  kept: number;
  sealed: number;
  end: number;
}>;

export const isBftHeader = (header: HeaderView): boolean =>
  holdsAt(header.bytes, startOf(header, FIELD.mixHash), BFT_MIX_HASH);

/** Reads list items that are strings of `size` bytes (any size when 0). False when one is not. */
const areStrings = (list: RlpReader, size: number): boolean => {
  while (!list.done) {
    list.next();
    if (list.isList || (size > 0 && list.end - list.start !== size)) return false;
  }
  return true;
};

const nextIsListOfStrings = (reader: RlpReader, size: number): boolean => {
  reader.next();
  return reader.isList && areStrings(reader.inside(), size);
};

const nextIsString = (reader: RlpReader): boolean => {
  reader.next();
  return !reader.isList;
};

/** `vanity ++ rlp[validators, proposerSeal, committedSeals]` */
const readIbft = (bytes: Uint8Array, start: number, end: number): BftExtra | undefined => {
  const at = start + VANITY_BYTES;
  if (at >= end || (bytes[at] ?? 0) < SHORT_LIST) return undefined;
  const whole = new RlpReader(bytes, at, end);
  whole.next();
  if (!whole.done) return undefined;
  const items = whole.inside();
  if (!nextIsListOfStrings(items, ADDRESS_BYTES) || !nextIsString(items)) return undefined;
  const sealed = items.position;
  if (!nextIsListOfStrings(items, 0) || !items.done) return undefined;
  return { kind: 'ibft', kept: whole.start, sealed, end };
};

type Vote = 'ibft2' | 'qbft' | 'either';

/** No vote, "drop" and the round are written differently by the two; "add" is the same in both. */
const readVote = (reader: RlpReader): Vote | undefined => {
  reader.next();
  const size = reader.end - reader.start;
  if (!reader.isList) return size === 0 ? 'ibft2' : undefined;
  if (size === 0) return 'qbft';
  const vote = reader.inside();
  vote.nextString();
  if (vote.end - vote.start !== ADDRESS_BYTES) return undefined;
  vote.nextString();
  if (!vote.done) return undefined;
  if (vote.end === vote.start) return 'qbft';
  if (vote.end - vote.start !== 1) return undefined;
  const type = reader.bytes[vote.start];
  if (type === 0xff) return 'either';
  return type === 0 ? 'ibft2' : undefined;
};

/** IBFT2 writes the round as four bytes, QBFT as a number without leading zeros. */
const kindOf = (vote: Vote, reader: RlpReader): 'ibft2' | 'qbft' | undefined => {
  const size = reader.end - reader.start;
  const isFourBytes = size === ROUND_BYTES;
  const isScalar = size <= ROUND_BYTES && (size === 0 || reader.bytes[reader.start] !== 0);
  if (vote === 'qbft') return isScalar ? 'qbft' : undefined;
  if (isFourBytes) return 'ibft2';
  return vote === 'either' && isScalar ? 'qbft' : undefined;
};

/** `rlp[vanity, validators, vote, round, seals]` */
const readFiveItems = (bytes: Uint8Array, start: number, end: number): BftExtra | undefined => {
  const whole = new RlpReader(bytes, start, end);
  whole.next();
  if (!whole.isList || !whole.done) return undefined;
  const items = whole.inside();
  if (!nextIsString(items) || !nextIsListOfStrings(items, ADDRESS_BYTES)) return undefined;
  const vote = readVote(items);
  const sealed = items.position;
  if (vote === undefined || !nextIsString(items)) return undefined;
  const kind = kindOf(vote, items);
  if (kind === undefined || !nextIsListOfStrings(items, 0) || !items.done) return undefined;
  return { kind, kept: whole.start, sealed, end };
};

/** The parts of a BFT header's extraData; `undefined` when it has none of the three forms. */
export const readBftExtra = (header: HeaderView): BftExtra | undefined => {
  const start = startOf(header, FIELD.extraData);
  const end = endOf(header, FIELD.extraData);
  for (const read of [readIbft, readFiveItems]) {
    try {
      const extra = read(header.bytes, start, end);
      if (extra !== undefined) return extra;
    } catch (error) {
      // Not RLP is one of the ways of not having this form.
      if (!isCodedError(error)) throw error;
    }
  }
  return undefined;
};

const NO_SEALS = Uint8Array.of(0xc0);
const NO_ROUND_NO_SEALS = Uint8Array.of(0x80, 0xc0);

/** The extraData that goes into the block hash: without committed seals, and without the round where that varies. */
export const reducedExtra = (header: HeaderView, extra: BftExtra): Uint8Array => {
  const kept = header.bytes.subarray(extra.kept, extra.sealed);
  switch (extra.kind) {
    case 'ibft': {
      const start = startOf(header, FIELD.extraData);
      return concatBytes(header.bytes.subarray(start, start + VANITY_BYTES), wrapList(kept, NO_SEALS));
    }
    case 'ibft2':
      return wrapList(kept);
    case 'qbft':
      return wrapList(kept, NO_ROUND_NO_SEALS);
  }
};
