import type { Hex } from '#libs/kernel';
import type { Curve } from '../crypto/recover.js';
import type { BlockSeals } from '../seal/block-seals.js';
import type { BlockConsensus } from '../seal/hash-rule.js';
import { FollowedSet, type SetChange } from './followed-set.js';
import {
  allowedAt,
  allowsLegacyQuorum,
  legacyQuorumOfSeals,
  quorumOfSeals,
  selectionAt,
  type ConsensusRules,
} from './rules.js';
import {
  emptyList,
  onlyItself,
  otherConsensus,
  repeatedSeal,
  sealsStopped,
  strangeProposer,
  strangeSeal,
  tooFewSeals,
  tooSoon,
  unknownValidators,
  weaklyStated,
  type SealFault,
} from './seal-faults.js';
import { chosenSet, isStatedEnough, type StatedValidators } from './stated-sets.js';
import type { ValidatorSet, ValidatorState } from './validator-set.js';

export type JudgeInput = Readonly<{
  rules: ConsensusRules;
  /** The state before the first block; `undefined` for block 0, or when nothing is known. */
  start?: ValidatorState | undefined;
  stated?: readonly StatedValidators[] | undefined;
}>;

/** What the seals of one block came to. */
export type BlockJudgement = Readonly<{
  /** Validators that sealed it, each once. */
  signers: readonly Hex[];
  validators: number;
  needed: number;
  verdict: 'valid' | 'valid-legacy' | 'unproven' | 'invalid' | 'none';
  fault: SealFault | undefined;
  /** Why it is `valid-legacy`, when not for GoQuorum's own threshold. */
  legacy?: string;
}>;

const NO_SEALS: BlockJudgement = { signers: [], validators: 0, needed: 0, verdict: 'none', fault: undefined };

type Kind = 'bft' | 'clique' | 'none';

const kindOf = (consensus: BlockConsensus): Kind => {
  if (consensus === 'clique') return 'clique';
  return consensus === 'plain' || consensus === 'raft' ? 'none' : 'bft';
};

/** Validators that sealed a block, sorted, as often as they sealed it. */
const knownSigners = ({ seals }: BlockSeals, set: ValidatorSet): Hex[] => {
  const known: Hex[] = [];
  for (const { signer } of seals) if (signer !== undefined && set.has(signer)) known.push(signer);
  return known.sort();
};

/**
 * Follows the validators of a chain block by block and judges every block's seals against them. Blocks must come in
 * order, with nothing left out. Where only the blocks themselves say who the validators are, they are `unproven`.
 */
export class SealJudge {
  private readonly rules: ConsensusRules;
  private readonly stated: readonly StatedValidators[];
  private readonly followed: FollowedSet;
  private recent: readonly Hex[];
  private last: bigint | undefined;
  private chosenElsewhere = false;

  constructor({ rules, start, stated = [] }: JudgeInput) {
    this.rules = rules;
    this.stated = stated;
    this.followed = new FollowedSet(rules, start);
    this.recent = start?.recent ?? [];
    this.last = start?.block;
  }

  get curve(): Curve {
    return this.rules.curve;
  }

  /** Where the set became another one, with the set that holds from that block on. */
  get changes(): readonly SetChange[] {
    return this.followed.changes;
  }

  /** True when a BFT block lists no validators: a contract chooses them, and only nodes can state them. */
  get isChosenElsewhere(): boolean {
    return this.chosenElsewhere;
  }

  /** The state after the last block; `undefined` where only the blocks themselves say who the validators are. */
  get state(): ValidatorState | undefined {
    return this.last === undefined ? undefined : this.followed.stateAfter(this.last, this.recent);
  }

  /** Judges the next block and takes its votes in. */
  take(block: BlockSeals): BlockJudgement {
    const judged = this.judge(block);
    this.last = block.number;
    return judged;
  }

  private judge(block: BlockSeals): BlockJudgement {
    const { number, consensus } = block;
    if (number === 0n) return this.begin(block);
    const allowed = allowedAt(this.rules, number);
    if (allowed.length > 0 && !allowed.includes(consensus))
      return this.refused(otherConsensus(block, allowed));
    switch (kindOf(consensus)) {
      case 'clique':
        return this.judgeClique(block);
      case 'bft':
        return block.listed.length === 0 ? this.judgeChosen(block) : this.judgeBft(block);
      case 'none':
        return this.judgeUnsealed(block);
    }
  }

  /** Block 0 carries no seals. It lists the first validators, unless its genesis or a contract says who they are. */
  private begin({ consensus, listed }: BlockSeals): BlockJudgement {
    if (kindOf(consensus) === 'none' && allowedAt(this.rules, 0n).length === 0) return NO_SEALS;
    const isContract = selectionAt(this.rules, 0n) === 'contract';
    this.followed.begin(this.rules.initial ?? (isContract ? [] : listed));
    return NO_SEALS;
  }

