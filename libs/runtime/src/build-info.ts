import { readFile } from 'node:fs/promises';

const LEVELS_MAX = 10;
const UNKNOWN = 'unknown';

/** What runs: the version of package.json and the commit it was built from, `unknown` where nothing says so. */
export type BuildInfo = Readonly<{ version: string; commit: string }>;

const fieldsOf = async (file: URL): Promise<Partial<BuildInfo>> =>
  JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as Partial<BuildInfo>;

/**
 * The version in the nearest package.json above a module that states one, and the commit in dist/build-info.json
 * beside it, which the build writes.
 */
export const buildInfo = async (moduleUrl: string): Promise<BuildInfo> => {
  let folder = new URL('.', moduleUrl);
  for (let level = 0; level < LEVELS_MAX; level += 1) {
    const { version } = await fieldsOf(new URL('package.json', folder));
    if (version !== undefined) {
      const { commit = UNKNOWN } = await fieldsOf(new URL('dist/build-info.json', folder));
      return { version, commit };
    }
    folder = new URL('..', folder);
  }
  return { version: UNKNOWN, commit: UNKNOWN };
};
