import type { BackupEvent, SegmentRecord } from '../backup/backup.events.js';
import type { Instant } from '#libs/kernel';

/** One file of the history, with the revision of its event in the backup stream. */
export type HistoryEntry = SegmentRecord &
  Readonly<{ runId: string; canonical: boolean; revision: bigint; exportedAt: Instant }>;

/** All files of one environment, in the order they were exported, and the newest completed run's newest file. */
export type History = Readonly<{
  entries: readonly HistoryEntry[];
  latestBackup: Instant | undefined;
  /** Revision of the last event that changed the history, -1n before the first. */
  revision: bigint;
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
    case 'SegmentExported': {
      const { at: exportedAt, ...record } = event.data;
      // Appending in place keeps a fold over many files linear; no other code holds this array.
      (history.entries as HistoryEntry[]).push({ ...record, canonical: true, revision, exportedAt });
      return { ...history, revision };
    }
    case 'SegmentsSuperseded': {
      const entries = history.entries.map((entry) =>
        isSuperseded(entry, event.data) ? { ...entry, canonical: false } : entry,
      );
      return { ...history, entries, revision };
    }
    case 'BackupCompleted': {
      const last = history.entries.at(-1);
      return last === undefined ? history : { ...history, latestBackup: last.date, revision };
    }
    case 'BackupRequested':
    case 'BackupSkipped':
    case 'RangeAgreed':
    case 'RangeDisputed':
    case 'BackupFailed':
    case 'SegmentProgressed':
    case 'SegmentReleased':
    case 'EvidenceReanchored':
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

/** Start blocks of superseded files at or above `from`: replacements are cut there. */
export const supersededStarts = (history: History, from: bigint): readonly bigint[] => [
  ...new Set(
    history.entries.filter(({ canonical, start }) => !canonical && start >= from).map(({ start }) => start),
  ),
];
