/** `npm run check`: everything that can be said of the sources without running them. All are told, not only the first. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { artefacts, ensureInstalled, node, say, tool, TSC } from './lib/project.mjs';

const CHECKS = [
  ['lock file', ['scripts/lock-file.mjs']],
  ['types', [TSC, '-p', 'tsconfig.json', '--noEmit']],
  ['types of the console', [TSC, '-p', 'apps/console', '--noEmit']],
  ['lint', [tool('eslint/bin/eslint.js'), '.', '--max-warnings=0']],
  [
    'boundaries',
    [tool('dependency-cruiser/bin/dependency-cruise.mjs'), 'apps', 'demo', 'libs', 'test', 'bench'],
  ],
  ['dead code', [tool('knip/bin/knip.js')]],
  ['code that only tests use', [tool('knip/bin/knip.js'), '--production']],
  ['formatting', [tool('prettier/bin/prettier.cjs'), '--check', '.']],
  ['generated files', ['scripts/generate.mjs', '--check']],
];

await ensureInstalled();
const items = [];
for (const [name, args] of CHECKS) {
  const start = performance.now();
  const { code, output } = await node(args, { quiet: true });
  const seconds = (performance.now() - start) / 1000;
  items.push({ name, passed: code === 0, seconds });
  if (code !== 0) say(`\n${output.trim()}\n`);
  say(`${code === 0 ? 'passed' : 'FAILED'}  ${name} (${seconds.toFixed(1)} s)`);
}
writeFileSync(join(artefacts(), 'check.json'), JSON.stringify(items, null, 2));
process.exitCode = items.every(({ passed }) => passed) ? 0 : 1;
