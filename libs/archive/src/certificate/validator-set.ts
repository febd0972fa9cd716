import type { Hex } from '#libs/kernel';
import type { SealVote } from '../seal/block-seals.js';

export type CastVote = SealVote & Readonly<{ voter: Hex }>;

/** Ways of counting votes that clients or versions differ in. */
export const VOTE_RULES = ['kept-drops', 'checkpoint-votes'] as const;
export type VoteRule = (typeof VOTE_RULES)[number];

/** The set as another way of counting has it. */
export type OtherCount = Readonly<{
  rule: VoteRule;
  validators: readonly Hex[];
  votes: readonly CastVote[];
}>;

/** Who may seal the block after `block`, and what the votes so far have come to. Addresses are sorted. */
export type ValidatorState = Readonly<{
  /** The last block that is counted in. */
  block: bigint;
  validators: readonly Hex[];
  votes: readonly CastVote[];
  /** Clique: who sealed the newest blocks, the newest last; these may not seal again yet. */
  recent: readonly Hex[];
  /**
   * Was everything followed that affects the set? False from a start in the middle of a chain until the next
   * checkpoint: votes from before may still pass.
   */
  settled: boolean;
  /** Where another way of counting votes comes to something else; absent nearly always. */
  others?: readonly OtherCount[] | undefined;
}>;

export const sortedAddresses = (addresses: Iterable<Hex>): Hex[] => [...addresses].sort();

/** Do both list the same addresses, in any order and each once? */
export const sameAddresses = (a: readonly Hex[], b: readonly Hex[]): boolean =>
  a.length === b.length && a.every((address) => b.includes(address));

/** A set of validators that votes change, by the rule of geth, GoQuorum and Besu: more than half of the set. */
export class ValidatorSet {
  private readonly members: Set<Hex>;
  private pendingVotes: CastVote[];

  constructor(validators: Iterable<Hex>, votes: readonly CastVote[] = []) {
    this.members = new Set(validators);
    this.pendingVotes = [...votes];
  }

  get size(): number {
    return this.members.size;
  }

  get validators(): Hex[] {
    return sortedAddresses(this.members);
  }

  get votes(): readonly CastVote[] {
    return this.pendingVotes;
  }

  has(address: Hex | undefined): boolean {
    return address !== undefined && this.members.has(address);
  }

  /** Are these, in any order, exactly the validators? */
  equals(addresses: readonly Hex[]): boolean {
    return addresses.length === this.size && addresses.every((address) => this.members.has(address));
  }

  replace(validators: Iterable<Hex>): void {
    this.members.clear();
    for (const address of validators) this.members.add(address);
  }

  /** A checkpoint: votes that have not passed are forgotten. */
  forgetVotes(): void {
    this.pendingVotes = [];
  }

  /** A checkpoint as Besu before 26.2 had it: votes to drop a validator stay. */
  forgetAdditions(): void {
    this.pendingVotes = this.pendingVotes.filter(({ add }) => !add);
  }

  /** Counts a vote; true when it changed the set. A vote for what is the case already only takes back an older one. */
  vote(vote: CastVote): boolean {
    const { voter, candidate, add } = vote;
    this.pendingVotes = this.pendingVotes.filter(
      (cast) => cast.voter !== voter || cast.candidate !== candidate,
    );
    if (add !== this.members.has(candidate)) this.pendingVotes.push(vote);
    const cast = this.pendingVotes.filter((each) => each.candidate === candidate);
    if (cast.length <= Math.floor(this.size / 2)) return false;
    if (add) this.members.add(candidate);
    else this.members.delete(candidate);
    this.pendingVotes = this.pendingVotes.filter(
      (each) => each.candidate !== candidate && (add || each.voter !== candidate),
    );
    return true;
  }
}
