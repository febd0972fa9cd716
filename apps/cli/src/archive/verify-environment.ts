import { join } from 'node:path';
import {
  canonicalSelection,
  checkContinuity,
  DEFAULT_RULES,
  HISTORY_FILE,
  levelOfGenesis,
  type ConsensusRules,
  type ContinuityFault,
  type HistoryDocument,
  type HistoryDocumentEntry,
  type SealReader,
  type SegmentManifest,
} from '#libs/archive';
import { weakerOf, type EvidenceLevel } from '#libs/domain';
import { CodedError, type Hex } from '#libs/kernel';
import {
  genesisCompleteness,
  historyCompleteness,
  manifestIn,
  markerFaults,
  unlistedCompleteness,
} from './completeness.js';
import { readIn, unlistedIn, type EnvironmentFolder } from './environment-folder.js';
import { faultOf, faultOrThrow, type Fault } from './fault.js';
import {
  GENESIS_FILE,
  genesisFault,
  readGenesis,
  type GivenGenesis,
  type KnownGenesis,
} from './genesis-check.js';
import { readHistoryDocument } from './history-check.js';
import {
  verifyEntry,
  type EntryInput,
  type EntryReport,
  type EntryResult,
  type Followed,
} from './verify-entry.js';

/** What was found in one environment's folder. */
export type EnvironmentReport = Readonly<{
  environment: string;
  files: readonly EntryReport[];
  blocks: number;
  transactions: number;
  faults: readonly Fault[];
  /** The weakest evidence of its canonical files; absent when there is none. */
  level?: EvidenceLevel | undefined;
  /** The document that the blocks were judged by; absent when there is none: then nothing is proved. */
  genesis?: Readonly<{ file: string; sha256: string }> | undefined;
  /** Files that are not in the history: they are not restored. */
  unlisted: readonly string[];
  /** What is worth knowing and is no fault. */
  notes: readonly string[];
}>;

const NOTHING = { files: [], blocks: 0, transactions: 0, unlisted: [], notes: [] } as const;

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

const firstHash = ({ history }: HistoryDocument): Hex | undefined =>
  history.find(({ start_block: start }) => start.block === 0)?.start_block.hash;

/** A genesis that can be judged by, or what is wrong with it. */
const usable = (bytes: Uint8Array, name: string, first: Hex | undefined): Known => {
  try {
    const genesis = readGenesis(bytes, first, name);
    const fault = genesisFault(genesis, first);
    return fault === undefined ? { genesis, faults: [] } : { genesis: undefined, faults: [fault] };
  } catch (error) {
    return { genesis: undefined, faults: [faultOrThrow(name, error)] };
  }
};

/**
 * The genesis that was given, else the folder's own; one of another chain is a fault, and nothing is judged by it. The
 * folder's own is restored from, so it is checked also when another one was given.
 */
const knownGenesis = async (
  folder: EnvironmentFolder,
  document: HistoryDocument,
  given: GivenGenesis | undefined,
): Promise<Known & Readonly<{ notes: readonly string[] }>> => {
  const bytes = await readIn(folder, GENESIS_FILE);
  const first = firstHash(document);
  const own: Known = bytes ? usable(bytes, GENESIS_FILE, first) : { genesis: undefined, faults: [] };
  if (given === undefined) return { ...own, notes: [] };
  const { genesis, faults } = usable(given.bytes, given.file, first);
  return { genesis, faults: [...faults, ...own.faults], notes: otherDocument(genesis, own.genesis) };
};

/** A document with the same block 0 may have other rules in it. */
const otherDocument = (given: KnownGenesis | undefined, own: KnownGenesis | undefined): readonly string[] =>
  given === undefined || own === undefined || given.sha256 === own.sha256
    ? []
    : [`the folder's own ${GENESIS_FILE} is another document: sha256 ${own.sha256}`];

const readHistory = async (folder: EnvironmentFolder) => {
  const bytes = await readIn(folder, HISTORY_FILE);
  if (bytes === undefined) throw missing('The history document is missing.');
  return readHistoryDocument(bytes);
};

const ABSENT = { start: 0, end: 0, ok: false, blocks: 0, transactions: 0, notes: [] } as const;

type ListedInput = Omit<EntryInput, 'manifestBytes'>;

/** A file of the history that is there with its manifest, or what is missing. */
const verifyListed = async (folder: EnvironmentFolder, input: ListedInput): Promise<EntryResult> => {
  const { file } = input;
  if (!folder.files.has(file)) {
    const fault = faultOf(file, missing('The history lists this file, but it is missing.'));
    return { report: { file, ...ABSENT }, faults: [fault], followed: undefined, manifest: undefined };
  }
  const { bytes, fault: unreadable } = await manifestIn(folder, file);
  const result = await verifyEntry({ ...input, manifestBytes: bytes });
  if (bytes !== undefined) return result;
  const fault = unreadable ?? faultOf(file, missing('The manifest of this file is missing.'));
  return { ...result, report: { ...result.report, ok: false }, faults: [...result.faults, fault] };
};

