import { CodedError } from '#libs/kernel';
import { keccak256 } from './crypto/keccak.js';
import type { RlpReader } from './rlp/reader.js';
import { prefixSize, stringSize, writePrefix, writeString } from './rlp/writer.js';

/** Places of the header fields, in the order every client writes them. */
export const FIELD = {
  parentHash: 0,
  unclesHash: 1,
  coinbase: 2,
  stateRoot: 3,
  transactionsRoot: 4,
  receiptsRoot: 5,
  logsBloom: 6,
  difficulty: 7,
  number: 8,
  gasLimit: 9,
  gasUsed: 10,
  timestamp: 11,
  extraData: 12,
  mixHash: 13,
  nonce: 14,
  baseFeePerGas: 15,
  withdrawalsRoot: 16,
  blobGasUsed: 17,
  excessBlobGas: 18,
  parentBeaconBlockRoot: 19,
  requestsHash: 20,
  blockAccessListHash: 21,
  slotNumber: 22,
} as const;
export type Field = (typeof FIELD)[keyof typeof FIELD];

const FIELDS_MIN = 15;
/** Above zero: exactly that many bytes. Below zero: a number of at most that many bytes. Zero: any string. */
// prettier-ignore
const SHAPES: readonly number[] = [
  32, 32, 20, 32, 32, 32, 256, -32, -8, -8, -8, -8, 0, 32, 8, -32, 32, -8, -8, 32, 32, 32, -8,
];

/** A header as offsets into the bytes it was read from. */
export type HeaderView = Readonly<{
  bytes: Uint8Array;
  /** The header with its list prefix, end excluded. */
  itemStart: number;
  itemEnd: number;
  fields: number;
  /** Start and end (excluded) of each field's payload, alternating. */
  spans: readonly number[];
}>;

/** geth takes no more than 100 KiB from its peers; a set of 10,000 validators fits. */
const EXTRA_BYTES_MAX = 1024 * 1024;

const invalid = (message: string, context: Readonly<Record<string, number>>): CodedError =>
  new CodedError('BLOCK_INVALID', message, { context });

const checkShape = (bytes: Uint8Array, start: number, end: number, field: number): void => {
  const shape = SHAPES[field] ?? 0;
  const size = end - start;
  if (shape > 0 && size !== shape)
    throw invalid('A header field has the wrong size.', { field, size, offset: start });
  if (shape < 0 && (size > -shape || (size > 0 && bytes[start] === 0)))
    throw invalid('A header field is not a canonical number.', { field, size, offset: start });
  if (size > EXTRA_BYTES_MAX)
    throw invalid('The extraData of a header is beyond all bounds.', { field, size, offset: start });
};

/** Reads the header that `reader` has next. Throws RLP_INVALID, or BLOCK_INVALID with the place of the field. */
export const readHeader = (reader: RlpReader): HeaderView => {
  reader.nextList();
  const { bytes, itemStart, end: itemEnd } = reader;
  const inner = reader.inside();
  const spans = new Array<number>(2 * SHAPES.length);
  let fields = 0;
  while (!inner.done) {
    if (fields >= SHAPES.length)
      throw invalid('A header has more fields than this version of Chainkeep knows.', { offset: itemStart });
    inner.nextString();
    checkShape(bytes, inner.start, inner.end, fields);
    spans[2 * fields] = inner.start;
    spans[2 * fields + 1] = inner.end;
    fields += 1;
  }
  if (fields < FIELDS_MIN) throw invalid('A header has too few fields.', { fields, offset: itemStart });
  return { bytes, itemStart, itemEnd, fields, spans };
};

/** Where a field's payload begins. The field must be there. */
export const startOf = (header: HeaderView, field: Field): number => header.spans[2 * field] ?? 0;
/** Where a field's payload ends (excluded). The field must be there. */
export const endOf = (header: HeaderView, field: Field): number => header.spans[2 * field + 1] ?? 0;
export const hasField = (header: HeaderView, field: Field): boolean => field < header.fields;

/** A field's payload as a view. */
export const fieldOf = (header: HeaderView, field: Field): Uint8Array =>
  header.bytes.subarray(startOf(header, field), endOf(header, field));

/** A field of at most 8 bytes as a number. */
export const numberOf = (header: HeaderView, field: Field): bigint => {
  const end = endOf(header, field);
  let high = 0;
  let low = 0;
  for (let i = startOf(header, field); i < end; i += 1) {
    const byte = header.bytes[i] ?? 0;
    if (end - i > 4) high = high * 256 + byte;
    else low = low * 256 + byte;
  }
  return high === 0 ? BigInt(low) : (BigInt(high) << 32n) | BigInt(low);
};

/** keccak256 of the unchanged header. */
export const plainHash = (header: HeaderView): Uint8Array =>
  keccak256(header.bytes.subarray(header.itemStart, header.itemEnd));

/** keccak256 of the header with a different extraData. */
export const hashWithExtra = (header: HeaderView, extra: Uint8Array): Uint8Array => {
  const { bytes, itemEnd } = header;
  const first = startOf(header, FIELD.parentHash) - 1; // a 32-byte string has a prefix of one byte
  const before = bytes.subarray(first, endOf(header, FIELD.timestamp));
  const after = bytes.subarray(endOf(header, FIELD.extraData), itemEnd);
  const length = before.length + stringSize(extra) + after.length;
  const target = new Uint8Array(prefixSize(length) + length);
  const at = writePrefix(target, 0, length, true);
  target.set(before, at);
  target.set(after, writeString(target, at + before.length, extra));
  return keccak256(target);
};
