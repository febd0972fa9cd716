import type { Hex } from '#libs/kernel';
import type { BlockSeals } from '../seal/block-seals.js';
import type { ConsensusRules } from './rules.js';
import { ValidatorSet, type CastVote, type OtherCount, type VoteRule } from './validator-set.js';

const WORDS: Readonly<Record<VoteRule, string>> = {
  'kept-drops': 'Besu before 26.2 kept votes to drop a validator across epochs',
  'checkpoint-votes': 'GoQuorum counts votes in checkpoint blocks',
};

/**
 * The set as clients or versions would have it that count votes otherwise than the rules say. Nearly always there is
 * nothing here: a count begins with the first vote that it treats otherwise, and ends when a header disproves it.
 */
export class OtherCounts {
  private counts: { rule: VoteRule; set: ValidatorSet }[];

  constructor(
    private readonly rules: ConsensusRules,
    others: readonly OtherCount[] = [],
  ) {
    this.counts = others.map(({ rule, validators, votes }) => ({
      rule,
      set: new ValidatorSet(validators, votes),
    }));
  }

  get state(): readonly OtherCount[] {
    return this.counts.map(({ rule, set }) => ({ rule, validators: set.validators, votes: set.votes }));
  }

  /** Before the checkpoint's votes are forgotten; GoQuorum forgets all. */
  meetCheckpoint(set: ValidatorSet): void {
    if (this.rules.client === 'goquorum') return;
    if (set.votes.some(({ add }) => !add)) this.begin('kept-drops', set);
    for (const { rule, set: other } of this.counts)
      if (rule === 'kept-drops') other.forgetAdditions();
      else other.forgetVotes();
  }

  /** A vote in a checkpoint block that the rules pass over; only without a genesis may the client be GoQuorum. */
  meetCheckpointVote(set: ValidatorSet, vote: CastVote): void {
    if (this.rules.client !== 'unknown') return;
    this.begin('checkpoint-votes', set);
    for (const { rule, set: other } of this.counts) if (rule === 'checkpoint-votes') other.vote(vote);
  }

  meetVote(vote: CastVote): void {
    for (const { set } of this.counts) if (set.has(vote.voter)) set.vote(vote);
  }

  /** A header lists what the rules say: counts that say otherwise are wrong. */
  keepThoseOf({ listed }: BlockSeals): void {
    if (this.counts.length > 0) this.counts = this.counts.filter(({ set }) => set.equals(listed));
  }

  /** A header lists what only one of these says: which, in words, and the set as it counts. */
  matching(
    listed: readonly Hex[],
  ): Readonly<{ words: string; isLegacy: boolean; set: ValidatorSet }> | undefined {
    const found = this.counts.find(({ set }) => set.equals(listed));
    if (found === undefined) return undefined;
    const { validators, votes } = found.set;
    return {
      words: WORDS[found.rule],
      isLegacy: found.rule === 'kept-drops',
      set: new ValidatorSet(validators, votes),
    };
  }

  private begin(rule: VoteRule, { validators, votes }: ValidatorSet): void {
    if (this.counts.some((count) => count.rule === rule)) return;
    this.counts.push({ rule, set: new ValidatorSet(validators, votes) });
  }
}
