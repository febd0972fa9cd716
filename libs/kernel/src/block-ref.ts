import type { Hex } from './hex.js';

/** One block of a chain, by number and hash. */
export type BlockRef = Readonly<{ number: bigint; hash: Hex }>;

/** One block and the hash of the one before it. */
export type LinkedBlockRef = BlockRef & Readonly<{ parentHash: Hex }>;

/** Inclusive block numbers. */
export type BlockRange = Readonly<{ start: bigint; end: bigint }>;
