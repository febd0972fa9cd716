import type { Coverage } from '../api/client.js';

export type CoverageFile = Coverage['files'][number];
export type State = 'verified' | 'delivered' | 'pending' | 'failed' | 'superseded' | 'gap' | 'ahead';
/** A part of the chain that is shown: `from` is in it, `to` is not. */
export type View = Readonly<{ from: number; to: number }>;

/** One row: the managed bucket or a target. */
export type Row = Readonly<{
  id: string;
  name: string;
  /** Undefined for the managed bucket: each of its files was read back before it was recorded. */
  target: Coverage['targets'][number] | undefined;
  failed: ReadonlySet<number>;
}>;

export type CoverageModel = Readonly<{
  rows: readonly Row[];
  /** Files on the canonical chain, in the order of their blocks. */
  canonical: readonly CoverageFile[];
  superseded: readonly CoverageFile[];
  /** All files in the order of their blocks, as the arrow keys go through them. */
  all: readonly CoverageFile[];
  byOrdinal: ReadonlyMap<number, CoverageFile>;
  /** Blocks between files that no file holds. */
  gaps: readonly View[];
  /** The first block after the last file. */
  covered: number;
  /** The block after the head. */
  end: number;
}>;

const byBlock = (a: CoverageFile, b: CoverageFile): number =>
  a.start_block - b.start_block || a.ordinal - b.ordinal;

const gapsOf = (files: readonly CoverageFile[]): View[] => {
  const gaps: View[] = [];
  let next = 0;
  for (const { start_block, end_block } of files) {
    if (start_block > next) gaps.push({ from: next, to: start_block });
    next = Math.max(next, end_block + 1);
  }
  return gaps;
};

export const toModel = ({ files, targets }: Coverage, head: number | null): CoverageModel => {
  const all = [...files].sort(byBlock);
  const canonical = all.filter(({ canonical_chain }) => canonical_chain);
  const covered = (canonical.at(-1)?.end_block ?? -1) + 1;
  return {
    rows: [
      { id: 'managed', name: 'Managed bucket', target: undefined, failed: new Set() },
      ...targets.map((target) => ({
        id: target._id,
        name: target.name,
        target,
        failed: new Set(target.failed),
      })),
    ],
    canonical,
    superseded: all.filter(({ canonical_chain }) => !canonical_chain),
    all,
    byOrdinal: new Map(all.map((file) => [file.ordinal, file])),
    gaps: gapsOf(canonical),
    covered,
    end: Math.max(covered, (head ?? -1) + 1, 1),
  };
};

/** The state of a file in a row. */
export const stateOf = (row: Row, { ordinal, canonical_chain }: CoverageFile): State => {
  if (row.failed.has(ordinal)) return 'failed';
  if (row.target !== undefined && ordinal > row.target.delivered_through) return 'pending';
  if (!canonical_chain) return 'superseded';
  if (row.target === undefined || ordinal <= row.target.verified_through) return 'verified';
  return 'delivered';
};

/** Index of the first file that ends at `block` or after it, in files ordered by blocks. */
export const firstEndingFrom = (files: readonly CoverageFile[], block: number): number => {
  let low = 0;
  let high = files.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const file = files[middle];
    if (file !== undefined && file.end_block < block) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** Index in `all` of the canonical file at a block, or of any other there. */
export const indexAt = (model: CoverageModel, block: number): number | undefined => {
  const file = model.canonical[firstEndingFrom(model.canonical, block)];
  const there = file !== undefined && file.start_block <= block ? file : undefined;
  const found =
    there ??
    model.superseded.find(({ start_block, end_block }) => start_block <= block && block <= end_block);
  if (found === undefined) return undefined;
  return model.all.indexOf(found);
};

const SMALLEST_VIEW = 10;

/** The view made smaller (`factor` < 1) or larger around a block, within the chain. */
export const zoomed = ({ from, to }: View, factor: number, around: number, end: number): View => {
  const size = Math.min(end, Math.max(Math.min(SMALLEST_VIEW, end), (to - from) * factor));
  const share = (around - from) / (to - from);
  return moved({ from: around - share * size, to: around + (1 - share) * size }, 0, end);
};

/** The view moved by some blocks, within the chain. */
export const moved = ({ from, to }: View, by: number, end: number): View => {
  const size = to - from;
  const start = Math.max(0, Math.min(end - size, from + by));
  return { from: start, to: start + size };
};

/** The view moved so that a file is in it. */
export const showing = (view: View, { start_block, end_block }: CoverageFile, end: number): View => {
  if (start_block >= view.from && end_block < view.to) return view;
  const middle = (start_block + end_block + 1) / 2;
  const size = Math.max(view.to - view.from, Math.min(end, (end_block - start_block + 1) * 1.5));
  return moved({ from: middle - size / 2, to: middle + size / 2 }, 0, end);
};
