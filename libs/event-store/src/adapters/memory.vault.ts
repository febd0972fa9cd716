import { checkedKey, newSecretRef, noSecret, seal, unseal } from '../seal.js';
import { Vault, type SecretRef, type SecretScope } from '../vault.js';

/** Sealed values by reference; hand the same map to a second vault to "reopen" it. */
export type MemorySecrets = Map<SecretRef, Readonly<{ scope: string; sealed: Uint8Array }>>;

/** The Vault port in memory: sealed as on disk, so that a wrong key fails here too. */
export class MemoryVault extends Vault {
  private readonly key: Uint8Array;

  constructor(
    key: Uint8Array,
    private readonly secrets: MemorySecrets = new Map(),
  ) {
    super();
    this.key = checkedKey(key);
  }

  async put(scope: SecretScope, secret: Readonly<Record<string, string>>): Promise<SecretRef> {
    const ref = newSecretRef();
    this.secrets.set(ref, { scope, sealed: seal(this.key, ref, secret) });
    return ref;
  }

  async get(ref: SecretRef): Promise<Readonly<Record<string, string>>> {
    const found = this.secrets.get(ref);
    if (!found) throw noSecret(ref);
    return unseal(this.key, ref, found.sealed);
  }

  async erase(ref: SecretRef): Promise<void> {
    this.secrets.delete(ref);
  }

  async eraseScope(scope: SecretScope): Promise<void> {
    for (const [ref, secret] of [...this.secrets]) if (secret.scope === scope) this.secrets.delete(ref);
  }
}
