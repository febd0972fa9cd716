import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { HISTORY_FILE, MANIFEST_SUFFIX, parseHistoryDocument, type SealReader } from '#libs/archive';
import type { Hex } from '#libs/kernel';
import { readSmallFile } from './environment-folder.js';
import { faultOrThrow } from './fault.js';
import { GENESIS_FILE, readGenesis, type GivenGenesis, type KnownGenesis } from './genesis-check.js';
import { firstBlockIn } from './verify-segment.js';
import { verifyEntry, type EntryInput } from './verify-entry.js';
import type { EnvironmentReport } from './verify-environment.js';

const readBeside = async (path: string): Promise<Uint8Array | undefined> =>
  existsSync(path) ? readSmallFile(path) : undefined;

const entryIn = async (path: string): Promise<EntryInput['entry']> => {
  const bytes = await readBeside(join(dirname(path), HISTORY_FILE));
  if (bytes === undefined) return undefined;
  const { history } = parseHistoryDocument(bytes);
  const index = history.findIndex(({ file }) => file === basename(path));
  const stated = history[index];
  return stated && { index, stated };
};

/** The genesis that was given, else the one beside the file. */
const genesisFor = async (
  path: string,
  given: GivenGenesis | undefined,
  block0: Hex | undefined,
): Promise<KnownGenesis | undefined> => {
  const beside = join(dirname(path), GENESIS_FILE);
  const bytes = given?.bytes ?? (await readBeside(beside));
  return bytes && readGenesis(bytes, block0, given?.file);
};

/** Verifies one file of blocks by everything next to it: history document, manifest, genesis, else its name alone. */
export const verifyFile = async (
  path: string,
  reader: SealReader,
  given?: GivenGenesis,
): Promise<EnvironmentReport> => {
  const file = basename(path);
  try {
    const first = await firstBlockIn(path);
    const genesis = await genesisFor(path, given, first?.block0);
    const { report, faults } = await verifyEntry({
      path,
      file,
      entry: await entryIn(path),
      manifestBytes: await readBeside(path + MANIFEST_SUFFIX),
      genesis,
      followed: undefined,
      first: first?.number,
      reader,
    });
    const { blocks, transactions, level } = report;
    return {
      environment: file,
      ...{ unlisted: [], files: [report], blocks, transactions, faults, level },
      genesis: genesis && { file: genesis.file, sha256: genesis.sha256 },
      notes: unlinkedNotes(genesis, report.start, existsSync(path + MANIFEST_SUFFIX)),
    };
  } catch (error) {
    const empty = { files: [], blocks: 0, transactions: 0, unlisted: [], notes: [] };
    return { environment: file, ...empty, faults: [faultOrThrow(file, error)] };
  }
};

/** A file from the middle of a chain says nothing about its genesis; only its manifest does. */
const unlinkedNotes = (
  genesis: KnownGenesis | undefined,
  start: number,
  hasManifest: boolean,
): readonly string[] =>
  genesis === undefined || start <= 1 || hasManifest
    ? []
    : [
        `nothing links block ${start} to ${genesis.file}: verify the whole folder to follow the chain from block 0`,
      ];
