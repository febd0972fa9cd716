import secp256k1 from 'secp256k1';
import { keccak256 } from './keccak.js';

export const SIGNATURE_BYTES = 65;
const RECOVERY_BYTE = 64;

/**
 * The 20-byte address whose key made `signature` (r, s, v) over a 32-byte digest; `undefined` when the bytes are no
 * signature. v is 0 or 1: no client writes another form into a header, and one form alone leaves no bit unchecked.
 */
export const recoverAddress = (digest: Uint8Array, signature: Uint8Array): Uint8Array | undefined => {
  const recovery = signature[RECOVERY_BYTE] ?? 0;
  if (signature.length !== SIGNATURE_BYTES || recovery > 1) return undefined;
  try {
    const key = secp256k1.ecdsaRecover(signature.subarray(0, RECOVERY_BYTE), recovery, digest, false);
    return keccak256(key.subarray(1)).subarray(12);
  } catch {
    return undefined;
  }
};
