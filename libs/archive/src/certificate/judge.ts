import type { Hex } from '#libs/kernel';
import type { BlockSeals } from '../seal/block-seals.js';
import type { BlockConsensus } from '../seal/hash-rule.js';
import { faultAt, strangeProposer, strangeSeal, tooFewSeals, type SealFault } from './seal-faults.js';
import { allowsLegacyQuorum, legacyQuorumOfSeals, quorumOfSeals, type ConsensusRules } from './rules.js';
import { sortedAddresses, ValidatorSet, type ValidatorState } from './validator-set.js';

/** Validators that a contract chose, as a node stated them: in force after `block`. Evidence, not proof. */
export type StatedValidators = Readonly<{ block: bigint; validators: readonly Hex[]; node: string }>;

export type JudgeInput = Readonly<{
  rules: ConsensusRules;
  /** The state before the first block; `undefined` for block 0, or when nothing is known. */
  start?: ValidatorState | undefined;
  stated?: readonly StatedValidators[] | undefined;
}>;

export type SetChange = Readonly<{ block: bigint; validators: readonly Hex[] }>;

/** What the seals of one block came to. */
export type BlockJudgement = Readonly<{
  /** Validators that sealed it, each once. */
  signers: readonly Hex[];
  validators: number;
  needed: number;
  verdict: 'valid' | 'valid-legacy' | 'unproven' | 'invalid' | 'none';
  fault: SealFault | undefined;
}>;

const NO_SEALS: BlockJudgement = { signers: [], validators: 0, needed: 0, verdict: 'none', fault: undefined };

type Kind = 'bft' | 'clique' | 'none';

const kindOf = (consensus: BlockConsensus): Kind => {
  if (consensus === 'clique') return 'clique';
  return consensus === 'plain' || consensus === 'raft' ? 'none' : 'bft';
};

/**
 * Follows the validators of a chain block by block and judges every block's seals against them. Blocks must come in
 * order, with nothing left out.
 */
export class SealJudge {
  private readonly rules: ConsensusRules;
  private readonly stated: readonly StatedValidators[];
  private readonly setChanges: SetChange[] = [];
  private set: ValidatorSet | undefined;
  private recent: readonly Hex[];
  private settled: boolean;
  private last: bigint | undefined;
  private chosenElsewhere = false;

  constructor({ rules, start, stated = [] }: JudgeInput) {
    this.rules = rules;
    this.stated = stated;
    this.set = start && new ValidatorSet(start.validators, start.votes);
    this.recent = start?.recent ?? [];
    this.settled = start?.settled ?? false;
    this.last = start?.block;
  }

  /** Where the set became another one, with the set that holds from that block on. */
  get changes(): readonly SetChange[] {
    return this.setChanges;
  }

  /** True when a BFT block lists no validators: a contract chooses them, and only a node can state them. */
  get isChosenElsewhere(): boolean {
    return this.chosenElsewhere;
  }

  /** The state after the last block; `undefined` for chains whose headers name no validators. */
  get state(): ValidatorState | undefined {
    if (this.set === undefined || this.last === undefined) return undefined;
    const { validators, votes } = this.set;
    return { block: this.last, validators, votes, recent: this.recent, settled: this.settled };
  }

  /** Judges the next block and takes its votes in. */
  take(block: BlockSeals): BlockJudgement {
    const judged = this.judge(block);
    this.last = block.number;
    return judged;
  }

  private judge(block: BlockSeals): BlockJudgement {
    const kind = kindOf(block.consensus);
    if (kind === 'none') return NO_SEALS;
    if (block.number === 0n) {
      this.set = new ValidatorSet(block.listed);
      this.settled = true;
      return NO_SEALS;
    }
    return kind === 'clique' ? this.judgeClique(block) : this.judgeBft(block);
  }

  private isCheckpoint(number: bigint): boolean {
    return number % this.rules.epoch === 0n;
  }

  private replace(number: bigint, validators: readonly Hex[]): void {
    const set = (this.set ??= new ValidatorSet([]));
    if (set.equals(validators)) return;
    if (set.size > 0) this.setChanges.push({ block: number, validators: sortedAddresses(validators) });
    set.replace(validators);
  }

  private vote(block: BlockSeals, set: ValidatorSet): void {
    const { vote, proposer, number } = block;
    if (vote === undefined || proposer === undefined || !set.has(proposer)) return;
    if (set.vote({ voter: proposer, ...vote }))
      this.setChanges.push({ block: number + 1n, validators: set.validators });
  }

  // ---- IBFT, IBFT2 and QBFT

  private judgeBft(block: BlockSeals): BlockJudgement {
    const { number, consensus } = block;
    const unexplained = this.meetListed(block);
    const set = this.set;
    if (set === undefined || set.size === 0) {
      const message = `The validators of block ${number} are not known.`;
      const fault = faultAt(block, 'VALIDATORS_UNKNOWN', message, { field: 'extraData.validators' });
      return { signers: [], validators: 0, needed: 0, verdict: 'unproven', fault };
    }
    const judged = this.countSeals(block, set);
    if (this.isCheckpoint(number)) {
      set.forgetVotes();
      this.settled = true;
    }
    // Besu passes over votes in checkpoint blocks; no client of ours casts them there.
    if (!this.isCheckpoint(number) || consensus === 'ibft') this.vote(block, set);
    return unexplained === undefined || judged.fault !== undefined
      ? judged
      : { ...judged, verdict: 'invalid', fault: unexplained };
  }

