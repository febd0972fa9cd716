const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What each byte outside strings does to the depth, and to the number of values. */
const DEEPER = new Int8Array(256);
const MORE = new Int8Array(256);
for (const open of Buffer.from('[{')) [DEEPER[open], MORE[open]] = [1, 1];
for (const close of Buffer.from(']}')) DEEPER[close] = -1;
for (const comma of Buffer.from(',')) MORE[comma] = 1;

/** Objects and arrays in each other at most: no document of the product or of a node comes near. */
export const JSON_DEPTH_MAX = 64;

export type JsonBounds = Readonly<{
  depthMax?: number;
  /** Items of arrays and objects together: three bytes of JSON may be sixty in memory. */
  valuesMax?: number;
}>;

const effectOf = (table: Int8Array, byte: number): number => table[byte] ?? 0;

/** Index behind the string whose first character is at `from`; the length when it does not end. */
const behindString = (bytes: Buffer, from: number): number => {
  for (let at = from; ; at += 1) {
    const quote = bytes.indexOf(QUOTE, at);
    if (quote < 0) return bytes.length;
    let first = quote;
    while (first > from && bytes[first - 1] === BACKSLASH) first -= 1;
    if ((quote - first) % 2 === 0) return quote + 1;
    at = quote;
  }
};

/**
 * Looks through JSON that a stranger sent before it is parsed, in time linear in its bytes: what lies beyond the bounds
 * in words, `undefined` when nothing does. Whether it is valid JSON is for the parser to say.
 */
export const beyondJsonBounds = (
  source: Uint8Array,
  { depthMax = JSON_DEPTH_MAX, valuesMax = Infinity }: JsonBounds = {},
): string | undefined => {
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  let [depth, values, at] = [0, 0, 0];
  while (at < bytes.length) {
    const byte = bytes[at++] ?? 0;
    if (byte === QUOTE) at = behindString(bytes, at);
    depth += effectOf(DEEPER, byte);
    values += effectOf(MORE, byte);
    if (depth > depthMax) return `it is nested more than ${depthMax} deep`;
    if (values > valuesMax) return `it holds more than ${valuesMax} values`;
  }
  return undefined;
};
