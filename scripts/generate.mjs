/**
 * `npm run generate`: writes the committed files that are made from the code; `--check` says which are stale instead.
 * Each file in scripts/generators exports `output` (a path from the root) and `generate()` (its text), and may import
 * what was compiled.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, inRoot, say } from './lib/project.mjs';

const check = process.argv.includes('--check');
await ensureBuilt();

let stale = 0;
for (const name of readdirSync(inRoot('scripts/generators')).sort()) {
  const { output, generate } = await import(pathToFileURL(inRoot('scripts/generators', name)).href);
  const path = inRoot(output);
  const text = await generate();
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  if (check) {
    stale += 1;
    say(`${output} is stale: run "npm run generate" and commit it.`);
  } else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    say(`Wrote ${output}.`);
  }
}
process.exit(stale === 0 ? 0 : 1);
