import type { BackupState, HistoryEntry, LiveEnvironment } from '#libs/domain';
import type { Instant } from '#libs/kernel';
import type { RunDocument } from '../history-read-models.js';
import type { FindingDraft } from './finding.js';
import type { NodeLook } from './node-findings.js';

/** All that is known of an environment at one moment. */
export type Situation = Readonly<{
  environment: LiveEnvironment;
  backup: BackupState;
  /** Some of its runs, newest first. */
  runs: readonly RunDocument[];
  /** Its canonical files in the order of their blocks. */
  files: readonly HistoryEntry[];
  /** What its nodes answered lately, if they were asked. */
  look: NodeLook | undefined;
  now: Instant;
}>;

/** A finding of the environment itself, looked at now. */
export type OwnFinding = Omit<FindingDraft, 'last_looked'>;
