import { join } from 'node:path';
import {
  canonicalSelection,
  checkContinuity,
  genesisHash,
  HISTORY_FILE,
  MANIFEST_SUFFIX,
  parseHistoryDocument,
  parseManifest,
  type ContinuityFault,
  type HistoryDocument,
  type HistoryDocumentEntry,
} from '#libs/archive';
import { CodedError } from '#libs/kernel';
import { readIn, unlistedIn, type EnvironmentFolder } from './environment-folder.js';
import { faultOf, faultOrThrow, type Fault } from './fault.js';
import { compareWithManifest, endsOf, verifySegment } from './verify-segment.js';

export type FileReport = Readonly<{ file: string; start: number; end: number; ok: boolean }>;

/** What was found in one environment's folder. */
export type EnvironmentReport = Readonly<{
  environment: string;
  files: readonly FileReport[];
  blocks: number;
  transactions: number;
  faults: readonly Fault[];
  /** Files that the history does not name: no fault, but nobody will restore them. */
  unlisted: readonly string[];
}>;

const missing = (message: string): CodedError => new CodedError('TARGET_OBJECT_MISSING', message);

const continuityError = (fault: ContinuityFault): CodedError => {
  switch (fault.kind) {
    case 'gap':
      return new CodedError('SEGMENT_INCOMPLETE', `Blocks ${fault.from} to ${fault.to} are in no file.`);
    case 'overlap':
      return new CodedError('HISTORY_INVALID', `Blocks ${fault.from} to ${fault.to} are in two files.`);
    case 'parent-mismatch':
      return new CodedError('BLOCK_PARENT_MISMATCH', 'A file does not follow the one before it.', {
        context: { number: fault.at, expected: fault.expected, actual: fault.actual },
      });
  }
};

const continuityFaults = (document: HistoryDocument): Fault[] =>
  checkContinuity(canonicalSelection(document)).map((fault) =>
    faultOf(fault.kind === 'parent-mismatch' ? fault.file : fault.before, continuityError(fault)),
  );

type Checked = Readonly<{ blocks: number; transactions: number }>;

const verifyFile = async (folder: EnvironmentFolder, entry: HistoryDocumentEntry): Promise<Checked> => {
  if (!folder.files.has(entry.file)) throw missing('The history names this file, and it is not here.');
  const stored = await verifySegment(join(folder.path, entry.file), endsOf(entry));
  const manifest = await readIn(folder, entry.file + MANIFEST_SUFFIX);
  if (manifest === undefined) throw missing('The manifest of this file is not here.');
  compareWithManifest(stored, parseManifest(manifest));
  const { blocks, transactions } = stored.summary;
  return { blocks, transactions };
};

/** The genesis document belongs to the chain when its hash is that of block 0. */
const genesisFaults = async (folder: EnvironmentFolder, document: HistoryDocument): Promise<Fault[]> => {
  const file = 'genesis.json';
  const bytes = await readIn(folder, file);
  const first = document.history.find(({ start_block: start }) => start.block === 0);
  if (bytes === undefined || first === undefined) return [];
  const expected = first.start_block.hash;
  let actual: string;
  try {
    actual = genesisHash(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    const error = new CodedError('BLOCK_INVALID', 'The genesis document cannot be read.', { cause });
    return [faultOf(file, error)];
  }
  if (actual === expected) return [];
  const message = 'The genesis document makes another block 0 than the backup has.';
  const context = { number: 0, expected, actual };
  return [faultOf(file, new CodedError('BLOCK_HASH_MISMATCH', message, { context }))];
};

const readHistory = async (folder: EnvironmentFolder): Promise<HistoryDocument> => {
  const bytes = await readIn(folder, HISTORY_FILE);
  if (bytes === undefined) throw missing('The history document is not here.');
  return parseHistoryDocument(bytes);
};

/**
 * Verifies one environment: the history document, that its canonical files make one chain from block 0 on, every
 * block of every file, the manifests and digests, and the genesis document. `onFile` is told before each file.
 */
export const verifyEnvironment = async (
  folder: EnvironmentFolder,
  onFile: (file: string, index: number, count: number) => void,
): Promise<EnvironmentReport> => {
  const empty = { environment: folder.name, files: [], blocks: 0, transactions: 0, unlisted: [] };
  let document: HistoryDocument;
  try {
    document = await readHistory(folder);
  } catch (error) {
    const unlisted = unlistedIn(folder, new Set());
    return { ...empty, faults: [faultOrThrow(HISTORY_FILE, error)], unlisted };
  }
  const faults = [...continuityFaults(document), ...(await genesisFaults(folder, document))];
  const files: FileReport[] = [];
  let blocks = 0;
  let transactions = 0;
  for (const [index, entry] of document.history.entries()) {
    const { file, start_block: start, end_block: end } = entry;
    onFile(file, index, document.history.length);
    try {
      const checked = await verifyFile(folder, entry);
      blocks += checked.blocks;
      transactions += checked.transactions;
      files.push({ file, start: start.block, end: end.block, ok: true });
    } catch (error) {
      faults.push(faultOrThrow(file, error));
      files.push({ file, start: start.block, end: end.block, ok: false });
    }
  }
  const listed = new Set(document.history.map(({ file }) => file));
  return { ...empty, files, blocks, transactions, faults, unlisted: unlistedIn(folder, listed) };
};
