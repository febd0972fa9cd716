import { CodedError } from '#libs/kernel';
import secp256k1 from 'secp256k1';
import { keccak256 } from './keccak.js';

const SIGNATURE_BYTES = 65;
const RECOVERY_BYTE = 64;
const ETHEREUM_V_OFFSET = 27;

/**
 * The 20-byte address whose key made `signature` (r, s, v; v is 0/1 or 27/28) over a 32-byte digest.
 * Throws BLOCK_INVALID when the bytes are no signature.
 */
export const recoverAddress = (digest: Uint8Array, signature: Uint8Array): Uint8Array => {
  const v = signature[RECOVERY_BYTE] ?? 0;
  const recovery = v >= ETHEREUM_V_OFFSET ? v - ETHEREUM_V_OFFSET : v;
  if (signature.length !== SIGNATURE_BYTES || recovery > 1)
    throw new CodedError('BLOCK_INVALID', 'A seal is not a 65-byte signature.', {
      context: { bytes: signature.length, v },
    });
  try {
    const key = secp256k1.ecdsaRecover(signature.subarray(0, RECOVERY_BYTE), recovery, digest, false);
    return keccak256(key.subarray(1)).subarray(12);
  } catch (cause) {
    throw new CodedError('BLOCK_INVALID', 'A seal is no valid signature.', { cause });
  }
};
