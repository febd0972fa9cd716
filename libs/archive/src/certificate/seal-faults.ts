import { CodedError, type ErrorCode, type Hex } from '#libs/kernel';
import type { BlockSeals } from '../seal/block-seals.js';
import type { BlockConsensus } from '../seal/hash-rule.js';
import type { ValidatorSet } from './validator-set.js';

/** Something wrong with the seals of one block. `offset` counts from the start of the block. */
export type SealFault = Readonly<{
  code: ErrorCode;
  message: string;
  block: bigint;
  offset: number | undefined;
  field: string;
}>;

export const faultAt = (
  { number }: BlockSeals,
  code: ErrorCode,
  message: string,
  place: Readonly<{ field: string; offset?: number | undefined }>,
): SealFault => ({ code, message, block: number, field: place.field, offset: place.offset });

const sealName = (consensus: BlockConsensus, index: number): string =>
  consensus === 'clique' ? 'extraData.seal' : `extraData.committedSeals[${index}]`;

/** The first seal that is not a signature of a validator. */
export const strangeSeal = (block: BlockSeals, set: ValidatorSet): SealFault | undefined => {
  const index = block.seals.findIndex(({ signer }) => !set.has(signer));
  const seal = block.seals[index];
  if (seal === undefined) return undefined;
  const what =
    seal.signer === undefined ? 'is not a valid signature' : `is by ${seal.signer}, who is not a validator`;
  const message = `A seal of block ${block.number} ${what} there.`;
  const place = { field: sealName(block.consensus, index), offset: seal.offset };
  return faultAt(block, 'SEAL_INVALID', message, place);
};

/** Who proposed is part of the seals only with legacy IBFT; elsewhere the coinbase merely claims it. */
export const strangeProposer = (block: BlockSeals, set: ValidatorSet): SealFault | undefined => {
  if (block.consensus !== 'ibft' || set.has(block.proposer)) return undefined;
  const message = `The proposer seal of block ${block.number} is by no validator.`;
  return faultAt(block, 'SEAL_INVALID', message, { field: 'extraData.proposerSeal' });
};

type Counted = Readonly<{ signers: readonly Hex[]; validators: number; needed: number }>;

export const tooFewSeals = (
  block: BlockSeals,
  { signers, validators, needed }: Counted,
): SealFault | undefined => {
  if (signers.length >= needed) return undefined;
  const have = `${signers.length} of ${validators} validators`;
  const message = `Block ${block.number} is sealed by ${have}, ${needed} are needed.`;
  const place = { field: 'extraData.committedSeals', offset: block.seals[0]?.offset };
  return faultAt(block, 'SEALS_BELOW_QUORUM', message, place);
};

/** A fault as an error, with its place in the file. */
export const sealError = (fault: SealFault, blockOffset: number, source?: string): CodedError => {
  const { code, message, block, offset, field } = fault;
  return new CodedError(code, message, {
    context: { number: block, blockOffset, offset: blockOffset + (offset ?? 0), field, source },
  });
};
