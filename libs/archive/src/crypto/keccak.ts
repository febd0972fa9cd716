import { CodedError } from '#libs/kernel';
import { createKeccak, type IHasher } from 'hash-wasm';

let hasher: IHasher | undefined;

/** Compiles the hash function. Call once per process or worker before anything else here; repeating is free. */
export const initCrypto = async (): Promise<void> => {
  hasher ??= await createKeccak(256);
};

/** keccak256 as 32 fresh bytes. Throws INTERNAL when `initCrypto` was not awaited: a fault of the program. */
export const keccak256 = (bytes: Uint8Array): Uint8Array => {
  if (hasher === undefined) throw new CodedError('INTERNAL', 'initCrypto() was not awaited before hashing.');
  // One shared hasher is safe: these three calls never yield.
  hasher.init();
  hasher.update(bytes);
  return hasher.digest('binary');
};
