import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { join } from 'node:path';

/** What the project compiles to. Jest builds it before the tests (build-once.mjs), so that children run what users run. */
export const BUILT = join(import.meta.dirname, '../../../dist');

export type RunTsOptions = Readonly<{
  args?: readonly string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  stdio?: StdioOptions;
  nodeArgs?: readonly string[];
}>;

/**
 * Starts `node` on a TypeScript file of the repository, given by its path from the root (`apps/cli/src/main.ts`).
 * The caller ends the process. Output is piped and the environment passed on unless told otherwise.
 */
export const spawnTs = (entry: string, options: RunTsOptions = {}): ChildProcess => {
  const { args = [], env = process.env, cwd, stdio = ['ignore', 'pipe', 'pipe'], nodeArgs = [] } = options;
  const file = join(BUILT, entry.replace(/\.ts$/, '.js'));
  return spawn(process.execPath, ['--enable-source-maps', ...nodeArgs, file, ...args], {
    env,
    stdio,
    ...(cwd === undefined ? {} : { cwd }),
  });
};
