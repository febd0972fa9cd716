import { createECDH, createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { instantiateSecp256k1 } from '@bitauth/libauth/build/lib/crypto/secp256k1.js';
import fc from 'fast-check';

import { loadNative, loadWebAssembly, type Secp256k1 } from './secp256k1.js';

const native = loadNative();
const wasm = await loadWebAssembly();
const signer = await instantiateSecp256k1();
/** Platforms without a binary have one build, and nothing to compare. */
const onBoth = (name: string, tests: () => void): void => {
  if (native === undefined)
    describe.skip(`${name} (skipped: there is no native build for this platform)`, tests);
  else describe(name, tests);
};

const hex = (bytes: Uint8Array | undefined): string | undefined =>
  bytes && Buffer.from(bytes).toString('hex');
const bytes32 = fc.oneof(
  { weight: 4, arbitrary: fc.uint8Array({ minLength: 32, maxLength: 32 }) },
  fc.constantFrom(new Uint8Array(32), new Uint8Array(32).fill(0xff)),
);
const parity = fc.constantFrom<0 | 1>(0, 1);
const signed = (secret: Uint8Array, digest: Uint8Array) => {
  const answer = signer.signMessageHashRecoverableCompact(secret, digest);
  if (typeof answer === 'string') throw new Error(answer);
  return answer;
};

describe.each([native, wasm].filter((build): build is Secp256k1 => build !== undefined))(
  'the $build build',
  ({ recover }) => {
    it('recovers the key that OpenSSL makes of the secret', () => {
      for (let i = 0; i < 50; i += 1) {
        const secret = createHash('sha256').update(`secret ${i}`).digest();
        const digest = createHash('sha256').update(`message ${i}`).digest();
        const { signature, recoveryId } = signed(secret, digest);
        const ecdh = createECDH('secp256k1');
        ecdh.setPrivateKey(secret);
        expect(recoveryId).toBeLessThan(2);
        expect(hex(recover(signature, recoveryId as 0 | 1, digest))).toBe(ecdh.getPublicKey('hex'));
      }
    });

    it('finds no key where r or s is zero or above the order of the group', () => {
      const good = new Uint8Array(64).fill(1);
      for (const [from, fill] of [
        [0, 0],
        [0, 0xff],
        [32, 0],
        [32, 0xff],
      ] as const) {
        const signature = good.slice().fill(fill, from, from + 32);
        expect(recover(signature, 0, new Uint8Array(32).fill(2))).toBeUndefined();
      }
    });
  },
);

onBoth('both builds', () => {
  it('give the same for arbitrary bytes, of which about a third are valid signatures', () => {
    let valid = 0;
    fc.assert(
      fc.property(bytes32, bytes32, parity, bytes32, (r, s, recovery, digest) => {
        const signature = Buffer.concat([r, s]);
        const key = hex(native?.recover(signature, recovery, digest));
        if (key !== undefined) valid += 1;
        expect(hex(wasm.recover(signature, recovery, digest))).toBe(key);
      }),
      { numRuns: 3000 },
    );
    expect(valid).toBeGreaterThan(300);
    expect(valid).toBeLessThan(2700);
  });

  it('give the same for a signature of which one bit was flipped', () => {
    const digest = createHash('sha256').update('message').digest();
    const { signature, recoveryId } = signed(createHash('sha256').update('secret').digest(), digest);
    for (let bit = 0; bit < 512; bit += 1) {
      const flipped = signature.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const key = hex(native?.recover(flipped, recoveryId as 0 | 1, digest));
      expect(hex(wasm.recover(flipped, recoveryId as 0 | 1, digest))).toBe(key);
    }
  });
});
