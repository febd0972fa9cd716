import { CodedError } from '#libs/kernel';

const SHORT_STRING = 0x80;
const LONG_STRING = 0xb7;
const SHORT_LIST = 0xc0;
const LONG_LIST = 0xf7;
const SHORT_MAX = 55;
/** Lengths above 2^48 are refused: no block comes near, and doubles hold them exactly. */
const LENGTH_BYTES_MAX = 6;

export const rlpInvalid = (message: string, offset: number): CodedError =>
  new CodedError('RLP_INVALID', message, { context: { offset } });

/**
 * Strict RLP, item by item, without copying. After `next()` the fields describe the item just read, as offsets into
 * `bytes`. Every form but the canonical one throws RLP_INVALID with the offset of the item.
 */
export class RlpReader {
  /** Where the next item begins. */
  position: number;
  isList = false;
  /** First byte of the item's prefix. */
  itemStart = 0;
  /** The payload, end excluded. The item ends where its payload ends. */
  start = 0;
  end = 0;

  constructor(
    readonly bytes: Uint8Array,
    position = 0,
    readonly limit = bytes.length,
  ) {
    this.position = position;
  }

  get done(): boolean {
    return this.position >= this.limit;
  }

  next(): void {
    const at = this.position;
    if (at >= this.limit) throw rlpInvalid('An item is missing.', at);
    const first = this.bytes[at] ?? 0;
    this.itemStart = at;
    this.isList = first >= SHORT_LIST;
    if (first < SHORT_STRING) {
      this.start = at;
      this.end = at + 1;
    } else {
      this.readPrefixed(at, first);
    }
    if (this.end > this.limit) throw rlpInvalid('An item reaches beyond its list or the input.', at);
    this.position = this.end;
  }

  nextList(): void {
    this.next();
    if (!this.isList) throw rlpInvalid('A list is expected.', this.itemStart);
  }

  nextString(): void {
    this.next();
    if (this.isList) throw rlpInvalid('A string is expected.', this.itemStart);
  }

  /** A reader over the items of the list just read. */
  inside(): RlpReader {
    return new RlpReader(this.bytes, this.start, this.end);
  }

  /** The payload of the item just read, as a view. */
  payload(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  /** The whole item just read, with its prefix, as a view. */
  item(): Uint8Array {
    return this.bytes.subarray(this.itemStart, this.end);
  }

  /** Throws RLP_INVALID unless everything was read. */
  expectDone(): void {
    if (!this.done) throw rlpInvalid('There are bytes after the last item.', this.position);
  }

  private readPrefixed(at: number, first: number): void {
    const base = first >= SHORT_LIST ? SHORT_LIST : SHORT_STRING;
    const short = first - base;
    if (short <= SHORT_MAX) {
      this.start = at + 1;
      this.end = this.start + short;
      const isBareByte = first === SHORT_STRING + 1 && (this.bytes[at + 1] ?? 0xff) < SHORT_STRING;
      if (isBareByte) throw rlpInvalid('A byte below 0x80 has a prefix.', at);
      return;
    }
    const sizeOfLength = first - (first >= SHORT_LIST ? LONG_LIST : LONG_STRING);
    this.start = at + 1 + sizeOfLength;
    if (this.start > this.limit) throw rlpInvalid('The input ends inside a length.', at);
    this.end = this.start + readLongLength(this.bytes, at + 1, sizeOfLength, at);
  }
}

/**
 * A big-endian length behind a long prefix. Throws RLP_INVALID (with `offset`) when it could be shorter or is beyond
 * all bounds.
 */
export const readLongLength = (bytes: Uint8Array, at: number, size: number, offset: number): number => {
  if (bytes[at] === 0) throw rlpInvalid('A length begins with a zero.', offset);
  if (size > LENGTH_BYTES_MAX) throw rlpInvalid('A length is beyond all bounds.', offset);
  let length = 0;
  for (let i = 0; i < size; i += 1) length = length * 256 + (bytes[at + i] ?? 0);
  if (length <= SHORT_MAX) throw rlpInvalid('A short length is written in the long form.', offset);
  return length;
};

export type RlpItem = Uint8Array | readonly RlpItem[];

const DEPTH_MAX = 512;

const decodeItem = (reader: RlpReader, depth: number): RlpItem => {
  reader.next();
  if (!reader.isList) return reader.payload();
  if (depth >= DEPTH_MAX) throw rlpInvalid('Lists are nested too deeply.', reader.itemStart);
  const inner = reader.inside();
  const items: RlpItem[] = [];
  while (!inner.done) items.push(decodeItem(inner, depth + 1));
  return items;
};

/**
 * Decodes one item that is all of `bytes`; strings are views. Throws RLP_INVALID with the offset.
 * @internal used by tests
 */
export const decodeRlp = (bytes: Uint8Array): RlpItem => {
  const reader = new RlpReader(bytes);
  const item = decodeItem(reader, 0);
  reader.expectDone();
  return item;
};
