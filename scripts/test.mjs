/**
 * `npm test`: the suites that need Node alone. `npm run test:real` (`--real`): those that need a real server, which it
 * provides first. Further arguments go to Jest.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { ensureInstalled, inRoot, say } from './lib/project.mjs';
import { provideAll, SERVERS } from './lib/servers.mjs';
import { runJest } from './lib/jest.mjs';

const REAL = inRoot('test/real');
const args = process.argv.slice(2).filter((arg) => arg !== '--real');

/** The servers a suite asks for; a suite that runs over a list of servers names them anywhere. */
const needsOf = (source) => {
  const calls = [...source.matchAll(/describeWith\(([^)]*)\)/g)].map(([, names]) => names).join();
  const quoted = (text) => [...text.matchAll(/'(\w+)'/g)].map(([, name]) => name);
  const names = quoted(calls.includes(' as ') ? source : calls);
  return [...new Set(names)].filter((name) => name in SERVERS);
};

const nameTheSkipped = () => {
  say('\nNot run here, because they need real servers (npm run test:real provides them and runs these):');
  for (const name of readdirSync(REAL).filter((file) => file.endsWith('.spec.ts'))) {
    const needs = needsOf(readFileSync(inRoot('test/real', name), 'utf8')).join(', ');
    say(`  skipped test/real/${name}: needs ${needs || 'some minutes, but no server'}`);
  }
};

const runReal = async () => {
  say('Providing the servers (built once, some minutes) ...');
  const { env, problem } = await provideAll();
  if (problem) {
    say(problem);
    return 1;
  }
  // One suite at a time: each starts several servers.
  return runJest('real', ['real'], ['--runInBand', ...args], env);
};

await ensureInstalled();
if (process.argv.includes('--real')) {
  process.exitCode = await runReal();
} else {
  process.exitCode = await runJest('test', ['fast', 'service'], args);
  nameTheSkipped();
}
