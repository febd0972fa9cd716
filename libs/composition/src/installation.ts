import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

const isThere = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'EEXIST';

/** The id of this installation, made once: it marks the places it writes to as its own. */
export const installationOf = async (home: string): Promise<string> => {
  const file = join(home, 'installation');
  const draft = `${file}.${process.pid}`;
  await mkdir(home, { recursive: true });
  const handle = await open(draft, 'w');
  try {
    await handle.writeFile(`${randomUUID()}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  // Whole or not at all, and never over the one that is there.
  await link(draft, file).catch((error: unknown) => {
    if (!isThere(error)) throw error;
  });
  await rm(draft, { force: true });
  return (await readFile(file, 'utf8')).trim();
};
