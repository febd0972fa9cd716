import { join } from 'node:path';
import { recordedBucket, type LiveEnvironment } from '#libs/domain';
import type { SecretRef, Vault } from '#libs/event-store';
import type { ObjectStore, ObjectStores } from '#libs/object-store';

type Parts = Readonly<{ objects: ObjectStores; vault: Vault; home: string }>;

/** The managed bucket of an environment: the one it names, else a directory of the installation. */
export const managedBucketOf = async (
  { managed }: LiveEnvironment,
  { objects, vault, home }: Parts,
): Promise<ObjectStore> => {
  const usual = { provider: 'directory', path: join(home, 'managed') };
  const { provider, details, secretRef } = recordedBucket(managed ?? usual);
  const secrets = secretRef === undefined ? {} : await vault.get(secretRef as SecretRef);
  return objects.open({ provider, details, secrets, role: 'managed' });
};