  private refused(fault: SealFault): BlockJudgement {
    const { size: validators } = this.followed;
    return { signers: [], validators, needed: quorumOfSeals(validators), verdict: 'invalid', fault };
  }

  /** Without a genesis nothing says whether seals may stop; with one, they stop only where it allows them to. */
  private judgeUnsealed(block: BlockSeals): BlockJudgement {
    const { size: validators } = this.followed;
    if (validators === 0 || this.rules.from === 'genesis') return NO_SEALS;
    this.followed.forget();
    const needed = quorumOfSeals(validators);
    return { signers: [], validators, needed, verdict: 'unproven', fault: sealsStopped(block) };
  }

  /** Seals in order are worth as much as the set they were judged against. */
  private graded(judged: BlockJudgement, block: BlockSeals): BlockJudgement {
    if (judged.fault !== undefined || this.followed.isAnchored) return judged;
    return { ...judged, verdict: 'unproven', fault: onlyItself(block) };
  }

  // ---- IBFT, IBFT2 and QBFT

  private judgeBft(block: BlockSeals): BlockJudgement {
    const { fault, legacy } = this.followed.meetListed(block);
    const judged = this.graded(this.countSeals(block, this.followed.current), block);
    this.followed.takeVote(block);
    if (fault !== undefined) return { ...judged, verdict: 'invalid', fault };
    return legacy === undefined || judged.verdict !== 'valid'
      ? judged
      : { ...judged, verdict: 'valid-legacy', legacy };
  }

  /** The header lists nobody: a contract chooses, and what nodes stated is all there is. */
  private judgeChosen(block: BlockSeals): BlockJudgement {
    if (selectionAt(this.rules, block.number) === 'header') return this.refused(emptyList(block));
    this.chosenElsewhere = true;
    const chosen = chosenSet(this.stated, block);
    if (chosen === undefined) {
      this.followed.forget();
      return this.unknown(block, 0);
    }
    const { stated, isExact } = chosen;
    const isEnough = isStatedEnough(stated);
    const set = this.followed.takeStated(block.number, stated.validators, isEnough);
    const judged = this.countSeals(block, set);
    // An older statement may be out of date; only one about this very block makes its seals wrong.
    if (judged.fault !== undefined) return isEnough && isExact ? judged : { ...judged, verdict: 'unproven' };
    return isEnough ? judged : { ...judged, verdict: 'unproven', fault: weaklyStated(block, stated) };
  }

  private unknown(block: BlockSeals, needed: number): BlockJudgement {
    return { signers: [], validators: 0, needed, verdict: 'unproven', fault: unknownValidators(block) };
  }

  private countSeals(block: BlockSeals, set: ValidatorSet): BlockJudgement {
    const known = knownSigners(block, set);
    const signers = known.filter((signer, index) => signer !== known[index - 1]);
    const quorum = quorumOfSeals(set.size);
    const isLegacy = signers.length < quorum && allowsLegacyQuorum(this.rules, block.consensus, block.number);
    const needed = isLegacy ? legacyQuorumOfSeals(set.size) : quorum;
    const judged = { signers, validators: set.size, needed };
    const fault =
      strangeSeal(block, set) ??
      strangeProposer(block, set) ??
      tooFewSeals(block, judged) ??
      (signers.length === known.length ? undefined : repeatedSeal(block));
    if (fault !== undefined) return { ...judged, verdict: 'invalid', fault };
    return { ...judged, verdict: isLegacy ? 'valid-legacy' : 'valid', fault };
  }

  // ---- Clique

  private judgeClique(block: BlockSeals): BlockJudgement {
    const { proposer } = block;
    const unexplained = this.isCliqueCheckpoint(block) ? this.followed.meetCheckpoint(block) : undefined;
    if (this.followed.size === 0) return this.unknown(block, 1);
    const set = this.followed.current;
    const fault = strangeSeal(block, set) ?? tooSoon(block, this.resting(set)) ?? unexplained;
    const signers = proposer !== undefined && set.has(proposer) ? [proposer] : [];
    // One more than the rule looks at: the set may grow by one with this block.
    if (proposer !== undefined) this.recent = [...this.recent, proposer].slice(-1 - Math.floor(set.size / 2));
    const judged = { signers, validators: set.size, needed: 1 };
    this.followed.vote(block);
    if (fault === undefined) return this.graded({ ...judged, verdict: 'valid', fault }, block);
    return { ...judged, verdict: this.followed.isFollowed ? 'invalid' : 'unproven', fault };
  }

  private isCliqueCheckpoint({ number, listed }: BlockSeals): boolean {
    return this.rules.from === 'genesis' ? number % this.rules.epoch === 0n : listed.length > 0;
  }

  /** A signer may seal one of floor(N/2)+1 consecutive blocks: those that may not yet. */
  private resting(set: ValidatorSet): readonly Hex[] {
    const window = Math.floor(set.size / 2);
    return window === 0 ? [] : this.recent.slice(-window);
  }
}
