import { join } from 'node:path';
import type { LiveEnvironment } from '#libs/domain';
import type { SecretRef, Vault } from '#libs/event-store';
import type { ObjectStore, ObjectStores } from '#libs/object-store';

type Parts = Readonly<{ objects: ObjectStores; vault: Vault; home: string }>;

/** The managed bucket of an environment: the one it names, else a directory of the installation. */
export const managedBucketOf = async (
  { managed }: LiveEnvironment,
  { objects, vault, home }: Parts,
): Promise<ObjectStore> => {
  if (managed === undefined || managed.provider === 'directory') {
    const path = managed?.path ?? join(home, 'managed');
    return objects.open({ provider: 'directory', details: { path }, secrets: {}, role: 'managed' });
  }
  const { provider, details, secretRef } = managed;
  const secrets = secretRef === undefined ? {} : await vault.get(secretRef as SecretRef);
  return objects.open({ provider, details, secrets, role: 'managed' });
};
