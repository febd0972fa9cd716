import { p256 } from '@noble/curves/nist.js';

/**
 * The uncompressed public key (65 bytes) whose owner signed `digest` (32 bytes) on secp256r1, a few milliseconds a signature;
 * `undefined` when no key did. `signature` is r and s (64 bytes), `recovery` the parity of the point.
 */
export const recoverPublicKeyR1 = (
  signature: Uint8Array,
  recovery: 0 | 1,
  digest: Uint8Array,
): Uint8Array | undefined => {
  try {
    const signed = p256.Signature.fromBytes(signature, 'compact').addRecoveryBit(recovery);
    return signed.recoverPublicKey(digest).toBytes(false);
  } catch {
    return undefined;
  }
};
