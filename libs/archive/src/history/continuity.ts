import type { HistoryDocument, HistoryDocumentEntry } from './history.js';

/**
 * The files that make up the canonical chain, in the order of their blocks: for each start block the newest date, as
 * restore tools for this layout choose. A file that is the newest for its start but marked as not canonical has no
 * replacement yet and is left out.
 */
export const canonicalSelection = (document: HistoryDocument): HistoryDocumentEntry[] => {
  const newest = new Map<number, HistoryDocumentEntry>();
  for (const entry of document.history) {
    const known = newest.get(entry.start_block.block);
    if (known === undefined || known.date < entry.date) newest.set(entry.start_block.block, entry);
  }
  return [...newest.values()]
    .filter((entry) => entry.canonical_chain)
    .sort((a, b) => a.start_block.block - b.start_block.block);
};

/** Where a row of files does not make one chain. Block numbers are inclusive. */
export type ContinuityFault =
  | Readonly<{ kind: 'gap'; from: number; to: number; before: string }>
  | Readonly<{ kind: 'overlap'; from: number; to: number; file: string; before: string }>
  | Readonly<{ kind: 'parent-mismatch'; at: number; file: string; expected: string; actual: string }>;

/** Is this file at fault by itself: ends before it starts, or one block with two hashes? */
const faultWithin = ({
  file,
  start_block: start,
  end_block: end,
}: HistoryDocumentEntry): ContinuityFault[] => {
  if (end.block < start.block)
    return [{ kind: 'overlap', from: end.block, to: start.block, file, before: file }];
  const isOneBlock = end.block === start.block && end.hash !== start.hash;
  return isOneBlock
    ? [{ kind: 'parent-mismatch', at: end.block, file, expected: start.hash, actual: end.hash }]
    : [];
};

const faultBetween = (
  previous: HistoryDocumentEntry | undefined,
  { file, start_block: start }: HistoryDocumentEntry,
  from: number,
): ContinuityFault[] => {
  const due = previous === undefined ? from : previous.end_block.block + 1;
  if (start.block > due) return [{ kind: 'gap', from: due, to: start.block - 1, before: file }];
  if (start.block < due && previous !== undefined)
    return [{ kind: 'overlap', from: start.block, to: due - 1, file: previous.file, before: file }];
  const expected = previous?.end_block.hash;
  if (expected === undefined || start.parent_hash === expected) return [];
  return [{ kind: 'parent-mismatch', at: start.block, file, expected, actual: start.parent_hash }];
};

/**
 * What keeps files, in the order of their blocks, from being one chain from block `from` (0 by default) on.
 * Empty when nothing does.
 */
export const checkContinuity = (
  entries: readonly HistoryDocumentEntry[],
  from = 0,
): readonly ContinuityFault[] =>
  entries.flatMap((entry, index) => [
    ...faultBetween(entries[index - 1], entry, from),
    ...faultWithin(entry),
  ]);
