import { CodedError } from '#libs/kernel';
import { hexToBytes } from '../bytes.js';

const DECIMAL = /^\d+$/;
const HEX = /^0x[0-9a-f]+$/i;

export const refuse = (path: string, fault: string): CodedError =>
  new CodedError('INPUT_INVALID', `The genesis document's ${path} ${fault}.`, { context: { path } });

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * A JSON value with the keys of all its objects in lower case: the clients read keys in any letter case, and of two
 * that differ in nothing else the last.
 */
export const lowerCaseKeys = <T>(value: T): T => {
  if (Array.isArray(value)) return value.map(lowerCaseKeys) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.toLowerCase(), lowerCaseKeys(inner as unknown)]),
  ) as T;
};

/** An object, `{}` when absent. Throws INPUT_INVALID naming the path. */
export const objectAt = (value: unknown, path: string): JsonObject => {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw refuse(path, 'is not an object');
  return value as JsonObject;
};

/**
 * A number as genesis documents write it: `0x` hex, decimal, or a JSON number. A JSON number above 2^53 has lost its
 * last digits when it comes here, so it is refused. `bits` is the size of the field.
 */
export const numberAt = (value: unknown, path: string, bits: number): bigint | undefined => {
  if (value === undefined || value === null || value === '') return undefined;
  const number = parseNumber(value, path);
  if (number < 0n || number >= 1n << BigInt(bits)) throw refuse(path, `does not fit ${bits} bits`);
  return number;
};

const parseNumber = (value: unknown, path: string): bigint => {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw refuse(path, 'is a number too large to be exact: quote it');
    return BigInt(value);
  }
  if (value === '0x' || value === '0X') return 0n;
  if (typeof value !== 'string' || !(DECIMAL.test(value) || HEX.test(value)))
    throw refuse(path, 'is not a number');
  return BigInt(value);
};

const bytesOf = (value: unknown, path: string): Uint8Array => {
  if (typeof value !== 'string') throw refuse(path, 'is not hex text');
  return hexToBytes(value.replace(/^0X/, '0x'), path);
};

/** Bytes of any length, none when absent. */
export const bytesAt = (value: unknown, path: string): Uint8Array =>
  value === undefined || value === null ? new Uint8Array(0) : bytesOf(value, path);

/** Exactly `size` bytes, zeros when absent; shorter hex is padded on the left, as the clients do. */
export const fixedBytesAt = (value: unknown, path: string, size: number): Uint8Array => {
  const result = new Uint8Array(size);
  if (value === undefined || value === null) return result;
  const hex = typeof value === 'string' ? value.replace(/^0x/i, '') : value;
  const bytes = bytesOf(typeof hex === 'string' && hex.length % 2 === 1 ? `0${hex}` : hex, path);
  if (bytes.length > size) throw refuse(path, `is longer than ${size} bytes`);
  result.set(bytes, size - bytes.length);
  return result;
};
