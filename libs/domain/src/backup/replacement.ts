import type { BlockRef, Hex, Instant } from '#libs/kernel';
import { isAtLeast, type EvidenceLevel, type SegmentEvidence } from './evidence.js';

/** Blocks below the last end that a reorganization may replace without an operator, unless an environment says otherwise. */
export const REORG_BLOCKS_MAX = 128;

/**
 * Canonical files that a run replaces. They stay canonical until every replacing file is staged: then one append
 * supersedes them and records the replacement.
 */
export type Replacement = Readonly<{
  /** Start of the first file that is replaced. */
  fromBlock: bigint;
  /** The last end that stays; left out when nothing stays. */
  tip?: BlockRef;
  /** The lowest block known to differ, as the nodes hold it: the first one if the stored files could be read. */
  other: BlockRef;
  /** Is `other` the very first block that differs? */
  isFork: boolean;
  /** The first of the replaced files, for readers. */
  files: readonly string[];
  /** The strongest evidence among the replaced files: each replacing file needs at least this. */
  level: EvidenceLevel;
  /** Is the file with the fork final by proved commit seals? */
  isFinal: boolean;
  /** Did an operator decide that the files are replaced? */
  isDecided: boolean;
  why: string;
}>;

export type SupersessionDecision = 'keep' | 'supersede';

/** A supersession that Chainkeep doesn't carry out by itself, and what an operator said of it. */
export type OpenQuestion = Readonly<{
  code: 'SUPERSESSION_PENDING' | 'FINALITY_BROKEN';
  fromBlock: bigint;
  /** Names the other chain: the same question comes again with the same block. */
  other: BlockRef;
  /** Both sides, in words. */
  reason: string;
  since: Instant;
  decision?: SupersessionDecision;
  /** What the evidence was judged by. The question is judged again when it is not the same any more. */
  judgedBy?: string;
  /** The last block of the other chain that is kept beside the backup. */
  kept?: BlockRef;
}>;

/**
 * The chain that the nodes went on with after finality broke. Its blocks are kept as files that are not canonical until
 * an operator decides, so that neither history is lost meanwhile.
 */
export type Branch = Readonly<{
  /** The first block that differs. */
  other: BlockRef;
  /** The block before the first one to keep. */
  tip: BlockRef;
}>;

/**
 * Where the files of a branch begin: at its first block, or at a block before it that both chains have. No canonical file
 * begins there, so that "the newest date for a start block" still yields the canonical chain. `undefined`: every block
 * before begins a file.
 */
export const branchStart = (fork: bigint, canonicalStarts: ReadonlySet<bigint>): bigint | undefined => {
  for (let start = fork; start > 0n; start -= 1n) if (!canonicalStarts.has(start)) return start;
  return undefined;
};

/** Two sealed headers at one height of a chain with final blocks. */
export type FinalityProof = Readonly<{
  height: bigint;
  backedUp: Readonly<{ hash: Hex; header: Hex }>;
  other: Readonly<{ hash: Hex; header: Hex }>;
  /** Addresses whose commit seals are in both headers. */
  doubleSigners: readonly Hex[];
}>;

/** What the evidence of a replacement is judged by: while it is the same, so is the judgement. */
export const judgementBasis = (
  { genesis }: Readonly<{ genesis?: Readonly<{ sha256: string }> | undefined }>,
  { anchor }: Readonly<{ anchor: BlockRef | undefined }>,
  level: EvidenceLevel,
): string => [genesis?.sha256 ?? 'no genesis', anchor?.hash ?? 'no anchor', level].join(' ');

/** What is known of a supersession before its blocks are gathered. */
export type SupersessionCase = Readonly<{
  level: EvidenceLevel;
  /** Backed-up blocks that the nodes left; `undefined` when the stored files could not be read. */
  depth: bigint | undefined;
  maxReorgBlocks: number;
  /** Does the plan of one run reach the end of the old files, or of the agreed chain? */
  isWhole: boolean;
}>;

/** Why an operator must approve a supersession, in words; `undefined` when evidence alone decides. */
export const approvalNeeded = ({
  level,
  depth,
  maxReorgBlocks,
  isWhole,
}: SupersessionCase): string | undefined => {
  if (level === 'confirmed')
    return 'The files have no seals that prove them, only the word of the validators.';
  if (depth === undefined) return 'The stored files could not be read, so the depth of the fork is unknown.';
  if (depth > BigInt(maxReorgBlocks))
    return `The fork is ${depth} blocks deep, and max_reorg_blocks is ${maxReorgBlocks}.`;
  return isWhole ? undefined : 'The replacement needs more files than one run makes.';
};

/** Is a replacing file proved as well as the files that it replaces, or has an operator decided? */
export const isStrongEnough = (
  { level, isDecided }: Replacement,
  evidence: SegmentEvidence | undefined,
): boolean => isDecided || isAtLeast(evidence?.level ?? 'confirmed', level);

/** Does this replacing file prove that a chain with final blocks was sealed twice? */
export const breaksFinality = (
  { isFinal, isDecided, other }: Replacement,
  file: Readonly<{ start: bigint; end: bigint; certificate: Readonly<{ kind: string }> }>,
  evidence: SegmentEvidence | undefined,
): boolean =>
  isFinal &&
  !isDecided &&
  evidence?.level === 'proved' &&
  file.certificate.kind === 'commit-seals' &&
  file.start <= other.number &&
  file.end >= other.number;

/**
 * The level of a recorded file. Version 0.1 recorded none, so what its certificate calls valid counts as proved here:
 * that can only ask more of a replacement.
 */
export const recordedLevel = ({
  evidence,
  certificate,
}: Readonly<{
  evidence?: SegmentEvidence;
  certificate: Readonly<{ kind: string; summary: string }>;
}>): EvidenceLevel => {
  if (evidence !== undefined) return evidence.level;
  const isSealed = certificate.kind === 'commit-seals' || certificate.kind === 'clique-signers';
  return isSealed && !/invalid|unproven/.test(certificate.summary) ? 'proved' : 'confirmed';
};
