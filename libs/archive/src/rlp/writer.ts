import type { RlpItem } from './reader.js';

const SHORT_STRING = 0x80;
const SHORT_LIST = 0xc0;
const SHORT_MAX = 55;

const lengthBytes = (length: number): number => {
  let count = 1;
  for (let rest = length; rest > 0xff; rest = Math.floor(rest / 256)) count += 1;
  return count;
};

/** Bytes of the prefix before a payload of `length` bytes (not for a single byte below 0x80, which has none). */
export const prefixSize = (length: number): number => (length <= SHORT_MAX ? 1 : 1 + lengthBytes(length));

/** Writes a prefix at `at` and returns where the payload begins. */
export const writePrefix = (target: Uint8Array, at: number, length: number, isList: boolean): number => {
  const base = isList ? SHORT_LIST : SHORT_STRING;
  if (length <= SHORT_MAX) {
    target[at] = base + length;
    return at + 1;
  }
  const size = lengthBytes(length);
  target[at] = base + SHORT_MAX + size;
  let rest = length;
  for (let i = size; i > 0; i -= 1) {
    target[at + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return at + 1 + size;
};

/** A single byte below 0x80 encodes itself. */
const isBare = (bytes: Uint8Array): boolean => bytes.length === 1 && (bytes[0] ?? 0xff) < SHORT_STRING;

/** Bytes of a string with its prefix. */
export const stringSize = (bytes: Uint8Array): number =>
  isBare(bytes) ? 1 : prefixSize(bytes.length) + bytes.length;

/** Writes a string with its prefix at `at` and returns the end. */
export const writeString = (target: Uint8Array, at: number, bytes: Uint8Array): number => {
  const start = isBare(bytes) ? at : writePrefix(target, at, bytes.length, false);
  target.set(bytes, start);
  return start + bytes.length;
};

const isList = (item: RlpItem): item is readonly RlpItem[] => Array.isArray(item);

const sizes = (item: RlpItem, lengths: number[]): number => {
  if (!isList(item)) return stringSize(item);
  const slot = lengths.push(0) - 1;
  let payload = 0;
  for (const inner of item) payload += sizes(inner, lengths);
  lengths[slot] = payload;
  return prefixSize(payload) + payload;
};

type Cursor = { at: number; list: number };

const write = (target: Uint8Array, item: RlpItem, lengths: readonly number[], cursor: Cursor): void => {
  if (!isList(item)) {
    cursor.at = writeString(target, cursor.at, item);
    return;
  }
  const length = lengths[cursor.list] ?? 0;
  cursor.list += 1;
  cursor.at = writePrefix(target, cursor.at, length, true);
  for (const inner of item) write(target, inner, lengths, cursor);
};

/** Encodes strings and nested lists of them. */
export const encodeRlp = (item: RlpItem): Uint8Array => {
  const lengths: number[] = [];
  const target = new Uint8Array(sizes(item, lengths));
  write(target, item, lengths, { at: 0, list: 0 });
  return target;
};

/** A list whose items are already encoded. */
export const wrapList = (...items: readonly Uint8Array[]): Uint8Array => {
  let length = 0;
  for (const item of items) length += item.length;
  const target = new Uint8Array(prefixSize(length) + length);
  let at = writePrefix(target, 0, length, true);
  for (const item of items) {
    target.set(item, at);
    at += item.length;
  }
  return target;
};
