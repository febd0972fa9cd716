import type { BlockRef, ErrorCode, Hex, LinkedBlockRef } from '#libs/kernel';
import type { Confirmation, Departure, RunWarning } from '../backup/backup.events.js';
import type { Cut } from '../backup/plan.js';

/** What a node said about one height. */
export type HeightAnswer =
  | Readonly<{ kind: 'header'; header: LinkedBlockRef }>
  | Readonly<{ kind: 'above-head' }>
  | Readonly<{ kind: 'missing' }>;

/** One node's answer to one batch. */
export type SurveyAnswer =
  | Readonly<{
      kind: 'answered';
      head: bigint;
      /** As the client states it: seconds, on Quorum Raft nanoseconds. */
      headTimestamp?: bigint;
      chainId: bigint;
      genesisHash: Hex;
      /** The node's own identity, when it offers one. */
      nodeId: string | undefined;
      /** By height, decimal. */
      heights: ReadonlyMap<bigint, HeightAnswer>;
    }>
  | Readonly<{ kind: 'failed'; code: ErrorCode; message: string }>;

/**
 * A question to the nodes `ids` at once, one batch each, after `waitMs` where given. Answers come back by node id.
 * Nodes that no longer count are not asked: a slow one must not delay every round.
 */
export type SurveyRequest = Readonly<{
  ids: readonly string[];
  heights: readonly bigint[];
  waitMs?: number;
  /** Blocks whose hashes must be in `AgreementInput.stored` when the answers are sent, if the files can be read. */
  stored?: readonly bigint[];
}>;
export type SurveyAnswers = ReadonlyMap<string, SurveyAnswer>;

/** Ids of nodes that certainly are one: one URL, one validator address, or an operator's word. */
export type Seat = readonly string[];

export type AgreementInput = Readonly<{
  monitorId: string;
  /** The validators of the environment, frozen for this run. */
  validatorIds: readonly string[];
  excusedIds: readonly string[];
  /** All validators, those that are one node together: each seat counts once. */
  seats: readonly Seat[];
  rule: 'all' | 'quorum';
  minConfirmations: bigint;
  segmentBlocks: number;
  /** The last backed-up block, and the ends of all canonical files in order (the last one is `lastEnd`). */
  lastEnd: BlockRef | undefined;
  fileEnds: readonly BlockRef[];
  supersededStarts: readonly bigint[];
  /** Hashes of blocks as the canonical files hold them, by number: filled by whoever answers, as it is asked for them. */
  stored?: ReadonlyMap<bigint, Hex>;
  /** Known since the first run. */
  genesisHash: Hex | undefined;
  /** A chain id that was declared, if any. */
  chainId: bigint | undefined;
}>;

/** Where the nodes left the files. */
export type Fork = Readonly<{
  /** Index of the last file that every one of a quorum still confirms, -1 when there is none. */
  keepThrough: number;
  /** The lowest block known to differ, as a quorum holds it. */
  other: BlockRef;
  /** Is it the first one that differs? `false` when the stored file could not be read. */
  isFork: boolean;
}>;

export type AgreementVerdict =
  | Readonly<{
      kind: 'agreed';
      start: bigint;
      parentHash: Hex;
      /** End of the plan; blocks up to `backlogEnd` are agreed too and follow in the next run. */
      end: LinkedBlockRef;
      backlogEnd: bigint;
      cuts: readonly (Cut & Readonly<{ endHash: Hex }>)[];
      genesisHash: Hex;
    }>
  | Readonly<{ kind: 'no-new-block' }>
  | Readonly<{
      kind: 'superseded';
      /** Where a quorum left the files. */
      fork: Fork;
    }>
  | Readonly<{ kind: 'disputed'; code: ErrorCode; reason: string; retryable: boolean; cause?: ErrorCode }>;

export type AgreementReport = Readonly<{
  verdict: AgreementVerdict;
  confirmations: readonly Confirmation[];
  departures: readonly Departure[];
  /** Highest block of the agreed chain that as many validators reach as the rule needs. */
  head: bigint | undefined;
  /** As the clients state it: seconds, on Quorum Raft nanoseconds. */
  headTimestamp: bigint | undefined;
  warnings: readonly RunWarning[];
  rounds: number;
  /** Block look-ups asked of each validator, in all. */
  lookups: number;
}>;

/** ceil(2N/3). */
export const quorumOf = (validators: number): number => Math.ceil((2 * validators) / 3);
