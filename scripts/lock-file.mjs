/**
 * Checks that package-lock.json installs everywhere: `npm ci` refuses a lock file without an entry for each optional
 * package, also for those of other platforms.
 */
import { readFileSync } from 'node:fs';
import { inRoot, say } from './lib/project.mjs';

const { packages } = JSON.parse(readFileSync(inRoot('package-lock.json'), 'utf8'));

/** The entry that `name` resolves to from the package at `path`: the nearest `node_modules` that has it. */
const hasEntry = (path, name) => {
  if (packages[`${path && `${path}/`}node_modules/${name}`]) return true;
  const parent = path.lastIndexOf('node_modules/');
  return parent >= 0 && hasEntry(path.slice(0, Math.max(0, parent - 1)), name);
};

const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
  Object.keys(optionalDependencies)
    .filter((name) => !hasEntry(path, name))
    .map((name) => `  ${name}, an optional dependency of ${path}`),
);
/** npm 10 drops these fields, and a machine then installs the binaries of both C libraries. */
const namesLibc = Object.values(packages).some(({ libc }) => libc !== undefined);

const HOW = 'Write the lock file with npm 11 or newer: npm install --package-lock-only --save';
if (missing.length > 0) say(`package-lock.json lacks these packages:\n${missing.join('\n')}\n${HOW}`);
if (!namesLibc) say(`package-lock.json lacks its "libc" fields.\n${HOW}`);
process.exitCode = missing.length > 0 || !namesLibc ? 1 : 0;
