import { join } from 'node:path';
import {
  canonicalSelection,
  checkContinuity,
  HISTORY_FILE,
  MANIFEST_SUFFIX,
  type ContinuityFault,
  type HistoryDocument,
  type SealReader,
} from '#libs/archive';
import { CodedError } from '#libs/kernel';
import { readIn, unlistedIn, type EnvironmentFolder } from './environment-folder.js';
import { faultOf, faultOrThrow, type Fault } from './fault.js';
import { GENESIS_FILE, genesisFault, readGenesis, type KnownGenesis } from './genesis-check.js';
import { readHistoryDocument } from './history-check.js';
import { verifyEntry, type EntryInput, type EntryReport, type EntryResult } from './verify-entry.js';

/** What was found in one environment's folder. */
export type EnvironmentReport = Readonly<{
  environment: string;
  files: readonly EntryReport[];
  blocks: number;
  transactions: number;
  faults: readonly Fault[];
  /** Files that are not in the history: not a fault, but they are not restored either. */
  unlisted: readonly string[];
}>;

const missing = (message: string): CodedError => new CodedError('TARGET_OBJECT_MISSING', message);

const continuityError = (fault: ContinuityFault): CodedError => {
  switch (fault.kind) {
    case 'gap':
      return new CodedError('SEGMENT_INCOMPLETE', `Blocks ${fault.from} to ${fault.to} are missing.`);
    case 'overlap':
      return new CodedError('HISTORY_INVALID', `Blocks ${fault.from} to ${fault.to} are in two files.`);
    case 'parent-mismatch':
      return new CodedError('BLOCK_PARENT_MISMATCH', 'A file does not link to the one before it.', {
        context: { number: fault.at, expected: fault.expected, actual: fault.actual },
      });
  }
};

const continuityFaults = (document: HistoryDocument): Fault[] =>
  checkContinuity(canonicalSelection(document)).map((fault) =>
    faultOf(fault.kind === 'parent-mismatch' ? fault.file : fault.before, continuityError(fault)),
  );

type Known = Readonly<{ genesis: KnownGenesis | undefined; faults: readonly Fault[] }>;

const knownGenesis = async (folder: EnvironmentFolder, document: HistoryDocument): Promise<Known> => {
  const bytes = await readIn(folder, GENESIS_FILE);
  if (bytes === undefined) return { genesis: undefined, faults: [] };
  try {
    const genesis = readGenesis(bytes);
    const first = document.history.find(({ start_block: start }) => start.block === 0);
    const fault = genesisFault(genesis, first?.start_block.hash);
    return { genesis: fault === undefined ? genesis : undefined, faults: fault === undefined ? [] : [fault] };
  } catch (error) {
    return { genesis: undefined, faults: [faultOrThrow(GENESIS_FILE, error)] };
  }
};

const readHistory = async (folder: EnvironmentFolder) => {
  const bytes = await readIn(folder, HISTORY_FILE);
  if (bytes === undefined) throw missing('The history document is missing.');
  return readHistoryDocument(bytes);
};

const ABSENT = { start: 0, end: 0, ok: false, blocks: 0, transactions: 0 } as const;

/** A file of the history that is there with its manifest, or what is missing. */
const verifyListed = async (folder: EnvironmentFolder, input: EntryInput): Promise<EntryResult> => {
  const { file, manifestBytes } = input;
  if (!folder.files.has(file)) {
    const fault = faultOf(file, missing('The history lists this file, but it is missing.'));
    return { report: { file, ...ABSENT }, faults: [fault], followed: undefined };
  }
  const result = await verifyEntry(input);
  if (manifestBytes !== undefined) return result;
  const fault = faultOf(file, missing('The manifest of this file is missing.'));
  return { ...result, report: { ...result.report, ok: false }, faults: [...result.faults, fault] };
};

/** The validators before block 0: there are none, and that is known. */
const BEFORE_GENESIS = { state: undefined };

/**
 * Verifies one environment: the history document, that its canonical files make one chain from block 0 on, every
 * block of every file with its seals, the manifests with their certificates, and the genesis document. The validators
 * are followed from block 0 through the canonical files. `onFile` is called before each file.
 */
export const verifyEnvironment = async (
  folder: EnvironmentFolder,
  reader: SealReader,
  onFile: (file: string, index: number, count: number) => void = () => undefined,
): Promise<EnvironmentReport> => {
  const empty = { environment: folder.name, files: [], blocks: 0, transactions: 0, unlisted: [] };
  let read: Awaited<ReturnType<typeof readHistory>>;
  try {
    read = await readHistory(folder);
  } catch (error) {
    const unlisted = unlistedIn(folder, new Set());
    return { ...empty, faults: [faultOrThrow(HISTORY_FILE, error)], unlisted };
  }
  const { document } = read;
  const { genesis, faults: genesisFaults } = await knownGenesis(folder, document);
  const canonical = new Set(canonicalSelection(document));
  const faults = [...read.faults, ...continuityFaults(document), ...genesisFaults];
  const files: EntryReport[] = [];
  let followed: EntryInput['followed'] = BEFORE_GENESIS;
  let next = 0;
  for (const [index, entry] of document.history.entries()) {
    const { file, start_block: start, end_block: end } = entry;
    onFile(file, index, document.history.length);
    const isNext = canonical.has(entry) && start.block === next;
    const result = await verifyListed(folder, {
      path: join(folder.path, file),
      file,
      entry: { index, stated: entry },
      manifestBytes: await readIn(folder, file + MANIFEST_SUFFIX),
      genesis,
      followed: isNext ? followed : undefined,
      reader,
    });
    faults.push(...result.faults);
    files.push({ ...result.report, start: start.block, end: end.block });
    if (!canonical.has(entry)) continue;
    followed = result.followed;
    next = end.block + 1;
  }
  const sum = (part: 'blocks' | 'transactions'): number =>
    files.reduce((total, each) => total + each[part], 0);
  const listed = new Set(document.history.map(({ file }) => file));
  return {
    ...empty,
    files,
    blocks: sum('blocks'),
    transactions: sum('transactions'),
    faults,
    unlisted: unlistedIn(folder, listed),
  };
};