/** Raft chains mark files that replace superseded ones; no other file is marked. */
const swapNotes = (
  document: HistoryDocument,
  entry: HistoryDocumentEntry,
  manifest: SegmentManifest | undefined,
): string[] => {
  if (manifest === undefined || !entry.canonical_chain) return [];
  const isRaft = manifest.consensus.includes('raft');
  if (!isRaft && !entry.raftSwapFile) return [];
  const { start_block: start, end_block: end } = entry;
  const replaces = document.history.some(
    (other) =>
      !other.canonical_chain && other.start_block.block <= end.block && other.end_block.block >= start.block,
  );
  if (entry.raftSwapFile === (isRaft && replaces)) return [];
  const stated = entry.raftSwapFile
    ? 'does not replace a file of a Raft chain'
    : 'replaces a superseded file';
  return [`the file ${stated}, but the history has raftSwapFile ${entry.raftSwapFile}`];
};

/** How a folder is verified. */
export type VerifyOptions = Readonly<{
  /** The auditor's own genesis document, in place of the folder's. */
  genesis?: GivenGenesis | undefined;
  /** Called before each file. */
  onFile?: ((file: string, index: number, count: number) => void) | undefined;
}>;

type Verified = Readonly<{
  files: readonly EntryReport[];
  manifests: readonly SegmentManifest[];
  faults: readonly Fault[];
  level: EvidenceLevel | undefined;
}>;

const weakestOf = (levels: readonly EvidenceLevel[]): EvidenceLevel | undefined =>
  levels.length === 0 ? undefined : levels.reduce(weakerOf);

const rulesBy = (genesis: KnownGenesis | undefined): ConsensusRules => genesis?.rules ?? DEFAULT_RULES;

/** Verifies the files that the history lists, and follows the validators through the canonical ones. */
const verifyFiles = async (
  folder: EnvironmentFolder,
  document: HistoryDocument,
  judging: Readonly<{ reader: SealReader; genesis: KnownGenesis | undefined }> &
    Pick<VerifyOptions, 'onFile'>,
): Promise<Verified> => {
  const { genesis, reader, onFile } = judging;
  const canonical = new Set(canonicalSelection(document));
  const files: EntryReport[] = [];
  const manifests: SegmentManifest[] = [];
  const faults: Fault[] = [];
  const levels: EvidenceLevel[] = [];
  // The validators before block 0: there are none, and that is known.
  let followed: Followed | undefined = { state: undefined, level: levelOfGenesis(rulesBy(genesis)) };
  let next = 0;
  for (const [index, entry] of document.history.entries()) {
    const { file, start_block: start, end_block: end } = entry;
    onFile?.(file, index, document.history.length);
    const isCanonical = canonical.has(entry);
    const isNext = isCanonical && start.block === next;
    const path = join(folder.path, file);
    const listed = { path, file, entry: { index, stated: entry }, genesis, reader };
    const result = await verifyListed(folder, { ...listed, followed: isNext ? followed : undefined });
    const { manifest, report } = result;
    for (const fault of result.faults) faults.push(fault);
    manifests.push(...(manifest ? [manifest] : []));
    const notes = [...report.notes, ...swapNotes(document, entry, manifest)];
    files.push({ ...report, notes, start: start.block, end: end.block });
    if (!isCanonical) continue;
    levels.push(report.level ?? 'confirmed');
    followed = result.followed;
    next = end.block + 1;
  }
  return { files, manifests, faults, level: weakestOf(levels) };
};

/**
 * Verifies one environment: the history document, that its canonical files make one chain from block 0 on, every
 * block of every file with its seals, the manifests with their certificates, the genesis document and the marker, and
 * what is missing or not named. The validators are followed from block 0 through the canonical files.
 */
export const verifyEnvironment = async (
  folder: EnvironmentFolder,
  reader: SealReader,
  options: VerifyOptions = {},
): Promise<EnvironmentReport> => {
  let read: Awaited<ReturnType<typeof readHistory>>;
  try {
    read = await readHistory(folder);
  } catch (error) {
    const unlisted = unlistedIn(folder, new Set());
    const found = await unlistedCompleteness(folder, unlisted, {
      document: undefined,
      reader,
      genesis: undefined,
    });
    const faults = [faultOrThrow(HISTORY_FILE, error), ...found.faults];
    return { ...NOTHING, environment: folder.name, faults, unlisted, notes: found.notes };
  }
  const { document } = read;
  const known = await knownGenesis(folder, document, options.genesis);
  const { genesis } = known;
  const verified = await verifyFiles(folder, document, { onFile: options.onFile, reader, genesis });
  const { files, manifests } = verified;
  const unlisted = unlistedIn(folder, new Set(document.history.map(({ file }) => file)));
  const named = historyCompleteness(document);
  const others = await unlistedCompleteness(folder, unlisted, { document, reader, genesis });
  const isGenesisThere = folder.files.has(GENESIS_FILE);
  const sum = (part: 'blocks' | 'transactions'): number =>
    files.reduce((total, each) => total + each[part], 0);
  return {
    environment: folder.name,
    files,
    blocks: sum('blocks'),
    transactions: sum('transactions'),
    level: verified.level,
    genesis: genesis && { file: genesis.file, sha256: genesis.sha256 },
    faults: [
      ...read.faults,
      ...continuityFaults(document),
      ...known.faults,
      ...verified.faults,
      ...named.faults,
      ...others.faults,
      ...genesisCompleteness(genesis, isGenesisThere || known.faults.length > 0, manifests),
      ...(await markerFaults(folder, manifests[0], firstHash(document))),
    ],
    unlisted,
    notes: [...known.notes, ...named.notes, ...others.notes],
  };
};
