/** `npm start`: installs and builds what is missing or out of date, then runs all services in one process. */
import { spawn } from 'node:child_process';
import { ensureBuilt, ensureConsoleBuilt, inRoot } from './lib/project.mjs';

await ensureBuilt();
await ensureConsoleBuilt();
const main = inRoot('dist/apps/standalone/src/main.js');
const child = spawn(process.execPath, ['--enable-source-maps', main, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.once('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
