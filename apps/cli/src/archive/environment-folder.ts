import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { HISTORY_FILE, MANIFEST_SUFFIX } from '#libs/archive';
import { CodedError } from '#libs/kernel';
import { UsageProblem } from '../exit.js';
import { statFile } from './segment-bytes.js';

/** One environment's files, as they lie in a bucket or a copy of it. */
export type EnvironmentFolder = Readonly<{ name: string; path: string; files: ReadonlySet<string> }>;

export const SEGMENT = /\.rlp(\.gz)?$/;
export const MARKER_FILE = '.chainkeep';
const KNOWN: readonly string[] = [HISTORY_FILE, 'genesis.json', MARKER_FILE, 'README.txt'];

const ADVICE = `Pass a block file, the folder of an environment (with ${HISTORY_FILE}) or a directory of such folders.`;

/** Is it a file, by itself or behind a link? Anything else under its name counts as a missing file. */
const leadsToFile = async (path: string, entry: Dirent): Promise<boolean> =>
  entry.isSymbolicLink()
    ? stat(join(path, entry.name)).then(
        (found) => found.isFile(),
        () => false,
      )
    : entry.isFile();

const namesIn = async (path: string): Promise<ReadonlySet<string>> => {
  const entries = await readdir(path, { withFileTypes: true });
  const isFile = await Promise.all(entries.map(async (entry) => leadsToFile(path, entry)));
  return new Set(entries.filter((_, index) => isFile[index]).map(({ name }) => name));
};

const hasBackup = (files: ReadonlySet<string>): boolean =>
  files.has(HISTORY_FILE) || [...files].some((name) => SEGMENT.test(name) || name.endsWith(MANIFEST_SUFFIX));

const folderAt = async (path: string): Promise<EnvironmentFolder | undefined> => {
  const files = await namesIn(path);
  return hasBackup(files) ? { name: basename(path), path, files } : undefined;
};

/** Is the source one file? Throws INPUT_INVALID when it is not there or lies in a cloud. */
export const isFile = async (source: string): Promise<boolean> => {
  if (/^[a-z0-9]+:\/\//i.test(source))
    throw new UsageProblem(
      `${source} does not exist on this machine.`,
      'Copy the bucket to a directory first, for example with "aws s3 sync", and verify the copy.',
    );
  return (await statFile(source)).isFile();
};

/** The environment at a path, or those in the folders below it. Throws INPUT_INVALID when there is none. */
export const environmentFolders = async (source: string): Promise<readonly EnvironmentFolder[]> => {
  const own = await folderAt(source);
  if (own !== undefined) return [own];
  const entries = await readdir(source, { withFileTypes: true });
  const below = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const found = await Promise.all(below.sort().map(async (name) => folderAt(join(source, name))));
  const folders = found.filter((folder) => folder !== undefined);
  if (folders.length === 0) throw new UsageProblem(`There is no backup in ${source}.`, ADVICE);
  return folders;
};

/** The text of a file in a folder, `undefined` when it is not there. */
export const readIn = async (
  { path, files }: EnvironmentFolder,
  name: string,
): Promise<Uint8Array | undefined> => (files.has(name) ? readSmallFile(join(path, name)) : undefined);

/** No manifest comes near this; a larger file is not read into memory. */
const MANIFEST_BYTES_MAX = 16 * 1024 * 1024;

/** A document beside the blocks. Throws MANIFEST_INVALID for a manifest that is too large to be one. */
export const readSmallFile = async (path: string): Promise<Uint8Array> => {
  const { size } = await statFile(path);
  if (path.endsWith(MANIFEST_SUFFIX) && size > MANIFEST_BYTES_MAX)
    throw new CodedError('MANIFEST_INVALID', `The manifest is ${size} bytes, larger than any manifest.`);
  return readFile(path);
};

/** What is there besides the files of the history and what belongs to them. */
export const unlistedIn = ({ files }: EnvironmentFolder, listed: ReadonlySet<string>): string[] =>
  [...files]
    .filter((name) => !KNOWN.includes(name))
    .filter(
      (name) => !listed.has(name.endsWith(MANIFEST_SUFFIX) ? name.slice(0, -MANIFEST_SUFFIX.length) : name),
    )
    .sort();
