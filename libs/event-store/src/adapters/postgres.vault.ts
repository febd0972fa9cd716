import { checkedKey, newSecretRef, noSecret, seal, unseal } from '../seal.js';
import { Vault, type SecretRef, type SecretScope } from '../vault.js';
import type { PostgresDatabase } from './postgres-database.js';

const SQL = {
  // Repeated when its answer was lost: the reference is new, so what is there is this very value.
  put: 'INSERT INTO secrets (ref, scope, sealed) VALUES ($1, $2, $3) ON CONFLICT (ref) DO NOTHING',
  get: 'SELECT sealed FROM secrets WHERE ref = $1',
  erase: 'DELETE FROM secrets WHERE ref = $1',
  eraseScope: 'DELETE FROM secrets WHERE scope = $1',
} as const;

/**
 * The Vault port on a PostgresDatabase: the server sees ciphertext only. Erased rows are gone for every reader; their
 * ciphertext leaves the server's files with its next vacuum and its logs with their rotation.
 */
export class PostgresVault extends Vault {
  private readonly key: Uint8Array;

  constructor(
    private readonly database: PostgresDatabase,
    key: Uint8Array,
  ) {
    super();
    this.key = checkedKey(key);
  }

  async put(scope: SecretScope, secret: Readonly<Record<string, string>>): Promise<SecretRef> {
    const ref = newSecretRef();
    await this.database.query(SQL.put, ref, scope, seal(this.key, ref, secret));
    return ref;
  }

  async get(ref: SecretRef): Promise<Readonly<Record<string, string>>> {
    const [row] = await this.database.query(SQL.get, ref);
    if (!row) throw noSecret(ref);
    return unseal(this.key, ref, row[0] as Uint8Array);
  }

  async erase(ref: SecretRef): Promise<void> {
    await this.database.query(SQL.erase, ref);
  }

  async eraseScope(scope: SecretScope): Promise<void> {
    await this.database.query(SQL.eraseScope, scope);
  }
}
