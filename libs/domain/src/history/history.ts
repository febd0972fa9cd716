import type { BackupEvent, SegmentRecord } from '../backup/backup.events.js';
import type { Instant } from '#libs/kernel';

/** One file of the history, with the revision of its event in the backup stream. */
export type HistoryEntry = SegmentRecord &
  Readonly<{
    runId: string;
    canonical: boolean;
    revision: bigint;
    exportedAt: Instant;
    /** The rule that the end block was agreed under. */
    rule?: string;
    /** Ordinals of the files that replaced this one, when they were recorded in one append. */
    replacedBy?: Readonly<{ first: number; last: number }>;
  }>;

/** All files of one environment, in the order they were exported, and the newest completed run's newest file. */
export type History = Readonly<{
  entries: readonly HistoryEntry[];
  latestBackup: Instant | undefined;
  /** Revision of the last event that changed the history, -1n before the first. */
  revision: bigint;
  /** The rule of the newest agreed run. */
  rule?: string;
}>;

export const emptyHistory = (): History => ({ entries: [], latestBackup: undefined, revision: -1n });

/** Is this file among those that a SegmentsSuperseded event marks? */
export const isSuperseded = (
  entry: Readonly<{ canonical: boolean; start: bigint; ordinal: number }>,
  { fromBlock, throughOrdinal }: Readonly<{ fromBlock: bigint; throughOrdinal: number }>,
): boolean => entry.canonical && entry.start >= fromBlock && entry.ordinal <= throughOrdinal;

/** Folds one event of a backup stream into the history. Mutates nothing but the entries array it is given. */
export const evolveHistory = (history: History, event: BackupEvent, revision: bigint): History => {
  switch (event.type) {
    case 'SegmentExported':
    case 'BranchSegmentKept': {
      const { at: exportedAt, ...record } = event.data;
      const canonical = event.type === 'SegmentExported';
      // Appending in place keeps a fold over many files linear; no other code holds this array.
      const rule = history.rule === undefined ? {} : { rule: history.rule };
      (history.entries as HistoryEntry[]).push({ ...record, ...rule, canonical, revision, exportedAt });
      return { ...history, revision };
    }
    case 'SegmentsSuperseded': {
      const { throughOrdinal, replacedThrough: last } = event.data;
      const by = last === undefined ? {} : { replacedBy: { first: throughOrdinal + 1, last } };
      const entries = history.entries.map((entry) =>
        isSuperseded(entry, event.data) ? { ...entry, ...by, canonical: false } : entry,
      );
      return { ...history, entries, revision };
    }
    case 'BackupCompleted': {
      const last = history.entries.at(-1);
      return last === undefined ? history : { ...history, latestBackup: last.date, revision };
    }
    case 'RangeAgreed':
      return { ...history, rule: event.data.rule };
    case 'RangeDisputed':
      // A proof lies beside the files, and every copy must get it.
      return event.data.proof === undefined ? history : { ...history, revision };
    case 'BackupRequested':
    case 'BackupSkipped':
    case 'BackupFailed':
    case 'SegmentStaged':
    case 'SegmentProgressed':
    case 'SegmentReleased':
    case 'EvidenceReanchored':
    case 'SupersessionDecided':
    case 'BackupWoken':
    case 'BackupOverdue':
    case 'MonitorHaltStarted':
    case 'MonitorHalted':
    case 'MonitorResumed':
      return history;
  }
};

/** The canonical files in the order of their blocks. */
export const canonicalFiles = (history: History): readonly HistoryEntry[] =>
  history.entries.filter(({ canonical }) => canonical).sort((a, b) => (a.start < b.start ? -1 : 1));

/**
 * The history of the files up to an ordinal, as someone who has no others must see it: files stay canonical until their
 * whole replacement is among them.
 */
export const historyThrough = ({ entries }: History, throughOrdinal: number): readonly HistoryEntry[] => {
  const partial = entries.flatMap(({ replacedBy: by }) =>
    by !== undefined && by.first <= throughOrdinal && throughOrdinal < by.last ? [by.first - 1] : [],
  );
  const through = Math.min(throughOrdinal, ...partial);
  return entries
    .filter(({ ordinal }) => ordinal <= through)
    .map((entry) =>
      entry.replacedBy !== undefined && entry.replacedBy.first > through
        ? { ...entry, canonical: true }
        : entry,
    );
};

/** Start blocks of superseded files at or above `from`: replacements are cut there. */
export const supersededStarts = (history: History, from: bigint): readonly bigint[] => [
  ...new Set(
    history.entries.filter(({ canonical, start }) => !canonical && start >= from).map(({ start }) => start),
  ),
];
