/** What the scripts share: where things are, running commands, installing and building when needed. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');
const STAMP = join(ROOT, 'dist/.built');
const CONSOLE = join(ROOT, 'apps/console');

export const inRoot = (...parts) => join(ROOT, ...parts);
export const tool = (path) => inRoot('node_modules', path);

/** Where reports of test runs go. */
export const artefacts = () => {
  const folder = resolve(ROOT, process.env.CHAINKEEP_ARTEFACTS || 'artefacts');
  mkdirSync(folder, { recursive: true });
  return folder;
};

/** TypeScript 7, which builds and checks the project; `typescript` is version 6, for the tools that need its API (ADR 0058). */
export const TSC = tool('typescript-native/bin/tsc');

export const say = (text) => {
  process.stderr.write(`${text}\n`);
};

const mtimeOf = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

/**
 * Runs a program to its end. `quiet` keeps its output and returns it; else it goes to the terminal. With `timeoutMs`
 * it is ended, with all its children, when it takes longer. `started` gets the process.
 */
export const run = async (
  command,
  args,
  { env = {}, quiet = false, timeoutMs, shell = false, started } = {},
) =>
  new Promise((settle) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
      detached: timeoutMs !== undefined,
      shell,
    });
    started?.(child);
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(chunk));
    let timedOut = false;
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            process.kill(-child.pid, 'SIGKILL');
          }, timeoutMs);
    const end = (code, extra = '') => {
      clearTimeout(timer);
      settle({ code, timedOut, output: Buffer.concat(output).toString() + extra });
    };
    child.once('error', (error) => end(127, `${command}: ${error.message}\n`));
    child.once('close', (code) => end(code ?? 1));
  });

export const node = async (args, options) => run(process.execPath, args, options);

export const npm = async (args, options) =>
  process.env.npm_execpath?.endsWith('.js')
    ? node([process.env.npm_execpath, ...args], options)
    : run('npm', args, { ...options, shell: process.platform === 'win32' });

/** One line of progress for a step that may take a while; its output is shown only when it fails. */
const step = async (title, action, evenIfFailed = false) => {
  const start = performance.now();
  process.stderr.write(`${title} ... `);
  const { code, output } = await action();
  say(code === 0 ? `done (${((performance.now() - start) / 1000).toFixed(0)} s)` : 'failed');
  if (code !== 0) {
    process.stderr.write(output);
    if (!evenIfFailed) process.exit(code);
  }
  return { code };
};

/** Installs what the lock file says, when nothing is installed or the lock file is newer than what is. */
export const ensureInstalled = async () => {
  const installed = mtimeOf(tool('.package-lock.json'));
  if (installed !== 0 && installed >= mtimeOf(inRoot('package-lock.json'))) return;
  await step('Installing packages', async () => npm(['ci'], { quiet: true }));
};

const LEFT_OUT = /\.(spec|contract)\.ts$/;

const newestSource = () => {
  const folders = ['apps', 'demo', 'libs', 'test/support', 'bench']
    .map((folder) => inRoot(folder))
    .filter(existsSync);
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      // A folder's own time changes when a file is removed.
      .filter((entry) => entry.isDirectory() || (entry.name.endsWith('.ts') && !LEFT_OUT.test(entry.name)))
      .filter((entry) => !entry.parentPath.includes('node_modules') && entry.name !== 'node_modules')
      // The console is built by itself.
      .filter((entry) => !join(entry.parentPath, entry.name).startsWith(CONSOLE))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const settings = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'].map((name) => inRoot(name));
  return Math.max(...[...files, ...settings].map(mtimeOf));
};

/** The commit of the sources, with `-modified` when files differ from it; `CHAINKEEP_COMMIT` where there is no repository. */
const commitOf = async () => {
  if (process.env.CHAINKEEP_COMMIT) return process.env.CHAINKEEP_COMMIT;
  const head = await run('git', ['rev-parse', 'HEAD'], { quiet: true });
  if (head.code !== 0) return 'unknown';
  const changes = await run('git', ['status', '--porcelain'], { quiet: true });
  return `${head.output.trim()}${changes.output === '' ? '' : '-modified'}`;
};

/** Compiles the sources; a source that is saved meanwhile is newer than the stamp. */
const build = async (evenWithErrors) => {
  const began = new Date();
  const { code } = await step(
    'Building',
    async () => node([TSC, '-p', 'tsconfig.build.json'], { quiet: true }),
    evenWithErrors,
  );
  if (code !== 0) return;
  writeFileSync(STAMP, '');
  utimesSync(STAMP, began, began);
};

/**
 * Compiles into `dist`, when it is missing or a source is newer, and writes there from which commit. With
 * `evenWithErrors`, type errors are shown but do not end the program: the compiler wrote the files all the same.
 */
export const compile = async ({ evenWithErrors = false } = {}) => {
  if (mtimeOf(STAMP) < newestSource()) await build(evenWithErrors);
  // Also when nothing was compiled: a commit changes what the same files are called.
  writeFileSync(inRoot('dist/build-info.json'), `${JSON.stringify({ commit: await commitOf() })}\n`);
};

/** Compiles into `dist`, when it is missing or a source is newer; installs first, when needed. */
export const ensureBuilt = async () => {
  await ensureInstalled();
  await compile();
};

const newestIn = (folder) =>
  Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) =>
      mtimeOf(join(entry.parentPath, entry.name)),
    ),
  );

/** Builds the console into `dist/console`, when it is missing or a source is newer. */
export const ensureConsoleBuilt = async () => {
  await ensureInstalled();
  const newest = Math.max(newestIn(CONSOLE), mtimeOf(inRoot('package-lock.json')));
  if (mtimeOf(inRoot('dist/console/index.html')) >= newest) return;
  await step('Building the console', async () =>
    node([tool('vite/bin/vite.js'), 'build', 'apps/console', '--logLevel', 'error'], {
      quiet: true,
      env: { NODE_ENV: 'production' },
    }),
  );
};
