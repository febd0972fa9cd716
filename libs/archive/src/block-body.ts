import { CodedError } from '#libs/kernel';
import { readHeader, type HeaderView } from './header.js';
import { RlpReader } from './rlp/reader.js';

/** Where an item lies: its prefix, and its payload (end excluded). */
export type Span = Readonly<{ itemStart: number; start: number; end: number }>;

/** A block as offsets into its bytes. The parts after the uncles are there since Shanghai and Amsterdam. */
export type BlockView = Readonly<{
  bytes: Uint8Array;
  header: HeaderView;
  transactions: Span;
  uncles: Span;
  withdrawals: Span | undefined;
  blockAccessList: Span | undefined;
}>;

const nextListSpan = (reader: RlpReader): Span => {
  reader.nextList();
  return { itemStart: reader.itemStart, start: reader.start, end: reader.end };
};

/**
 * Reads the outline of one block that is all of `bytes`; what is inside the lists is not read yet.
 * Throws RLP_INVALID or BLOCK_INVALID with the offset.
 */
export const readBlock = (bytes: Uint8Array): BlockView => {
  const outer = new RlpReader(bytes);
  outer.nextList();
  outer.expectDone();
  const reader = outer.inside();
  const header = readHeader(reader);
  const transactions = nextListSpan(reader);
  const uncles = nextListSpan(reader);
  const withdrawals = reader.done ? undefined : nextListSpan(reader);
  const blockAccessList = reader.done ? undefined : nextListSpan(reader);
  reader.expectDone();
  return { bytes, header, transactions, uncles, withdrawals, blockAccessList };
};

const LAST_TRANSACTION_TYPE = 0x7f;
/** Lists above this are kept as offsets, because a view costs a hundred bytes and an item may have ten. */
const LARGE_LIST_BYTES = 1024 * 1024;

/** What an item of a list must be: `payload` reads it from a reader that has just read it. */
type Kind = Readonly<{
  name: string;
  /** Bytes that the payload of such an item has at least, in any form of it. */
  bytesMin: number;
  next: (reader: RlpReader) => Span;
}>;

/** The items of a list, as an array has them; each is a view into the block. Those of a large list are made when asked for. */
export type Items = Readonly<{ length: number; at: (index: number) => Uint8Array | undefined }>;

const wholeItem = ({ itemStart, end }: RlpReader): Span => ({ itemStart, start: itemStart, end });

/** A legacy one is its RLP list, a typed one type byte and payload; both have nine fields at least. */
const TRANSACTION: Kind = {
  name: 'transaction',
  bytesMin: 9,
  next: (reader) => {
    reader.next();
    if (reader.isList) return wholeItem(reader);
    const { itemStart, start, end } = reader;
    const type = end === start ? 0 : (reader.bytes[start] ?? 0);
    if (type === 0 || type > LAST_TRANSACTION_TYPE)
      throw new CodedError('BLOCK_INVALID', 'A transaction has an invalid type.', {
        context: { type, offset: itemStart },
      });
    return { itemStart, start, end };
  },
};
const WITHDRAWAL: Kind = {
  name: 'withdrawal',
  bytesMin: 24,
  next: (reader) => {
    reader.nextList();
    return wholeItem(reader);
  },
};

/** Two numbers an item, whatever a stranger put into the list: items too small to be any are refused at the first. */
const largeItems = (bytes: Uint8Array, { start, end }: Span, kind: Kind): Items => {
  let count = 0;
  for (const reader = new RlpReader(bytes, start, end); !reader.done; count += 1) {
    kind.next(reader);
    if (reader.end - reader.start < kind.bytesMin)
      throw new CodedError('BLOCK_INVALID', `A ${kind.name} is smaller than any can be.`, {
        context: { offset: reader.itemStart },
      });
  }
  const bounds = new Uint32Array(2 * count);
  const reader = new RlpReader(bytes, start, end);
  for (let index = 0; index < count; index += 1) {
    const item = kind.next(reader);
    bounds[2 * index] = item.start;
    bounds[2 * index + 1] = item.end;
  }
  return { length: count, at: (index) => bytes.subarray(bounds[2 * index], bounds[2 * index + 1]) };
};

const readItems = (bytes: Uint8Array, span: Span, kind: Kind): Items => {
  if (span.end - span.start > LARGE_LIST_BYTES) return largeItems(bytes, span, kind);
  const reader = new RlpReader(bytes, span.start, span.end);
  const items: Uint8Array[] = [];
  while (!reader.done) {
    const { start, end } = kind.next(reader);
    items.push(bytes.subarray(start, end));
  }
  return items;
};

/**
 * The transactions as they go into the transactions root: a legacy one as its RLP list, a typed one as type byte and
 * payload. Throws BLOCK_INVALID for a string that begins with no transaction type.
 */
export const transactionsOf = ({ bytes, transactions }: BlockView): Items =>
  readItems(bytes, transactions, TRANSACTION);

/** The withdrawals as they go into their root. Throws RLP_INVALID when one is not a list. */
export const withdrawalsOf = ({ bytes, withdrawals }: BlockView): Items =>
  withdrawals === undefined ? [] : readItems(bytes, withdrawals, WITHDRAWAL);
