import { expect } from '@jest/globals';
import type { Hex } from '#libs/kernel';
import { testKey, type SealedChain } from '../../../../test/support/sealed-chain.js';
import { checkBlock } from '../block.js';
import { parseGenesis } from '../genesis/genesis.js';
import { readBlockSeals } from '../seal/block-seals.js';
import { SegmentJudge, type SegmentJudgement } from './certificate.js';
import { consensusRules } from './genesis-rules.js';
import type { ConsensusRules } from './rules.js';
import type { ValidatorState } from './validator-set.js';

export const FOUR = [0, 1, 2, 3];
export const FIVE = [0, 1, 2, 3, 4];
export const STRANGER = 9;
export const addresses = (indices: readonly number[]): Hex[] =>
  indices.map((index) => testKey(index).hex).sort();

export type Judged = SegmentJudgement & Readonly<{ rules: ConsensusRules }>;

/** Judges the blocks from `first` to `last`, some of them given in another form. */
export const judge = (
  chain: SealedChain,
  parts: Readonly<{
    other?: ReadonlyMap<number, Buffer>;
    rules?: ConsensusRules;
    first?: number;
    last?: number;
    start?: ValidatorState | undefined;
  }> = {},
): Judged => {
  const rules = parts.rules ?? consensusRules(parseGenesis(chain.genesis).config);
  const segment = new SegmentJudge({ rules, start: parts.start });
  const last = parts.last ?? chain.raws.length - 1;
  for (let block = parts.first ?? 0; block <= last; block += 1) {
    const bytes = parts.other?.get(block) ?? chain.raws[block] ?? Buffer.alloc(0);
    expect(checkBlock(bytes).hash).toBe(chain.hashes[block]);
    segment.take(readBlockSeals(bytes), block * 1000);
  }
  return { ...segment.result(chain.hashes[last] ?? '0x'), rules };
};

export const verdictOf = ({ certificate }: Judged): string | undefined => certificate?.verdict;
