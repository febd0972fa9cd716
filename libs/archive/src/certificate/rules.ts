import type { Hex } from '#libs/kernel';
import type { BlockConsensus } from '../seal/hash-rule.js';
import type { Curve } from '../crypto/recover.js';

/** What the genesis allows from a block on, until the next phase. */
export type ConsensusPhase = Readonly<{
  from: bigint;
  /** Forms of blocks; empty when the genesis requires none. */
  allowed: readonly BlockConsensus[];
}>;

/** From a block on, does a contract choose the validators? Then headers list none. */
export type SelectionMode = Readonly<{ from: bigint; isContract: boolean }>;

/** From a block on, does GoQuorum's own threshold of 2F+1 seals hold? */
export type LegacyQuorum = Readonly<{ from: bigint; holds: boolean }>;

/** What a genesis document's `config` fixes about validators. Without a document the defaults of the clients hold. */
export type ConsensusRules = Readonly<{
  from: 'genesis' | 'default';
  /** Besu and geth follow one set of rules, GoQuorum another; without a genesis it is not known which. */
  client: 'goquorum' | 'other' | 'unknown';
  /** Votes are dropped every this many blocks; Clique lists its signers there. */
  epoch: bigint;
  /** In the order of their blocks. GoQuorum seals with 2F+1 where it holds, with ceil(2N/3) elsewhere. */
  legacyQuorum: readonly LegacyQuorum[];
  /** Validators that the document itself puts in force at a block. */
  overrides: readonly Readonly<{ block: bigint; validators: readonly Hex[] }>[];
  /** GoQuorum: validators of block 0 that win over those in its extraData. */
  initial: readonly Hex[] | undefined;
  /** In the order of their blocks; empty when the genesis names no sealing consensus. */
  phases: readonly ConsensusPhase[];
  /** In the order of their blocks. */
  selection: readonly SelectionMode[];
  /** The curve of the seals. */
  curve: Curve;
}>;

export const EPOCH = 30_000n;

/** Without a genesis document: the defaults, and GoQuorum's own threshold is not ruled out. */
export const DEFAULT_RULES: ConsensusRules = {
  from: 'default',
  client: 'unknown',
  epoch: EPOCH,
  legacyQuorum: [{ from: 0n, holds: true }],
  overrides: [],
  initial: undefined,
  phases: [],
  selection: [],
  curve: 'secp256k1',
};

/** The last of these in force at a block. */
const inForce = <T extends Readonly<{ from: bigint }>>(steps: readonly T[], block: bigint): T | undefined =>
  // Nearly every genesis has one step from block 0 on.
  steps.length === 1 && steps[0]?.from === 0n ? steps[0] : steps.findLast(({ from }) => from <= block);

/** The forms that a block may have; empty when every form is allowed. */
export const allowedAt = ({ phases }: ConsensusRules, block: bigint): readonly BlockConsensus[] =>
  inForce(phases, block)?.allowed ?? [];

/**
 * How a block's header names its validators by the genesis. At the block of a change and the one after it clients
 * differ, and without a genesis nothing is known: `either`.
 */
export const selectionAt = (rules: ConsensusRules, block: bigint): 'contract' | 'header' | 'either' => {
  if (rules.from === 'default') return 'either';
  const { selection } = rules;
  if (selection.length === 0) return 'header';
  const isChanging = selection.some(({ from }) => from > 0n && block >= from && block - from <= 1n);
  if (isChanging) return 'either';
  return inForce(selection, block)?.isContract === true ? 'contract' : 'header';
};

/** Seals that IBFT, IBFT2 and QBFT ask of N validators. */
export const quorumOfSeals = (validators: number): number => Math.ceil((2 * validators) / 3);

/** Seals that GoQuorum asks of N validators where its old threshold holds: 2F+1, F = ceil(N/3)-1. */
export const legacyQuorumOfSeals = (validators: number): number => 2 * (Math.ceil(validators / 3) - 1) + 1;

export const QUORUM_FORMULA = 'ceil(2N/3)';
export const LEGACY_FORMULA = '2F+1 with F = ceil(N/3)-1';

/** May GoQuorum's own threshold have been in force? IBFT2 is Besu's alone. */
export const allowsLegacyQuorum = (
  rules: ConsensusRules,
  consensus: BlockConsensus,
  block: bigint,
): boolean => consensus !== 'ibft2' && inForce(rules.legacyQuorum, block)?.holds === true;

/** Does a vote in a checkpoint block count? With GoQuorum it does, and IBFT is GoQuorum's alone. */
export const countsCheckpointVotes = ({ client }: ConsensusRules, consensus: BlockConsensus): boolean =>
  consensus === 'ibft' || client === 'goquorum';
