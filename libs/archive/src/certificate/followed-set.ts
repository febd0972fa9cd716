import type { Hex } from '#libs/kernel';
import type { BlockSeals } from '../seal/block-seals.js';
import { OtherCounts } from './other-counts.js';
import { countsCheckpointVotes, selectionAt, type ConsensusRules } from './rules.js';
import { otherList, otherSigners, type SealFault } from './seal-faults.js';
import { sameAddresses, sortedAddresses, ValidatorSet, type ValidatorState } from './validator-set.js';

export type SetChange = Readonly<{ block: bigint; validators: readonly Hex[] }>;

/** How a header's list of validators was met; `legacy` says which older way of counting votes explains it. */
type Listing = Readonly<{ fault?: SealFault; legacy?: string }>;
const EXPECTED: Listing = {};

/**
 * The validators of a chain, followed through what its headers list, its votes and its genesis. A set that only blocks
 * themselves list is adopted, but not `isAnchored`: it proves nothing, and is not part of the state.
 */
export class FollowedSet {
  private readonly others: OtherCounts;
  private readonly setChanges: SetChange[] = [];
  private members: ValidatorSet | undefined;
  private settled: boolean;
  private anchored: boolean;
  /** The newest change that the genesis makes itself and that was met. */
  private overriddenAt: bigint | undefined;

  constructor(
    private readonly rules: ConsensusRules,
    start: ValidatorState | undefined,
  ) {
    this.others = new OtherCounts(rules, start?.others);
    this.members = start && new ValidatorSet(start.validators, start.votes);
    this.settled = start?.settled ?? false;
    this.anchored = start !== undefined;
    this.overriddenAt = rules.overrides.find(
      ({ block, validators }) => block === start?.block && this.members?.equals(validators),
    )?.block;
  }

  /** Does the set follow from the start, block 0 or the genesis, rather than from what blocks list? */
  get isAnchored(): boolean {
    return this.anchored;
  }

  /** Anchored, and no vote from before the start can be under way. */
  get isFollowed(): boolean {
    return this.anchored && this.settled;
  }

  /** Empty when nothing says who the validators are. */
  get current(): ValidatorSet {
    return (this.members ??= new ValidatorSet([]));
  }

  get size(): number {
    return this.members?.size ?? 0;
  }

  get changes(): readonly SetChange[] {
    return this.setChanges;
  }

  /** The state after a block; `undefined` where only the blocks themselves say who the validators are. */
  stateAfter(block: bigint, recent: readonly Hex[]): ValidatorState | undefined {
    if (this.members === undefined || !this.anchored) return undefined;
    const { validators, votes } = this.members;
    const others = this.others.state;
    const state = { block, validators, votes, recent, settled: this.settled };
    return others.length === 0 ? state : { ...state, others };
  }

  /** Block 0: these are the first validators. */
  begin(validators: readonly Hex[]): void {
    this.members = new ValidatorSet(validators);
    this.settled = true;
    this.anchored = validators.length > 0;
  }

  /** From here on nothing is known. */
  forget(): void {
    this.members = undefined;
    this.anchored = false;
  }

  /** Takes the set that was stated for a block; `isEnough` says whether by as many nodes as the rule needs. */
  takeStated(number: bigint, validators: readonly Hex[], isEnough: boolean): ValidatorSet {
    this.replace(number, validators);
    this.anchored = isEnough;
    this.settled = true;
    return this.current;
  }

  /** A BFT header's list is covered by its hash: votes or the genesis must explain it. */
  meetListed(block: BlockSeals): Listing {
    const { number, listed } = block;
    if (this.meetOverride(block)) return EXPECTED;
    const set = this.members;
    if (selectionAt(this.rules, number) === 'contract') this.adopt(block);
    else if (set?.equals(listed)) this.others.keepThoseOf(block);
    else if (set === undefined || set.size === 0 || !this.isFollowed) this.adopt(block);
    else return this.meetOtherCount(block, set);
    return EXPECTED;
  }

  /** A Clique checkpoint lists the signers and forgets the votes. */
  meetCheckpoint(block: BlockSeals): SealFault | undefined {
    const set = this.members;
    const wasFollowed = this.isFollowed;
    this.settled = true;
    set?.forgetVotes();
    if (set?.equals(block.listed)) return undefined;
    if (set !== undefined && wasFollowed) return otherSigners(block);
    this.adopt(block);
    return undefined;
  }

  /** Takes a BFT block's vote in, and forgets those before it at a checkpoint. */
  takeVote(block: BlockSeals): void {
    const { number, consensus } = block;
    const isCheckpoint = number % this.rules.epoch === 0n;
    if (isCheckpoint) {
      this.others.meetCheckpoint(this.current);
      this.current.forgetVotes();
      this.settled = true;
    }
    this.vote(block, !isCheckpoint || countsCheckpointVotes(this.rules, consensus));
  }

  vote({ vote, proposer, number }: BlockSeals, counts = true): void {
    if (vote === undefined || proposer === undefined) return;
    const set = this.current;
    const cast = { voter: proposer, ...vote };
    if (!counts) {
      if (set.has(proposer)) this.others.meetCheckpointVote(set, cast);
      return;
    }
    this.others.meetVote(cast);
    if (set.has(proposer) && set.vote(cast))
      this.setChanges.push({ block: number + 1n, validators: set.validators });
  }

  private replace(number: bigint, validators: readonly Hex[]): void {
    const set = this.current;
    if (set.equals(validators)) return;
    if (set.size > 0) this.setChanges.push({ block: number, validators: sortedAddresses(validators) });
    set.replace(validators);
  }

  private adopt({ number, listed }: BlockSeals): void {
    this.replace(number, listed);
    this.anchored = false;
  }

  private meetOtherCount(block: BlockSeals, set: ValidatorSet): Listing {
    const { number, listed } = block;
    const other = this.others.matching(listed);
    // The list of a forger is never adopted.
    if (other === undefined) return { fault: otherList(block, set.validators) };
    this.setChanges.push({ block: number, validators: sortedAddresses(listed) });
    this.members = other.set;
    return other.isLegacy ? { legacy: `block ${number}: ${other.words}` } : EXPECTED;
  }

  /**
   * Validators that the genesis puts in force at a block: Besu's header lists them there, GoQuorum's in the next. True
   * when this block lists them.
   */
  private meetOverride({ number, listed }: BlockSeals): boolean {
    const override = this.rules.overrides.findLast(
      ({ block }) => number >= block && number - block <= 1n && block !== this.overriddenAt,
    );
    if (override === undefined) return false;
    const isListed = sameAddresses(override.validators, listed);
    if (!isListed && number === override.block) return false;
    this.replace(number, override.validators);
    this.current.forgetVotes();
    this.overriddenAt = override.block;
    this.anchored = true;
    this.settled = true;
    return isListed;
  }
}
