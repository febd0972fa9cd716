import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { transform, version as swcVersion, type Options } from '@swc/core';

/*
 * Runs the repository's TypeScript in a process of its own without a build: the tree is transpiled (not checked) into
 * a directory under the system's temporary one, named by its content, so that an unchanged tree costs only reading it.
 */

const SWC: Options = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
  swcrc: false,
  configFile: false,
};
const FOLDERS = ['apps', 'demo', 'libs', 'test/support', 'bench', 'scripts', 'bin'] as const;
const LEFT_OUT = /\.(spec|contract)\.ts$|\.md$|^apps\/console\/|(^|\/)(node_modules|dist)\//;
const KEEP_MS = 24 * 60 * 60 * 1000;

type SourceFile = Readonly<{ path: string; content: Buffer }>;

const findRoot = (from: string): string =>
  existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from));

const sourcesOf = async (root: string): Promise<SourceFile[]> => {
  const lists = await Promise.all(
    FOLDERS.map(async (folder) => {
      if (!existsSync(join(root, folder))) return [];
      const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    }),
  );
  const paths = lists.flat().map((path) => relative(root, path));
  const wanted = paths.filter((path) => !LEFT_OUT.test(path)).sort();
  return Promise.all(wanted.map(async (path) => ({ path, content: await readFile(join(root, path)) })));
};

const digest = (...parts: readonly (string | Buffer)[]): string => {
  const hash = createHash('sha256').update(swcVersion).update(JSON.stringify(SWC));
  for (const part of parts) hash.update(`${part.length};`).update(part);
  return hash.digest('hex').slice(0, 32);
};

/** Appears whole or not at all: several test processes build at once. */
const writeWhole = async (file: string, content: string | Buffer): Promise<void> => {
  const draft = `${file}.${randomUUID()}`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(draft, content);
  await rename(draft, file);
};

const transpiled = async (cache: string, root: string, { path, content }: SourceFile): Promise<string> => {
  const known = join(cache, 'files', `${digest(path, content)}.js`);
  if (existsSync(known)) return readFile(known, 'utf8');
  try {
    const { code } = await transform(content.toString('utf8'), { ...SWC, filename: join(root, path) });
    await writeWhole(known, code);
    return code;
  } catch (error) {
    // A file that does not parse fails whoever imports it, not every test that starts a process.
    return `throw new SyntaxError(${JSON.stringify(`${path}: ${String(error)}`)});`;
  }
};

const writeTree = async (
  place: Readonly<{ root: string; cache: string; tree: string }>,
  sources: readonly SourceFile[],
  manifest: Buffer,
): Promise<void> => {
  const { root, cache, tree } = place;
  const draft = `${tree}.${randomUUID()}`;
  await Promise.all(
    sources.map(async (source) => {
      const isTs = source.path.endsWith('.ts');
      const file = join(draft, isTs ? source.path.replace(/\.ts$/, '.js') : source.path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, isTs ? await transpiled(cache, root, source) : source.content);
    }),
  );
  await writeFile(join(draft, 'package.json'), manifest.toString('utf8').replaceAll('"./dist/', '"./'));
  await symlink(join(root, 'node_modules'), join(draft, 'node_modules'));
  await rename(draft, tree).catch(async (error: unknown) => {
    await rm(draft, { recursive: true });
    if (!existsSync(tree)) throw error;
  });
};

const removeOld = async (folder: string): Promise<void> => {
  for (const name of existsSync(folder) ? await readdir(folder) : []) {
    const { mtimeMs } = await stat(join(folder, name)).catch(() => ({ mtimeMs: Infinity }));
    if (mtimeMs < Date.now() - KEEP_MS) await rm(join(folder, name), { recursive: true, force: true });
  }
};

/** Transpiles the tree if nobody did yet; resolves to its directory (`<dir>/apps/x/src/main.js` and so on). */
export const buildTsTree = async (): Promise<string> => {
  const root = findRoot(import.meta.dirname);
  const cache = join(tmpdir(), 'chainkeep-run-ts');
  const [sources, manifest] = await Promise.all([sourcesOf(root), readFile(join(root, 'package.json'))]);
  const name = digest(root, manifest, ...sources.flatMap(({ path, content }) => [path, content]));
  const tree = join(cache, 'trees', name);
  if (existsSync(tree)) {
    await utimes(tree, new Date(), new Date());
    return tree;
  }
  await mkdir(dirname(tree), { recursive: true });
  await writeTree({ root, cache, tree }, sources, manifest);
  await Promise.all([removeOld(join(cache, 'trees')), removeOld(join(cache, 'files'))]);
  return tree;
};

export type RunTsOptions = Readonly<{
  args?: readonly string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  stdio?: StdioOptions;
  nodeArgs?: readonly string[];
}>;

/**
 * Starts `node` on a TypeScript file of the repository, given by its path from the root (`apps/cli/src/main.ts`).
 * The caller ends the process. Output is piped and the environment passed on unless told otherwise.
 */
export const spawnTs = async (entry: string, options: RunTsOptions = {}): Promise<ChildProcess> => {
  const { args = [], env = process.env, cwd, stdio = ['ignore', 'pipe', 'pipe'], nodeArgs = [] } = options;
  const file = join(await buildTsTree(), entry.replace(/\.ts$/, '.js'));
  return spawn(process.execPath, ['--enable-source-maps', ...nodeArgs, file, ...args], {
    env,
    stdio,
    ...(cwd === undefined ? {} : { cwd }),
  });
};
