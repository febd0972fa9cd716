/** Makes sure that the servers of the real suites are there: `node scripts/provide.mjs [name...]`, all without a name. */
import { setPriority } from 'node:os';
import { provideAll } from './lib/servers.mjs';

// CI gets them beside the tests, which must not become slow by it.
setPriority(10);
const names = process.argv.slice(2);
const { env, problem } = await provideAll(names.length > 0 ? names : undefined);
process.stdout.write(
  problem ??
    Object.entries(env)
      .map(([name, path]) => `${name}=${path}\n`)
      .join(''),
);
process.exitCode = problem ? 1 : 0;
