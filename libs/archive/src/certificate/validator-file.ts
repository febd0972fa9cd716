import { plainNumber } from '#libs/kernel';
import { z } from 'zod';
import { blockNumber } from '../json-forms.js';
import { addressText } from './certificate.js';
import type { StatedValidators } from './judge.js';
import type { ConsensusRules } from './rules.js';
import type { ValidatorState } from './validator-set.js';

const addresses = z.array(addressText);

const stateForm = z.object({
  block: blockNumber,
  validators: addresses,
  votes: z.array(z.object({ voter: addressText, candidate: addressText, add: z.boolean() })),
  recent: addresses,
  settled: z.boolean(),
});

/**
 * The validators of a segment as its manifest holds them: one segment can be judged without all older ones, and the
 * end of one being the start of the next is what chains them to the genesis.
 */
export const validatorSetForm = z.object({
  /** Where the start comes from. */
  evidence: z.enum(['genesis', 'previous-segment', 'node', 'none']),
  rules: z.object({
    from: z.enum(['genesis', 'default']),
    epoch: blockNumber,
    ceil_2n_by_3_from: blockNumber.nullable(),
    overrides: z.array(z.object({ block: blockNumber, validators: addresses })),
  }),
  /** Before the first block; null at block 0 and where nothing is known. */
  start: stateForm.nullable(),
  /** After the last block; null on chains whose headers name no validators. */
  end: stateForm.nullable(),
  /** Validators that a contract chose, as a node stated them: in force after the block. */
  stated: z.array(z.object({ block: blockNumber, validators: addresses, node: z.string().max(400) })),
});
export type ValidatorSetFile = z.infer<typeof validatorSetForm>;
export type ValidatorEvidence = ValidatorSetFile['evidence'];

type StateFile = z.infer<typeof stateForm>;

export const stateToFile = (state: ValidatorState | undefined): StateFile | null =>
  state === undefined
    ? null
    : {
        block: plainNumber(state.block),
        validators: [...state.validators],
        votes: state.votes.map(({ voter, candidate, add }) => ({ voter, candidate, add })),
        recent: [...state.recent],
        settled: state.settled,
      };

export const stateFromFile = (file: StateFile | null): ValidatorState | undefined =>
  file === null ? undefined : { ...file, block: BigInt(file.block) };

const rulesToFile = ({ from, epoch, ceilFrom, overrides }: ConsensusRules): ValidatorSetFile['rules'] => ({
  from,
  epoch: plainNumber(epoch),
  ceil_2n_by_3_from: ceilFrom === undefined ? null : plainNumber(ceilFrom),
  overrides: overrides.map(({ block, validators }) => ({
    block: plainNumber(block),
    validators: [...validators],
  })),
});

export const rulesFromFile = (file: ValidatorSetFile['rules']): ConsensusRules => ({
  from: file.from,
  epoch: BigInt(file.epoch),
  ceilFrom: file.ceil_2n_by_3_from === null ? undefined : BigInt(file.ceil_2n_by_3_from),
  overrides: file.overrides.map(({ block, validators }) => ({ block: BigInt(block), validators })),
});

export type ValidatorSetParts = Readonly<{
  evidence: ValidatorEvidence;
  rules: ConsensusRules;
  start: ValidatorState | undefined;
  end: ValidatorState | undefined;
  stated: readonly StatedValidators[];
}>;

/** What a manifest holds of the validators. Throws INPUT_INVALID for block numbers above 2^53. */
export const validatorSetToFile = (parts: ValidatorSetParts): ValidatorSetFile => ({
  evidence: parts.evidence,
  rules: rulesToFile(parts.rules),
  start: stateToFile(parts.start),
  end: stateToFile(parts.end),
  stated: parts.stated.map(({ block, validators, node }) => ({
    block: plainNumber(block),
    validators: [...validators],
    node,
  })),
});

export const validatorSetFromFile = (file: ValidatorSetFile): ValidatorSetParts => ({
  evidence: file.evidence,
  rules: rulesFromFile(file.rules),
  start: stateFromFile(file.start),
  end: stateFromFile(file.end),
  stated: file.stated.map(({ block, validators, node }) => ({ block: BigInt(block), validators, node })),
});

/** A state as a line of text: equal exactly for equal states. */
export const stateText = (state: ValidatorState | undefined): string => JSON.stringify(stateToFile(state));

/** Rules as a line of text: equal exactly for rules that judge alike. */
export const rulesText = (rules: ConsensusRules): string =>
  JSON.stringify({ ...rulesToFile(rules), from: undefined });
