import { isAbsolute } from 'node:path';
import { z } from 'zod';
import type { BucketLocation } from '../../bucket-location.js';
import { parseDetails } from '../../details.js';
import { detail, type Provider } from '../../provider.js';
import { DirectoryObjectStore } from './directory.object-store.js';

const settings = z.object({
  path: detail(z.string().refine(isAbsolute, 'an absolute path is expected'), {
    label: 'Path',
    hint: 'An absolute path on the machine that runs Chainkeep, for example /srv/backups/bank-a.',
    address: true,
    type: 'path',
  }),
  create: detail(z.boolean().optional(), {
    label: 'Create',
    hint: 'Create the directory if it does not exist. Leave this off for a mounted disk.',
    advanced: true,
  }),
});

/** A directory of the server: not for members to choose. */
export const directoryProvider: Provider = {
  name: 'directory',
  label: 'Directory on the server',
  access: 'operator',
  settings,
  destination: (location: BucketLocation) => {
    const { path } = parseDetails(settings, location);
    return `directory|${path.replace(/\/+$/, '')}`;
  },
  open: (location: BucketLocation) => {
    const { path, create = false } = parseDetails(settings, location);
    // A member's directory may be a mount: creating it while it is absent would fill the wrong disk.
    return new DirectoryObjectStore({ root: path, create: location.role === 'managed' || create });
  },
};
