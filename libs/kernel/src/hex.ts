/** `0x`-prefixed lower-case hexadecimal. */
export type Hex = `0x${string}`;

const HASH = /^0x[0-9a-f]{64}$/;

/** Is it a 32-byte hash in lower case? */
export const isHash = (value: unknown): value is Hex => typeof value === 'string' && HASH.test(value);

export const bytesToHex = (bytes: Uint8Array): Hex =>
  `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;

/** The parent hash of block 0. */
export const ZERO_HASH: Hex = `0x${'0'.repeat(64)}`;
