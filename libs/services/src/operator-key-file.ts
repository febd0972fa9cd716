import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

const OWNER_ONLY = 0o600;

const fileIn = (home: string): string => join(home, 'operator.key');

/** Keeps the first operator key in the data directory, readable by its owner only, for tools on this machine. */
export const keepOperatorKey = async (home: string, key: string): Promise<void> => {
  const handle = await open(fileIn(home), 'w', OWNER_ONLY);
  try {
    // A file that was there before keeps its mode otherwise.
    await handle.chmod(OWNER_ONLY);
    await handle.writeFile(`${key}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** The kept key; `undefined` when the file was taken away. */
export const keptOperatorKey = async (home: string): Promise<string | undefined> => {
  try {
    const key = (await readFile(fileIn(home), 'utf8')).trim();
    return key === '' ? undefined : key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** Removes the file if it holds this key. */
export const dropOperatorKey = async (home: string, key: string): Promise<void> => {
  if ((await keptOperatorKey(home)) === key) await rm(fileIn(home), { force: true });
};
