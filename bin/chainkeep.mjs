#!/usr/bin/env node
/** The command line, as compiled. */
import { existsSync } from 'node:fs';

const main = new URL('../dist/apps/cli/src/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write(
    'Chainkeep is not built yet. Run "npm run build" (or "npm start") in its directory first.\n',
  );
  process.exitCode = 3;
}
