import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import type { BucketLocation } from '../../bucket-location.js';
import { parseDetails } from '../../details.js';
import { detail, type Provider } from '../../provider.js';
import { DirectoryObjectStore } from './directory.object-store.js';

/** The path without links: those of what exists of it, and the rest as it is written. */
export const resolvedPath = async (path: string): Promise<string> => {
  const wanted = resolve(path);
  try {
    return await realpath(wanted);
  } catch {
    const above = dirname(wanted);
    return above === wanted ? wanted : join(await resolvedPath(above), basename(wanted));
  }
};

const pathField = z
  .string()
  .refine(isAbsolute, 'an absolute path is expected')
  .refine((path) => !path.includes('\0'), 'must not hold a NUL');

const settings = z.object({
  path: detail(pathField, {
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

/** The store whose folders directories are. */
export const DIRECTORIES = 'directory';

/** A directory of the server: not for members to choose. */
export const directoryProvider: Provider = {
  name: DIRECTORIES,
  label: 'Directory on the server',
  access: 'operator',
  isDirectory: true,
  settings,
  destination: (location: BucketLocation) => {
    const { path } = parseDetails(settings, location);
    return `directory|${path.replace(/\/+$/, '')}`;
  },
  space: async (location: BucketLocation) => {
    const folder = await resolvedPath(parseDetails(settings, location).path);
    return { store: DIRECTORIES, folder: folder.slice(1) };
  },
  open: (location: BucketLocation) => {
    const { path, create = false } = parseDetails(settings, location);
    // A member's directory may be a mount: creating it while it is absent would fill the wrong disk.
    return new DirectoryObjectStore({ root: path, create: location.role === 'managed' || create });
  },
};
