import { CodedError, type Hex } from '#libs/kernel';

export const EMPTY_BYTES = new Uint8Array(0);

export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
};

/** Does `bytes` hold exactly `wanted` from `at` on? */
export const holdsAt = (bytes: Uint8Array, at: number, wanted: Uint8Array): boolean => {
  for (let i = 0; i < wanted.length; i += 1) if (bytes[at + i] !== wanted[i]) return false;
  return true;
};

/** Is every byte of `start..end` (end excluded) equal to `value`? */
export const isFilled = (bytes: Uint8Array, start: number, end: number, value: number): boolean => {
  for (let i = start; i < end; i += 1) if (bytes[i] !== value) return false;
  return true;
};

export const concatBytes = (...parts: readonly Uint8Array[]): Uint8Array => {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
};

const HEX = /^(0x)?([0-9a-fA-F]{2})*$/;

/** Bytes of an even number of hex digits, with or without `0x`. Throws INPUT_INVALID naming `what`. */
export const hexToBytes = (hex: string, what = 'value'): Uint8Array => {
  if (!HEX.test(hex))
    throw new CodedError('INPUT_INVALID', `The ${what} does not have an even number of hex digits.`, {
      context: { what },
    });
  // A separate Uint8Array: a Buffer from the shared pool would keep the whole pool alive.
  return Uint8Array.from(Buffer.from(hex.startsWith('0x') ? hex.slice(2) : hex, 'hex'));
};

/** The shortest big-endian form of a number >= 0; zero is no bytes (what RLP calls a scalar). */
export const scalarBytes = (value: bigint): Uint8Array => {
  if (value === 0n) return EMPTY_BYTES;
  const hex = value.toString(16);
  return hexToBytes(hex.length % 2 === 0 ? hex : `0${hex}`);
};

export const hashToBytes = (hash: Hex): Uint8Array => hexToBytes(hash, 'hash');
