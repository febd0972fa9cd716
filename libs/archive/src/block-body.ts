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

/**
 * The transactions as they go into the transactions root: a legacy one as its RLP list, a typed one as type byte and
 * payload. Views into the block. Throws BLOCK_INVALID for a string that begins with no transaction type.
 */
export const transactionsOf = ({ bytes, transactions }: BlockView): Uint8Array[] => {
  const reader = new RlpReader(bytes, transactions.start, transactions.end);
  const items: Uint8Array[] = [];
  while (!reader.done) {
    reader.next();
    if (reader.isList) {
      items.push(reader.item());
      continue;
    }
    const type = reader.end === reader.start ? 0 : (bytes[reader.start] ?? 0);
    if (type === 0 || type > LAST_TRANSACTION_TYPE)
      throw new CodedError('BLOCK_INVALID', 'A transaction has an invalid type.', {
        context: { type, offset: reader.itemStart },
      });
    items.push(reader.payload());
  }
  return items;
};

/** The withdrawals as they go into their root. Views into the block. Throws RLP_INVALID when one is not a list. */
export const withdrawalsOf = ({ bytes, withdrawals }: BlockView): Uint8Array[] => {
  if (withdrawals === undefined) return [];
  const reader = new RlpReader(bytes, withdrawals.start, withdrawals.end);
  const items: Uint8Array[] = [];
  while (!reader.done) {
    reader.nextList();
    items.push(reader.item());
  }
  return items;
};
