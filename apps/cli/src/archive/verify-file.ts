import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HISTORY_FILE, MANIFEST_SUFFIX, parseHistoryDocument, type SealReader } from '#libs/archive';
import { faultOrThrow } from './fault.js';
import { GENESIS_FILE, readGenesis } from './genesis-check.js';
import { unreadable } from './segment-bytes.js';
import { verifyEntry, type EntryInput } from './verify-entry.js';
import type { EnvironmentReport } from './verify-environment.js';

const readBeside = async (path: string): Promise<Uint8Array | undefined> =>
  existsSync(path) ? readFile(path) : undefined;

/** A file given by name. Throws INPUT_INVALID when it does not exist. */
const readGiven = async (path: string): Promise<Uint8Array> => {
  try {
    return await readFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
};

const entryIn = async (path: string): Promise<EntryInput['entry']> => {
  const bytes = await readBeside(join(dirname(path), HISTORY_FILE));
  if (bytes === undefined) return undefined;
  const { history } = parseHistoryDocument(bytes);
  const index = history.findIndex(({ file }) => file === basename(path));
  const stated = history[index];
  return stated && { index, stated };
};

/** Verifies one file of blocks by everything next to it: history document, manifest, genesis, else its name alone. */
export const verifyFile = async (
  path: string,
  reader: SealReader,
  genesisPath?: string,
): Promise<EnvironmentReport> => {
  const file = basename(path);
  try {
    const genesis =
      genesisPath === undefined
        ? await readBeside(join(dirname(path), GENESIS_FILE))
        : await readGiven(genesisPath);
    const { report, faults } = await verifyEntry({
      path,
      file,
      entry: await entryIn(path),
      manifestBytes: await readBeside(path + MANIFEST_SUFFIX),
      genesis: genesis && readGenesis(genesis),
      followed: undefined,
      reader,
    });
    const { blocks, transactions } = report;
    return { environment: file, unlisted: [], files: [report], blocks, transactions, faults };
  } catch (error) {
    const empty = { files: [], blocks: 0, transactions: 0, unlisted: [] };
    return { environment: file, ...empty, faults: [faultOrThrow(file, error)] };
  }
};
