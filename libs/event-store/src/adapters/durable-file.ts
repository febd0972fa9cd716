import { open } from 'node:fs/promises';

/** Is it the system's error with this code, such as ENOENT? */
export const isSystemError = (error: unknown, code: string): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === code;

/** Makes the names in a folder durable: a new or renamed file may be gone after a power loss before that. */
export const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
};