  /** The list in the header is what its hash covers: it holds from here on, but votes must explain it. */
  private meetListed(block: BlockSeals): SealFault | undefined {
    const { number, listed } = block;
    if (listed.length === 0) {
      this.chosenElsewhere = true;
      this.takeStated(block);
      return undefined;
    }
    const set = this.set;
    if (set?.equals(listed)) return undefined;
    const isKnownBefore = set !== undefined && set.size > 0 && this.settled;
    const expected = set?.validators ?? [];
    this.replace(number, listed);
    const isOverride = this.rules.overrides.some(
      ({ block: from, validators }) => number - from <= 1n && number >= from && this.set?.equals(validators),
    );
    if (!isKnownBefore || isOverride) return undefined;
    const message =
      `Block ${number} lists other validators than are known by genesis and votes: ` +
      `${expected.join(', ')}.`;
    return faultAt(block, 'CERTIFICATE_VALIDATORS_WRONG', message, { field: 'extraData.validators' });
  }

  /** A contract chooses: of the sets in force after the block before and after this one, the one that sealed. */
  private takeStated({ number, seals }: BlockSeals): void {
    const after = (block: bigint) => this.stated.findLast((stated) => stated.block <= block);
    const candidates = [after(number - 1n), after(number)].filter((stated) => stated !== undefined);
    const fits = candidates.find(({ validators }) =>
      seals.every(({ signer }) => signer !== undefined && validators.includes(signer)),
    );
    const chosen = fits ?? candidates[0];
    if (chosen !== undefined) this.replace(number, chosen.validators);
  }

  private countSeals(block: BlockSeals, set: ValidatorSet): BlockJudgement {
    const { number, consensus } = block;
    const known = block.seals.flatMap(({ signer }) =>
      signer !== undefined && set.has(signer) ? [signer] : [],
    );
    const signers = sortedAddresses(new Set(known));
    const quorum = quorumOfSeals(set.size);
    const legacy = legacyQuorumOfSeals(set.size);
    const isLegacy = signers.length < quorum && allowsLegacyQuorum(this.rules, consensus, number);
    const judged = { signers, validators: set.size, needed: isLegacy ? legacy : quorum };
    const fault = strangeSeal(block, set) ?? strangeProposer(block, set) ?? tooFewSeals(block, judged);
    if (fault !== undefined) return { ...judged, verdict: 'invalid', fault };
    return { ...judged, verdict: isLegacy ? 'valid-legacy' : 'valid', fault };
  }

  // ---- Clique

  private judgeClique(block: BlockSeals): BlockJudgement {
    const { number, proposer } = block;
    const unexplained = this.meetCheckpoint(block);
    const set = this.set;
    if (set === undefined) {
      const message = `Nothing says who the signers at block ${number} are.`;
      const fault = faultAt(block, 'VALIDATORS_UNKNOWN', message, { field: 'extraData.seal' });
      return { signers: [], validators: 0, needed: 1, verdict: 'unproven', fault };
    }
    const fault = strangeSeal(block, set) ?? this.tooSoon(block, set) ?? unexplained;
    const signers = proposer !== undefined && set.has(proposer) ? [proposer] : [];
    // One more than the rule looks at: the set may grow by one with this block.
    if (proposer !== undefined) this.recent = [...this.recent, proposer].slice(-1 - Math.floor(set.size / 2));
    const judged = { signers, validators: set.size, needed: 1 };
    this.vote(block, set);
    if (fault === undefined) return { ...judged, verdict: 'valid', fault };
    return { ...judged, verdict: this.settled ? 'invalid' : 'unproven', fault };
  }

  /** Checkpoints list the signers and forget the votes. */
  private meetCheckpoint(block: BlockSeals): SealFault | undefined {
    const { number, listed } = block;
    const isCheckpoint = this.rules.from === 'genesis' ? this.isCheckpoint(number) : listed.length > 0;
    if (!isCheckpoint) return undefined;
    const set = this.set;
    const wasSettled = this.settled;
    this.settled = true;
    if (set?.equals(listed)) {
      set.forgetVotes();
      return undefined;
    }
    this.replace(number, listed);
    this.set?.forgetVotes();
    if (set === undefined || !wasSettled) return undefined;
    const message = `Checkpoint ${number} lists other signers than are known by genesis and votes.`;
    return faultAt(block, 'CERTIFICATE_VALIDATORS_WRONG', message, { field: 'extraData.signers' });
  }

  /** A signer may seal one of floor(N/2)+1 consecutive blocks. */
  private tooSoon(block: BlockSeals, set: ValidatorSet): SealFault | undefined {
    const window = Math.floor(set.size / 2);
    const recent = window === 0 ? [] : this.recent.slice(-window);
    if (block.proposer === undefined || !recent.includes(block.proposer)) return undefined;
    const message = `${block.proposer} sealed block ${block.number} too soon after its last one.`;
    return faultAt(block, 'SEAL_INVALID', message, {
      field: 'extraData.seal',
      offset: block.seals[0]?.offset,
    });
  }
}
