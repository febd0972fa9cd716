import { plainNumber } from '#libs/kernel';
import { z } from 'zod';
import { blockNumber } from '../json-forms.js';
import { addressText } from './certificate.js';
import type { StatedValidators } from './stated-sets.js';
import { DEFAULT_RULES, type ConsensusRules } from './rules.js';
import { VOTE_RULES, type ValidatorState } from './validator-set.js';

const addresses = z.array(addressText);
const votes = z.array(z.object({ voter: addressText, candidate: addressText, add: z.boolean() }));

const stateForm = z.object({
  block: blockNumber,
  validators: addresses,
  votes,
  recent: addresses,
  settled: z.boolean(),
  others: z.exactOptional(z.array(z.object({ rule: z.enum(VOTE_RULES), validators: addresses, votes }))),
});

/** Seals are judged by these rules since this version; manifests of older ones may state other verdicts. */
const JUDGE_VERSION = 2;
const consensus = z.enum(['plain', 'clique', 'raft', 'ibft', 'ibft2', 'qbft']);

const rulesForm = z.object({
  /** The version of the judge; absent in manifests of the first. */
  judge: z.exactOptional(z.number().int().positive()),
  from: z.enum(['genesis', 'default']),
  epoch: blockNumber,
  /** Where ceil(2N/3) seals are needed for the first time; null: 2F+1 for ever. */
  ceil_2n_by_3_from: blockNumber.nullable(),
  overrides: z.array(z.object({ block: blockNumber, validators: addresses })),
  client: z.exactOptional(z.enum(['goquorum', 'other', 'unknown'])),
  /** Blocks from which 2F+1 seals are enough, or no longer. */
  legacy_quorum: z.exactOptional(z.array(z.object({ from: blockNumber, holds: z.boolean() }))),
  /** The validators of block 0, where the genesis itself lists them outside extraData. */
  initial: z.exactOptional(addresses),
  phases: z.exactOptional(z.array(z.object({ from: blockNumber, allowed: z.array(consensus) }))),
  selection: z.exactOptional(z.array(z.object({ from: blockNumber, contract: z.boolean() }))),
  curve: z.exactOptional(z.enum(['secp256k1', 'secp256r1'])),
});

/**
 * The validators of a segment as its manifest holds them: one segment can be judged without all older ones, and the
 * end of one being the start of the next is what chains them to the genesis.
 */
export const validatorSetForm = z.object({
  /** Where the start comes from. */
  evidence: z.enum(['genesis', 'previous-segment', 'node', 'none']),
  rules: rulesForm,
  /** Before the first block; null at block 0 and where nothing is known. */
  start: stateForm.nullable(),
  /** After the last block; null on chains whose headers name no validators. */
  end: stateForm.nullable(),
  /** Validators that a contract chose, as nodes stated them: in force after the block. */
  stated: z.array(
    z.object({
      block: blockNumber,
      validators: addresses,
      node: z.string().max(400),
      /** Every node that stated it, and how many were needed; absent where one node was asked. */
      nodes: z.exactOptional(z.array(z.string().max(400))),
      needed: z.exactOptional(z.number().int().positive()),
    }),
  ),
});
export type ValidatorSetFile = z.infer<typeof validatorSetForm>;
export type ValidatorEvidence = ValidatorSetFile['evidence'];

type StateFile = z.infer<typeof stateForm>;

const votesToFile = (cast: ValidatorState['votes']): StateFile['votes'] =>
  cast.map(({ voter, candidate, add }) => ({ voter, candidate, add }));

export const stateToFile = (state: ValidatorState | undefined): StateFile | null =>
  state === undefined
    ? null
    : {
        block: plainNumber(state.block),
        validators: [...state.validators],
        votes: votesToFile(state.votes),
        recent: [...state.recent],
        settled: state.settled,
        ...(state.others === undefined
          ? {}
          : {
              others: state.others.map(({ rule, validators, votes: cast }) => ({
                rule,
                validators: [...validators],
                votes: votesToFile(cast),
              })),
            }),
      };

export const stateFromFile = (file: StateFile | null): ValidatorState | undefined =>
  file === null ? undefined : { ...file, block: BigInt(file.block) };

type RulesFile = ValidatorSetFile['rules'];

const ceilFromOf = ({ legacyQuorum }: ConsensusRules): number | null => {
  const ends = legacyQuorum.find(({ holds }) => !holds);
  if (ends !== undefined) return plainNumber(ends.from);
  return legacyQuorum.length === 0 ? 0 : null;
};

const rulesToFile = (rules: ConsensusRules): RulesFile => ({
  judge: JUDGE_VERSION,
  from: rules.from,
  epoch: plainNumber(rules.epoch),
  ceil_2n_by_3_from: ceilFromOf(rules),
  overrides: rules.overrides.map(({ block, validators }) => ({
    block: plainNumber(block),
    validators: [...validators],
  })),
  client: rules.client,
  legacy_quorum: rules.legacyQuorum.map(({ from, holds }) => ({ from: plainNumber(from), holds })),
  ...(rules.initial === undefined ? {} : { initial: [...rules.initial] }),
  phases: rules.phases.map(({ from, allowed }) => ({ from: plainNumber(from), allowed: [...allowed] })),
  selection: rules.selection.map(({ from, isContract }) => ({
    from: plainNumber(from),
    contract: isContract,
  })),
  curve: rules.curve,
});

const legacyQuorumOf = ({ legacy_quorum: steps, ceil_2n_by_3_from: ceilFrom }: RulesFile) => {
  if (steps !== undefined) return steps.map(({ from, holds }) => ({ from: BigInt(from), holds }));
  const until = ceilFrom === null ? [] : [{ from: BigInt(ceilFrom), holds: false }];
  return ceilFrom === 0 ? until : [{ from: 0n, holds: true }, ...until];
};

export const rulesFromFile = (file: RulesFile): ConsensusRules => ({
  from: file.from,
  client: file.client ?? 'unknown',
  epoch: BigInt(file.epoch),
  legacyQuorum: legacyQuorumOf(file),
  overrides: file.overrides.map(({ block, validators }) => ({ block: BigInt(block), validators })),
  initial: file.initial,
  phases: (file.phases ?? []).map(({ from, allowed }) => ({ from: BigInt(from), allowed })),
  selection: (file.selection ?? []).map(({ from, contract }) => ({
    from: BigInt(from),
    isContract: contract,
  })),
  curve: file.curve ?? DEFAULT_RULES.curve,
});

/** Was it judged by the rules of this version? What an older one states may be wrong in good faith. */
export const isJudgedAsNow = ({ rules }: ValidatorSetFile): boolean => rules.judge === JUDGE_VERSION;

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
  stated: parts.stated.map(({ block, validators, node, nodes, needed }) => ({
    block: plainNumber(block),
    validators: [...validators],
    node,
    ...(nodes === undefined ? {} : { nodes: [...nodes] }),
    ...(needed === undefined ? {} : { needed }),
  })),
});

export const validatorSetFromFile = (file: ValidatorSetFile): ValidatorSetParts => ({
  evidence: file.evidence,
  rules: rulesFromFile(file.rules),
  start: stateFromFile(file.start),
  end: stateFromFile(file.end),
  stated: file.stated.map(({ block, ...stated }) => ({ block: BigInt(block), ...stated })),
});

/** A state as a line of text: equal exactly for equal states. */
export const stateText = (state: ValidatorState | undefined): string => JSON.stringify(stateToFile(state));

/** Rules as a line of text: equal exactly for rules that judge alike. */
export const rulesText = (rules: ConsensusRules): string =>
  JSON.stringify({ ...rulesToFile(rules), from: undefined });
