import { join } from 'node:path';
import { recordedBucket, type LiveEnvironment } from '#libs/domain';
import type { SecretRef, Vault } from '#libs/event-store';
import type { BucketLocation, ObjectStore, ObjectStores } from '#libs/object-store';

type Parts = Readonly<{ vault: Vault; home: string }>;

/** The bucket an environment names, else a directory of the installation; with the secrets it has now. */
export const managedLocationOf = async (
  { managed }: Pick<LiveEnvironment, 'managed'>,
  { vault, home }: Parts,
): Promise<BucketLocation> => {
  const usual = { provider: 'directory', path: join(home, 'managed') };
  const { provider, details, secretRef } = recordedBucket(managed ?? usual);
  const secrets = secretRef === undefined ? {} : await vault.get(secretRef as SecretRef);
  return { provider, details, secrets, role: 'managed' };
};

/** The managed bucket of an environment, opened. */
export const managedBucketOf = async (
  environment: LiveEnvironment,
  parts: Parts & Readonly<{ objects: ObjectStores }>,
): Promise<ObjectStore> => parts.objects.open(await managedLocationOf(environment, parts));
