import { join } from 'node:path';
import {
  canonicalSelection,
  MANIFEST_SUFFIX,
  type HistoryDocument,
  type SealReader,
  type SegmentManifest,
} from '#libs/archive';
import { readSegmentFileName } from '#libs/domain';
import { CodedError, type Hex } from '#libs/kernel';
import { MARKER_FILE, readIn, SEGMENT, type EnvironmentFolder } from './environment-folder.js';
import { faultOf, faultOrThrow, type Fault } from './fault.js';
import { GENESIS_FILE, type KnownGenesis } from './genesis-check.js';
import { HISTORY_NAME } from './history-check.js';
import { verifyEntry } from './verify-entry.js';

/** What a folder lacks, or holds although nothing names it. */
export type Completeness = Readonly<{ faults: readonly Fault[]; notes: readonly string[] }>;

const historyFault = (file: string, message: string): Fault =>
  faultOf(file, new CodedError('HISTORY_INVALID', message));

const shortened = (end: number, file: Readonly<{ start: number | bigint; end: number | bigint }>): string => {
  const covered = end < 0 ? 'names no blocks' : `ends with block ${end}`;
  return `The history ${covered}, but this file holds blocks ${file.start} to ${file.end}: the history was shortened, or is older than the file.`;
};

/** The last block that the canonical files hold, -1 when there is none. */
const endOf = (document: HistoryDocument): number =>
  canonicalSelection(document).at(-1)?.end_block.block ?? -1;

/** What a history does not say although it must: one without canonical files restores nothing. */
export const historyCompleteness = (document: HistoryDocument): Completeness => {
  const end = endOf(document);
  const highest = document.history.reduce((top, { end_block: last }) => Math.max(top, last.block), -1);
  if (document.history.length > 0 && end < 0) {
    const message = 'The history marks every file as superseded, so it names nothing to restore.';
    return { faults: [historyFault(HISTORY_NAME, message)], notes: [] };
  }
  const isEmpty = document.history.length === 0;
  if (isEmpty && document.latest_backup !== null) {
    const message = `The history is empty, but names a backup of ${document.latest_backup}.`;
    return { faults: [historyFault(HISTORY_NAME, message)], notes: [] };
  }
  const lost = `blocks ${end + 1} to ${highest} are only in superseded files: nothing replaced them`;
  return { faults: [], notes: highest > end && end >= 0 ? [lost] : [] };
};

/** The manifest of a block file, if it is there, or why it can't be read. */
export const manifestIn = async (
  folder: EnvironmentFolder,
  file: string,
): Promise<Readonly<{ bytes?: Uint8Array | undefined; fault?: Fault }>> => {
  const name = file + MANIFEST_SUFFIX;
  try {
    return { bytes: await readIn(folder, name) };
  } catch (error) {
    return { fault: faultOrThrow(name, error) };
  }
};

/** A block file that neither history nor manifest speaks of, by its name alone. */
const withoutManifest = (file: string, end: number): Completeness => {
  const named = readSegmentFileName(file);
  if (named === undefined || end === Infinity || named.end <= BigInt(end))
    return { faults: [], notes: [`${file}: not in the history`] };
  const message = `${shortened(end, named)} Its manifest is missing.`;
  return { faults: [historyFault(file, message)], notes: [] };
};

/** A block file that the history does not name: by its own manifest, and against what the history covers. */
const unlistedFile = async (
  folder: EnvironmentFolder,
  file: string,
  { end, reader, genesis }: Readonly<{ end: number; reader: SealReader; genesis: KnownGenesis | undefined }>,
): Promise<Completeness> => {
  const { bytes: manifestBytes, fault } = await manifestIn(folder, file);
  if (fault !== undefined) return { faults: [fault], notes: [] };
  if (manifestBytes === undefined) return withoutManifest(file, end);
  const input = { path: join(folder.path, file), file, manifestBytes, genesis, followed: undefined, reader };
  const { faults, report } = await verifyEntry(input);
  if (faults.length > 0) return { faults, notes: [] };
  if (report.end <= end)
    return { faults: [], notes: [`${file}: not in the history, which has other files for its blocks`] };
  return { faults: [historyFault(file, shortened(end, report))], notes: [] };
};

const orphanManifest = (file: string): Fault => {
  const message = 'This manifest is there, but its block file is missing.';
  return faultOf(file, new CodedError('TARGET_OBJECT_MISSING', message));
};

/** What lies in a folder although the history does not name it. */
export const unlistedCompleteness = async (
  folder: EnvironmentFolder,
  unlisted: readonly string[],
  known: Readonly<{
    document: HistoryDocument | undefined;
    reader: SealReader;
    genesis: KnownGenesis | undefined;
  }>,
): Promise<Completeness> => {
  const end = known.document === undefined ? Infinity : endOf(known.document);
  const faults: Fault[] = [];
  const notes: string[] = [];
  for (const name of unlisted) {
    const isManifest = name.endsWith(MANIFEST_SUFFIX);
    const file = isManifest ? name.slice(0, -MANIFEST_SUFFIX.length) : name;
    if (isManifest) {
      if (!folder.files.has(file)) faults.push(orphanManifest(name));
    } else if (SEGMENT.test(file)) {
      const found = await unlistedFile(folder, file, { ...known, end });
      faults.push(...found.faults);
      notes.push(...found.notes);
    } else notes.push(`${file}: not in the history`);
  }
  return { faults, notes };
};

/** Manifests whose files were judged by a genesis say that there was one. */
export const genesisCompleteness = (
  genesis: KnownGenesis | undefined,
  isThere: boolean,
  manifests: readonly SegmentManifest[],
): Fault[] => {
  const wasThere = manifests.some(({ validator_set: set }) => set?.rules.from === 'genesis');
  if (isThere || genesis !== undefined || !wasThere) return [];
  const message = 'The genesis document is missing, although the files were judged by one.';
  return [faultOf(GENESIS_FILE, new CodedError('TARGET_OBJECT_MISSING', message))];
};

type Marker = Readonly<Partial<Record<'environment_id' | 'chain_id' | 'genesis_hash', unknown>>>;

const markerIn = (bytes: Uint8Array): Marker | undefined => {
  try {
    const marker: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return typeof marker === 'object' && marker !== null ? marker : undefined;
  } catch {
    return undefined;
  }
};

/** Does the marker, where there is one, speak of the chain that the files hold? */
export const markerFaults = async (
  folder: EnvironmentFolder,
  manifest: SegmentManifest | undefined,
  first: Hex | undefined,
): Promise<Fault[]> => {
  const bytes = await readIn(folder, MARKER_FILE);
  if (bytes === undefined) return [];
  const foreign = (message: string, context = {}): Fault[] => [
    faultOf(MARKER_FILE, new CodedError('TARGET_FOREIGN', message, { context })),
  ];
  const marker = markerIn(bytes);
  if (marker === undefined) return foreign('The marker cannot be read: Chainkeep did not write it.');
  const pairs = [
    ['environment_id', manifest?.environment_id],
    ['chain_id', manifest?.chain_id === '0' ? undefined : manifest?.chain_id],
    ['genesis_hash', first],
  ] as const;
  const wrong = pairs.find(
    ([field, actual]) =>
      actual !== undefined &&
      marker[field] !== undefined &&
      marker[field] !== 'unknown' &&
      marker[field] !== actual,
  );
  if (wrong === undefined) return [];
  const [field, actual] = wrong;
  const message = 'The marker belongs to another environment or chain than the files.';
  return foreign(message, { field, expected: String(marker[field]), actual });
};
