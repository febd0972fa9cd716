import { readFile } from 'node:fs/promises';

const LEVELS_MAX = 10;

/** The version in the nearest package.json above a module that states one, `unknown` without. */
export const packageVersion = async (moduleUrl: string): Promise<string> => {
  let folder = new URL('.', moduleUrl);
  for (let level = 0; level < LEVELS_MAX; level += 1) {
    const text = await readFile(new URL('package.json', folder), 'utf8').catch(() => '{}');
    const { version } = JSON.parse(text) as { version?: string };
    if (version !== undefined) return version;
    folder = new URL('..', folder);
  }
  return 'unknown';
};
