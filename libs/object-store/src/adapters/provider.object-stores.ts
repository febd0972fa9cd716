import { isAbsolute } from 'node:path';
import { CodedError } from '#libs/kernel';
import type { ObjectStore } from '../object-store.js';
import { ObjectStores, type Place } from '../object-stores.js';
import { DirectoryObjectStore } from './directory.object-store.js';

/** Opens the providers this version has: directories. */
export class ProviderObjectStores extends ObjectStores {
  override async open({ provider, details, role }: Place): Promise<ObjectStore> {
    if (provider !== 'directory') {
      throw new CodedError(
        'TARGET_PROVIDER_UNSUPPORTED',
        `Provider "${provider}" is not supported; "directory" is.`,
        {
          context: { provider },
        },
      );
    }
    const path = details['path'];
    if (typeof path !== 'string' || !isAbsolute(path)) {
      throw new CodedError('INPUT_INVALID', 'A directory needs "path", an absolute path on the server.');
    }
    // A member's directory may be a mount: creating it while it is absent would fill the wrong disk.
    return new DirectoryObjectStore({ root: path, create: role === 'managed' || details['create'] === true });
  }
}
