import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SecretRef, Vault } from './vault.js';

const KEY = Buffer.alloc(32, 7);
const OTHER_KEY = Buffer.alloc(32, 8);

/** The suite every adapter of the Vault port passes. `open` may be called again, over the same secrets. */
export const describeVaultContract = (
  name: string,
  make: () => Promise<{ open: (key: Uint8Array) => Promise<Vault>; close(): Promise<void> }>,
): void => {
  describe(`Vault contract: ${name}`, () => {
    let under: Awaited<ReturnType<typeof make>>;
    let vault: Vault;
    beforeEach(async () => {
      under = await make();
      vault = await under.open(KEY);
    });
    afterEach(async () => {
      await under.close();
    });

    it('gives back what was put, under a reference that says nothing', async () => {
      const secret = { password: 'correct 🐴 battery', user: '' };
      const ref = await vault.put('member:bank-a', secret);
      expect(ref).toMatch(/^vault:[0-9a-f-]{36}$/);
      expect(await vault.get(ref)).toStrictEqual(secret);
      expect(await (await under.open(KEY)).get(ref)).toStrictEqual(secret);
    });

    it('gives each value a reference of its own', async () => {
      const refs = await Promise.all([1, 2, 3].map(() => vault.put('member:bank-a', { key: 'same' })));
      expect(new Set(refs).size).toBe(3);
    });

    it('does not open a value with another key', async () => {
      const ref = await vault.put('member:bank-a', { key: 'value' });
      const other = await under.open(OTHER_KEY);
      await expect(other.get(ref)).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' });
    });

    it('refuses a key that has not 32 bytes', async () => {
      await expect(under.open(Buffer.alloc(16))).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    });

    it('erases one value, or all of a scope, and is silent when there is none', async () => {
      const [a, b, c] = (await Promise.all(
        (['member:a', 'member:a', 'environment:a'] as const).map((scope) => vault.put(scope, { scope })),
      )) as [SecretRef, SecretRef, SecretRef];
      await vault.erase(a);
      await vault.erase(a);
      await expect(vault.get(a)).rejects.toMatchObject({ code: 'RESOURCE_NOT_FOUND' });
      expect(await vault.get(b)).toStrictEqual({ scope: 'member:a' });
      await vault.eraseScope('member:a');
      await vault.eraseScope('member:nobody');
      await expect(vault.get(b)).rejects.toMatchObject({ code: 'RESOURCE_NOT_FOUND' });
      expect(await vault.get(c)).toStrictEqual({ scope: 'environment:a' });
    });
  });
};
