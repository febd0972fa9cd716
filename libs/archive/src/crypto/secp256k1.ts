import { createRequire } from 'node:module';
import type * as Native from 'secp256k1';

/** One build of libsecp256k1. */
export type Secp256k1 = Readonly<{
  build: 'native' | 'WebAssembly';
  /**
   * The uncompressed public key (65 bytes) whose owner signed `digest` (32 bytes); `undefined` when no key did.
   * `signature` is r and s (64 bytes), `recovery` the parity of the point.
   */
  recover: (signature: Uint8Array, recovery: 0 | 1, digest: Uint8Array) => Uint8Array | undefined;
}>;

/**
 * The native build, about 60 us a signature; `undefined` where the package has no binary for this platform. It asks for
 * the binding alone: the package's main file silently falls back to `elliptic`, which is 30 times slower.
 */
export const loadNative = (): Secp256k1 | undefined => {
  let native: typeof Native;
  try {
    native = createRequire(import.meta.url)('secp256k1/bindings.js') as typeof Native;
  } catch {
    return undefined;
  }
  return {
    build: 'native',
    recover: (signature, recovery, digest) => {
      try {
        return native.ecdsaRecover(signature, recovery, digest, false);
      } catch {
        return undefined;
      }
    },
  };
};

/** The WebAssembly build, about 170 us a signature on every platform. Its file alone: the whole library loads slowly. */
export const loadWebAssembly = async (): Promise<Secp256k1> => {
  const { instantiateSecp256k1 } = await import('@bitauth/libauth/build/lib/crypto/secp256k1.js');
  const { recoverPublicKeyUncompressed } = await instantiateSecp256k1();
  return {
    build: 'WebAssembly',
    recover: (signature, recovery, digest) => {
      const key = recoverPublicKeyUncompressed(signature, recovery, digest);
      return typeof key === 'string' ? undefined : key; // a string is libauth's error message
    },
  };
};

const secp256k1 = loadNative() ?? (await loadWebAssembly());

/** Which build recovers signatures in this process. */
export const signatureBuild = secp256k1.build;

export const recoverPublicKey = secp256k1.recover;
