/** `npm run bench -- <name> [arguments]`: builds and runs bench/<name>.bench.ts. */
import { existsSync, readdirSync } from 'node:fs';
import { ensureBuilt, inRoot, node, say } from './lib/project.mjs';

const SUFFIX = '.bench.ts';
const [name = '', ...args] = process.argv.slice(2);
const files = existsSync(inRoot('bench')) ? readdirSync(inRoot('bench'), { recursive: true }) : [];
const names = files.filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length));
if (names.includes(name)) {
  await ensureBuilt();
  const main = inRoot('dist/bench', `${name}.bench.js`);
  const { code } = await node(['--enable-source-maps', '--expose-gc', main, ...args]);
  process.exitCode = code;
} else {
  say(`Give the name of a benchmark: ${names.join(', ') || '(there is none)'}`);
  process.exitCode = 2;
}
