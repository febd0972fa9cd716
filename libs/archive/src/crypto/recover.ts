import { keccak256 } from './keccak.js';
import { recoverPublicKey } from './secp256k1.js';
import { recoverPublicKeyR1 } from './secp256r1.js';

export const SIGNATURE_BYTES = 65;
const RECOVERY_BYTE = 64;

/** The curve of a chain's signatures: secp256k1, but for Besu networks whose genesis chooses secp256r1. */
export type Curve = 'secp256k1' | 'secp256r1';

/**
 * The 20-byte address whose key made `signature` (r, s, v) over a 32-byte digest; `undefined` when the bytes aren't a
 * signature. v is 0 or 1: no client writes another form into a header, and one form alone leaves no bit unchecked.
 */
export const recoverAddress = (
  digest: Uint8Array,
  signature: Uint8Array,
  curve: Curve = 'secp256k1',
): Uint8Array | undefined => {
  const recovery = signature[RECOVERY_BYTE];
  if (signature.length !== SIGNATURE_BYTES || (recovery !== 0 && recovery !== 1)) return undefined;
  const recover = curve === 'secp256r1' ? recoverPublicKeyR1 : recoverPublicKey;
  const key = recover(signature.subarray(0, RECOVERY_BYTE), recovery, digest);
  return key === undefined ? undefined : keccak256(key.subarray(1)).subarray(12);
};
