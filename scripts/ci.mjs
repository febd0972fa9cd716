/**
 * What CI runs: the README's test command, the check, then the suites on real servers, where a skip is a failure, and the
 * test command once more with Node 24.
 * The last line holds the totals of all of them.
 */
import { readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { artefacts, node, npm, run, say } from './lib/project.mjs';
import { suitesOf } from './lib/jest.mjs';
import { pathOf, SERVERS } from './lib/servers.mjs';

const LIMIT_MS = 75 * 60 * 1000;
const began = performance.now();
const leftMs = () => Math.max(1, LIMIT_MS - (performance.now() - began));
const minutes = (ms) => `${(ms / 60_000).toFixed(1)} min`;
/** Suites of clients that no registry has: skipped without GOQUORUM_GETH or BESU_HOME. */
const MAY_SKIP = ['test/real/goquorum.spec.ts', 'test/real/besu.spec.ts'];
/** The README's test command must pass where none of them is. */
const withoutServers = Object.fromEntries(Object.values(SERVERS).map(({ env }) => [env, '']));
/** Said again at the end: what a log keeps is its last lines. */
const failures = [];
const total = { passed: 0, failed: 0, skipped: 0 };

const add = ({ passed = 0, failed = 0, skipped = 0 }) => {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
};

const fail = (reason) => {
  say(`FAILED: ${reason}`);
  failures.push(reason);
  add({ failed: 1 });
};

/** Runs one stage within what is left of the time; a stage that fails without any failed item counts as one. */
const stage = async (title, action, report) => {
  say(`\n=== ${title}`);
  const start = performance.now();
  const before = total.failed;
  const { code, timedOut } = await action({ timeoutMs: leftMs() });
  report();
  if (timedOut) fail(`${title} was ended: the whole run may take ${minutes(LIMIT_MS)}`);
  else if (code !== 0 && total.failed === before) fail(`${title} ended with ${code}`);
  say(`=== ${title}: ${minutes(performance.now() - start)}`);
};

const reportJest =
  (name, title = '') =>
  (skipIsFailure) => {
    const suites = suitesOf(name);
    if (!suites) {
      fail(`the Jest run "${name}" left no report`);
      return;
    }
    for (const suite of suites.sort((a, b) => b.seconds - a.seconds)) {
      const { passed, failed, skipped } = suite;
      say(
        `${suite.seconds.toFixed(1).padStart(7)} s  ${title}${suite.name}: ${passed} passed, ${failed} failed, ${skipped} skipped`,
      );
      add(suite);
      failures.push(...suite.failures.map((failure) => `${title}${suite.name}: ${failure}`));
      if (skipIsFailure && skipped > 0 && !MAY_SKIP.includes(suite.name))
        fail(`${suite.name} skipped ${skipped} tests, and here all must run`);
    }
  };

const reportCheck = () => {
  try {
    const items = JSON.parse(readFileSync(join(artefacts(), 'check.json'), 'utf8'));
    for (const { passed } of items) add(passed ? { passed: 1 } : { failed: 1 });
  } catch {
    fail('the check left no report');
  }
};

for (const name of ['jest-test.json', 'jest-real.json', 'check.json']) {
  rmSync(join(artefacts(), name), { force: true });
}
const provisioning = node(['scripts/provide.mjs'], { quiet: true });

await stage(
  'npm test',
  async (limits) => npm(['test'], { ...limits, env: withoutServers }),
  () => reportJest('test')(false),
);
await stage('npm run check', async (limits) => npm(['run', 'check'], limits), reportCheck);
await stage(
  'real servers',
  async (limits) => {
    const { code, output } = await provisioning;
    if (code !== 0) {
      fail(output);
      return { code };
    }
    return npm(['run', 'test:real'], limits);
  },
  () => reportJest('real')(true),
);

await stage(
  'npm test with Node 24',
  async (limits) => {
    const node24 = pathOf('node24');
    const PATH = `${dirname(node24)}${delimiter}${process.env.PATH}`;
    return run(node24, ['scripts/test.mjs'], { ...limits, env: { ...withoutServers, PATH } });
  },
  () => reportJest('test', 'Node 24: ')(false),
);

await stage(
  'bench: gathering against geth export',
  async (limits) => {
    const run = await npm(['run', 'bench', '--', 'gather/gather', '--rounds', '2'], limits);
    if (run.code === 0) add({ passed: 1 });
    return run;
  },
  () => undefined,
);

for (const failure of failures) say(`FAILED: ${failure}`);
say(`\nAll of it took ${minutes(performance.now() - began)}.`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
