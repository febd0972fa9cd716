import type { Hex } from '#libs/kernel';
import type { BlockConsensus } from '../seal/hash-rule.js';

/** What a genesis document's `config` fixes about validators. Without a document the defaults of the clients hold. */
export type ConsensusRules = Readonly<{
  from: 'genesis' | 'default';
  /** Votes are dropped every this many blocks; Clique lists its signers there. */
  epoch: bigint;
  /** GoQuorum seals with 2F+1 before this block, with ceil(2N/3) from it on; `undefined`: 2F+1 for ever. */
  ceilFrom: bigint | undefined;
  /** Validators that the document itself puts in force at a block. */
  overrides: readonly Readonly<{ block: bigint; validators: readonly Hex[] }>[];
}>;

const EPOCH = 30_000n;

type Json = Readonly<Record<string, unknown>>;

const objectOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};

const numberOf = (value: unknown): bigint | undefined => {
  const isWritten = typeof value === 'string' && /^(0x[0-9a-fA-F]+|\d+)$/.test(value);
  return isWritten || (typeof value === 'number' && Number.isSafeInteger(value)) ? BigInt(value) : undefined;
};

const addressesOf = (value: unknown): Hex[] =>
  (Array.isArray(value) ? value : [])
    .map((address) => String(address).toLowerCase())
    .filter((address): address is Hex => /^0x[0-9a-f]{40}$/.test(address));

/** The names under which the clients keep the settings of a consensus. */
const SECTIONS = ['clique', 'ibft', 'istanbul', 'ibft2', 'qbft'] as const;
const EPOCH_NAMES = ['epoch', 'epochlength', 'epochLength'] as const;

const first = <T>(values: readonly (T | undefined)[]): T | undefined =>
  values.find((value) => value !== undefined);

/** GoQuorum lists its changes in order; Besu lists them by consensus. */
const transitionsIn = (config: Json): Json[] => {
  const { transitions } = config;
  const listed = Array.isArray(transitions) ? (transitions as unknown[]) : [];
  const byConsensus = SECTIONS.flatMap((name) => objectOf(transitions)[name] ?? []);
  return [...listed, ...byConsensus].map(objectOf);
};

const isGoQuorum = (config: Json): boolean =>
  config['isQuorum'] === true || 'istanbul' in config || 'ibft' in config;

const ceilFromOf = (config: Json, transitions: readonly Json[]): bigint | undefined => {
  if (!isGoQuorum(config)) return 0n;
  return first([
    ...SECTIONS.map((name) => numberOf(objectOf(config[name])['ceil2Nby3Block'])),
    ...transitions.map((transition) => numberOf(transition['ceil2Nby3Block'])),
  ]);
};

/** Without a genesis document: the defaults, and GoQuorum's own threshold is not ruled out. */
export const DEFAULT_RULES: ConsensusRules = {
  from: 'default',
  epoch: EPOCH,
  ceilFrom: undefined,
  overrides: [],
};

/** The rules that the `config` of a genesis document makes. */
export const consensusRules = (config: Json): ConsensusRules => {
  const sections = SECTIONS.map((name) => objectOf(config[name]));
  const transitions = transitionsIn(config);
  const epochs = sections.flatMap((section) => EPOCH_NAMES.map((name) => numberOf(section[name])));
  const epoch = first(epochs);
  const overrides = transitions.flatMap((transition) => {
    const block = numberOf(transition['block']);
    const validators = addressesOf(transition['validators']).sort();
    return block === undefined || validators.length === 0 ? [] : [{ block, validators }];
  });
  return {
    from: 'genesis',
    epoch: epoch === undefined || epoch === 0n ? EPOCH : epoch,
    ceilFrom: ceilFromOf(config, transitions),
    overrides,
  };
};

/** Seals that IBFT, IBFT2 and QBFT ask of N validators. */
export const quorumOfSeals = (validators: number): number => Math.ceil((2 * validators) / 3);

/** Seals that GoQuorum asks of N validators unless its genesis says otherwise: 2F+1, F = ceil(N/3)-1. */
export const legacyQuorumOfSeals = (validators: number): number => 2 * (Math.ceil(validators / 3) - 1) + 1;

export const QUORUM_FORMULA = 'ceil(2N/3)';
export const LEGACY_FORMULA = '2F+1 with F = ceil(N/3)-1';

/** May GoQuorum's own threshold have been in force? IBFT2 is Besu's alone. */
export const allowsLegacyQuorum = (
  rules: ConsensusRules,
  consensus: BlockConsensus,
  block: bigint,
): boolean => consensus !== 'ibft2' && (rules.ceilFrom === undefined || block < rules.ceilFrom);
