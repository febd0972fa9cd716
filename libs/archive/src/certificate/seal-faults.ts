import { CodedError, listed, type ErrorCode, type Hex } from '#libs/kernel';
import type { BlockSeals } from '../seal/block-seals.js';
import type { BlockConsensus } from '../seal/hash-rule.js';
import { statedByText, type StatedValidators } from './stated-sets.js';
import type { ValidatorSet } from './validator-set.js';

/** Something wrong with the seals of one block. `offset` counts from the start of the block. */
export type SealFault = Readonly<{
  code: ErrorCode;
  message: string;
  block: bigint;
  offset: number | undefined;
  field: string;
}>;

const faultAt = (
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

/** A seal by somebody who sealed the block already: the clients refuse such a block. */
export const repeatedSeal = (block: BlockSeals): SealFault => {
  const { seals } = block;
  const index = seals.findIndex(
    ({ signer }, at) => seals.findIndex((other) => other.signer === signer) !== at,
  );
  const message = `Block ${block.number} has two seals by ${String(seals[index]?.signer)}.`;
  const place = { field: sealName(block.consensus, index), offset: seals[index]?.offset };
  return faultAt(block, 'SEAL_INVALID', message, place);
};

/** A Clique signer that sealed again before the others had their turn. */
export const tooSoon = (block: BlockSeals, resting: readonly Hex[]): SealFault | undefined => {
  if (block.proposer === undefined || !resting.includes(block.proposer)) return undefined;
  const message = `${block.proposer} sealed block ${block.number} too soon after its last one.`;
  const place = { field: 'extraData.seal', offset: block.seals[0]?.offset };
  return faultAt(block, 'SEAL_INVALID', message, place);
};

export const otherConsensus = (block: BlockSeals, allowed: readonly BlockConsensus[]): SealFault => {
  const message = `Block ${block.number} is a ${block.consensus} block; its genesis requires ${allowed.join(' or ')} there.`;
  return faultAt(block, 'CONSENSUS_WRONG', message, { field: 'extraData' });
};

const LIST = { field: 'extraData.validators' } as const;

export const emptyList = (block: BlockSeals): SealFault => {
  const message = `Block ${block.number} lists no validators, but its genesis requires the list.`;
  return faultAt(block, 'CERTIFICATE_VALIDATORS_WRONG', message, LIST);
};

export const otherList = (block: BlockSeals, expected: readonly Hex[]): SealFault => {
  const message =
    `Block ${block.number} lists other validators than are known by genesis and votes: ` +
    `${listed(expected)}.`;
  return faultAt(block, 'CERTIFICATE_VALIDATORS_WRONG', message, LIST);
};

export const otherSigners = (block: BlockSeals): SealFault => {
  const message = `Checkpoint ${block.number} lists other signers than are known by genesis and votes.`;
  return faultAt(block, 'CERTIFICATE_VALIDATORS_WRONG', message, { field: 'extraData.signers' });
};

export const unknownValidators = (block: BlockSeals): SealFault => {
  const message = `The validators of block ${block.number} are not known.`;
  return faultAt(block, 'VALIDATORS_UNKNOWN', message, LIST);
};

export const onlyItself = (block: BlockSeals): SealFault => {
  const message = `Only block ${block.number} itself and its neighbours say who their validators are.`;
  return faultAt(block, 'VALIDATORS_UNKNOWN', message, LIST);
};

export const weaklyStated = (block: BlockSeals, stated: StatedValidators): SealFault => {
  const message = `A contract chooses the validators of block ${block.number}, and they were stated ${statedByText(stated)}.`;
  return faultAt(block, 'VALIDATORS_UNKNOWN', message, LIST);
};

export const sealsStopped = (block: BlockSeals): SealFault => {
  const message = `Block ${block.number} carries no seals, but the blocks before it do, and there is no genesis that explains it.`;
  return faultAt(block, 'EVIDENCE_WEAKENED', message, { field: 'extraData' });
};

/** A fault as an error, with its place in the file. */
export const sealError = (fault: SealFault, blockOffset: number, source?: string): CodedError => {
  const { code, message, block, offset, field } = fault;
  return new CodedError(code, message, {
    context: { number: block, blockOffset, offset: blockOffset + (offset ?? 0), field, source },
  });
};
