/** Replaces a secret in an event. */
export type SecretRef = `vault:${string}`;

/** What secrets are erased with. A member and an environment may have the same id. */
export type SecretScope = `member:${string}` | `environment:${string}`;

export const memberScope = (id: string): SecretScope => `member:${id}`;
export const environmentScope = (id: string): SecretScope => `environment:${id}`;

/**
 * Port: sealed, erasable values that must never be in events, logs or answers.
 *
 * Contract (vault.contract.ts): `put` is durable when it resolves; `get` rejects with SECRET_UNREADABLE when the
 * value was sealed under another key or was altered, RESOURCE_NOT_FOUND when it was erased; erasing is silent when
 * there is nothing.
 */
export abstract class Vault {
  /** Seals `secret`; `scope` (a member, an environment) is what it is erased with. */
  abstract put(scope: SecretScope, secret: Readonly<Record<string, string>>): Promise<SecretRef>;
  abstract get(ref: SecretRef): Promise<Readonly<Record<string, string>>>;
  abstract erase(ref: SecretRef): Promise<void>;
  abstract eraseScope(scope: SecretScope): Promise<void>;
}
