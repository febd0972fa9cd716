import { createKeccak } from 'hash-wasm';

const hasher = await createKeccak(256);

/** keccak-256, as 32 fresh bytes. */
export const keccak256 = (bytes: Uint8Array): Uint8Array => hasher.init().update(bytes).digest('binary');
