import { readBlock, type Span } from './block-body.js';
import { FIELD, type HeaderView } from './header.js';
import { RlpReader } from './rlp/reader.js';

const FIELD_NAMES = Object.keys(FIELD);

const inHeader = ({ spans }: HeaderView, at: number): string => {
  for (let field = 0; 2 * field < spans.length; field += 1)
    if (at >= (spans[2 * field] ?? 0) && at < (spans[2 * field + 1] ?? 0))
      return `header.${FIELD_NAMES[field] ?? field}`;
  return 'header';
};

const indexIn = (bytes: Uint8Array, { start, end }: Span, at: number): string => {
  const reader = new RlpReader(bytes, start, end);
  for (let index = 0; !reader.done; index += 1) {
    reader.next();
    if (at < reader.end) return `[${index}]`;
  }
  return '';
};

/** What lies at a byte of a block, in the words of its fields. Throws as `checkBlock` when the block has no form. */
export const fieldAtOffset = (bytes: Uint8Array, at: number): string => {
  const { header, transactions, uncles, withdrawals, blockAccessList } = readBlock(bytes);
  if (at < header.itemStart) return 'block';
  if (at < header.itemEnd) return inHeader(header, at);
  const parts = { transactions, uncles, withdrawals, blockAccessList };
  for (const [name, span] of Object.entries(parts))
    if (span !== undefined && at >= span.itemStart && at < span.end)
      return at < span.start ? name : `${name}${indexIn(bytes, span, at)}`;
  return 'block';
};
