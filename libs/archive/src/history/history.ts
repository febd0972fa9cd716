import { instant } from '#libs/contracts';
import { type Hex, type Instant, plainNumber } from '#libs/kernel';
import { z } from 'zod';
import { blockEntry, jsonOf, parseWith } from '../json-forms.js';

const historyEntry = z.object({
  file: z.string().min(1).max(1000),
  date: instant,
  canonical_chain: z.boolean(),
  raftSwapFile: z.boolean(),
  start_block: blockEntry,
  end_block: blockEntry,
});

const historyDocument = z.object({
  latest_backup: instant.nullable(),
  provider: z.enum(['geth', 'quorum', 'besu']),
  history: z.array(historyEntry),
});

/** One file as the history document lists it. */
export type HistoryDocumentEntry = z.infer<typeof historyEntry>;

/** `backup_snapshot.json`: every file of an environment since block 0, by start block, then date. */
export type HistoryDocument = z.infer<typeof historyDocument>;

/** What the history document says of a file, as the domain holds it. */
export type HistoryFile = Readonly<{
  file: string;
  date: Instant;
  canonical: boolean;
  raftSwapFile: boolean;
  start: bigint;
  startHash: Hex;
  /** Parent of the start block. */
  parentHash: Hex;
  end: bigint;
  endHash: Hex;
  endParentHash: Hex;
}>;

const blockEntryOf = (number: bigint, hash: Hex, parentHash: Hex): z.infer<typeof blockEntry> => ({
  block: plainNumber(number),
  hash: hash.toLowerCase() as Hex,
  parent_hash: parentHash.toLowerCase() as Hex,
});

const entryOf = (file: HistoryFile): HistoryDocumentEntry => ({
  file: file.file,
  date: file.date,
  canonical_chain: file.canonical,
  raftSwapFile: file.raftSwapFile,
  start_block: blockEntryOf(file.start, file.startHash, file.parentHash),
  end_block: blockEntryOf(file.end, file.endHash, file.endParentHash),
});

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const byStartThenDate = (a: HistoryDocumentEntry, b: HistoryDocumentEntry): number =>
  a.start_block.block - b.start_block.block || byText(a.date, b.date) || byText(a.file, b.file);

/**
 * The history document of some files, in its order. `latestBackup` is the date of the newest file of the last
 * completed run, `null` before the first. Throws INPUT_INVALID for block numbers above 2^53.
 */
export const createHistoryDocument = (
  files: readonly HistoryFile[],
  provider: HistoryDocument['provider'],
  latestBackup: Instant | null,
): HistoryDocument => ({
  latest_backup: latestBackup,
  provider,
  history: files.map(entryOf).sort(byStartThenDate),
});

/** The text that lies in a bucket and is downloaded. */
export const historyToJson = (document: HistoryDocument): string => `${JSON.stringify(document, null, 2)}\n`;

/**
 * Reads a history document from its text, its bytes or a parsed value. Hashes become lower case and the entries are
 * put in order; fields it does not know are dropped. Throws HISTORY_INVALID with the path of the fault.
 */
export const parseHistoryDocument = (source: unknown): HistoryDocument => {
  const value = jsonOf(source, 'HISTORY_INVALID', 'history document');
  const document = parseWith(historyDocument, value, 'HISTORY_INVALID', 'history document');
  return { ...document, history: document.history.sort(byStartThenDate) };
};
