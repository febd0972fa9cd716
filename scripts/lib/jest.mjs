/** Running Jest's projects, and reading its reports. */
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { artefacts, node, ROOT, say, tool } from './project.mjs';

/** How long Jest may take to end once its report is written. Something that a test left open holds it for ever. */
const END_MS = 30_000;
const LOOK_MS = 1_000;

const reportOf = (name) => join(artefacts(), `jest-${name}.json`);

/** Kills Jest when it wrote the report and does not end. */
const endAfterReport = (report) => (child) => {
  const timer = setInterval(() => {
    const { mtimeMs = Infinity } = statSync(report, { throwIfNoEntry: false }) ?? {};
    if (Date.now() - mtimeMs < END_MS) return;
    say(
      `FAILED: Jest did not end within ${END_MS / 1_000} s after its report. Find what is open: npx jest --detectOpenHandles <suite>`,
    );
    child.kill('SIGKILL');
  }, LOOK_MS);
  child.once('close', () => clearInterval(timer));
};

/** Runs the projects and writes a report under `name`; resolves to Jest's exit code. */
export const runJest = async (name, projects, args, env = {}) => {
  rmSync(reportOf(name), { force: true });
  const nodeOptions = [
    process.env.NODE_OPTIONS,
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
  ];
  const all = [
    tool('jest/bin/jest.js'),
    ...args,
    '--json',
    `--outputFile=${reportOf(name)}`,
    '--selectProjects',
    ...projects,
  ];
  const { code } = await node(all, {
    env: { ...env, NODE_OPTIONS: nodeOptions.filter(Boolean).join(' ') },
    started: endAfterReport(reportOf(name)),
  });
  return code;
};

/** Its name and the first line of what it says. */
const failureOf = ({ fullName, failureMessages }) =>
  `${fullName}: ${failureMessages[0]?.split('\n')[0] ?? ''}`;

const suiteOf = ({ name, startTime, endTime, assertionResults, status }) => {
  const count = (...wanted) => assertionResults.filter((test) => wanted.includes(test.status)).length;
  const failed = count('failed');
  const couldNotStart = failed === 0 && status === 'failed';
  return {
    name: relative(ROOT, name),
    seconds: Math.max(0, endTime - startTime) / 1000,
    passed: count('passed'),
    // A suite that could not even start counts as one failure.
    failed: couldNotStart ? 1 : failed,
    skipped: count('pending', 'skipped', 'todo', 'disabled'),
    failures: couldNotStart
      ? ['could not start']
      : assertionResults.filter((test) => test.status === 'failed').map(failureOf),
  };
};

/** The suites of a run's report; `undefined` when it did not write one. */
export const suitesOf = (name) => {
  if (!existsSync(reportOf(name))) return undefined;
  return JSON.parse(readFileSync(reportOf(name), 'utf8')).testResults.map(suiteOf);
};
