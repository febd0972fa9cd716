import { checkedKey, newSecretRef, noSecret, seal, unseal } from '../seal.js';
import { Vault, type SecretRef, type SecretScope } from '../vault.js';
import type { LibsqlDatabase } from './libsql-database.js';

const SQL = {
  put: 'INSERT INTO secrets (ref, scope, sealed) VALUES (?, ?, ?)',
  get: 'SELECT sealed FROM secrets WHERE ref = ?',
  erase: 'DELETE FROM secrets WHERE ref = ?',
  eraseScope: 'DELETE FROM secrets WHERE scope = ?',
} as const;

/** The Vault port on a LibsqlDatabase: ciphertext only; erased rows are overwritten (`secure_delete`). */
export class LibsqlVault extends Vault {
  private readonly key: Uint8Array;

  constructor(
    private readonly database: LibsqlDatabase,
    key: Uint8Array,
  ) {
    super();
    this.key = checkedKey(key);
  }

  async put(scope: SecretScope, secret: Readonly<Record<string, string>>): Promise<SecretRef> {
    const ref = newSecretRef();
    const sealed = seal(this.key, ref, secret);
    await this.database.write(() => this.database.statement(SQL.put).run(ref, scope, sealed));
    return ref;
  }

  async get(ref: SecretRef): Promise<Readonly<Record<string, string>>> {
    const row = await this.database.read(() => this.database.statement(SQL.get).get(ref));
    if (!row) throw noSecret(ref);
    return unseal(this.key, ref, row[0] as Uint8Array);
  }

  async erase(ref: SecretRef): Promise<void> {
    await this.eraseRows(SQL.erase, ref);
  }

  async eraseScope(scope: SecretScope): Promise<void> {
    await this.eraseRows(SQL.eraseScope, scope);
  }

  private async eraseRows(sql: string, value: string): Promise<void> {
    const { changes } = await this.database.write(() => this.database.statement(sql).run(value));
    if (changes > 0) await this.database.truncateLog();
  }
}
