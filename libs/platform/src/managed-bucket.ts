import { join } from 'node:path';
import type { LiveEnvironment } from '#libs/domain';
import type { ObjectStore, ObjectStores } from '#libs/object-store';

/** The managed bucket of an environment: the one it names, else a directory of the installation. */
export const managedBucketOf = async (
  environment: LiveEnvironment,
  { objects, home }: Readonly<{ objects: ObjectStores; home: string }>,
): Promise<ObjectStore> => {
  const { managed } = environment;
  const path = managed?.path ?? join(home, 'managed');
  return objects.open({
    provider: managed?.provider ?? 'directory',
    details: { path },
    secrets: {},
    role: 'managed',
  });
};
