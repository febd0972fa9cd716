import type { Hex } from '#libs/kernel';
import { lowerCaseKeys, type JsonObject } from '../genesis/values.js';
import type { BlockConsensus } from '../seal/hash-rule.js';
import {
  EPOCH,
  type ConsensusPhase,
  type ConsensusRules,
  type LegacyQuorum,
  type SelectionMode,
} from './rules.js';

const objectOf = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

const numberOf = (value: unknown): bigint | undefined => {
  const isWritten = typeof value === 'string' && /^(0x[0-9a-f]+|\d+)$/i.test(value);
  return isWritten || (typeof value === 'number' && Number.isSafeInteger(value)) ? BigInt(value) : undefined;
};

const addressesOf = (value: unknown): Hex[] =>
  (Array.isArray(value) ? value : [])
    .map((address) => String(address).toLowerCase())
    .filter((address): address is Hex => /^0x[0-9a-f]{40}$/.test(address));

const textOf = (value: unknown): string => (typeof value === 'string' ? value.toLowerCase() : '');

const first = <T>(values: readonly (T | undefined)[]): T | undefined =>
  values.find((value) => value !== undefined);

/** The names under which the clients keep the settings of a consensus, with the blocks that it makes. */
const SECTIONS = { clique: 'clique', ibft: 'ibft', istanbul: 'ibft', ibft2: 'ibft2', qbft: 'qbft' } as const;
type Section = keyof typeof SECTIONS;
const NAMES = Object.keys(SECTIONS) as Section[];
const EPOCH_NAMES = ['epoch', 'epochlength'] as const;

/** A change that the document makes from a block on. */
type Transition = Readonly<{ block: bigint; change: JsonObject }>;

/** GoQuorum lists its changes in order; Besu lists them by consensus. */
const transitionsIn = ({ transitions }: JsonObject): Transition[] => {
  const listed = Array.isArray(transitions) ? (transitions as unknown[]) : [];
  const bySection = NAMES.flatMap((name) => objectOf(transitions)[name] ?? []);
  return [...listed, ...bySection]
    .map(objectOf)
    .flatMap((change) => {
      const block = numberOf(change['block']);
      return block === undefined ? [] : [{ block, change }];
    })
    .sort((a, b) => Number(a.block - b.block));
};

const isGoQuorum = (config: JsonObject): boolean =>
  config['isquorum'] === true || 'istanbul' in config || 'ibft' in config;

const sectionIn = (config: JsonObject, name: Section): JsonObject | undefined =>
  name in config && config[name] !== null ? objectOf(config[name]) : undefined;

/**
 * `qbft` and `ibft` default to ceil(2N/3) from block 0, the old `istanbul` to 2F+1 for ever;
 * `2FPlus1Enabled` of a transition switches to 2F+1.
 */
const legacyQuorumOf = (config: JsonObject, transitions: readonly Transition[]): LegacyQuorum[] => {
  if (!isGoQuorum(config)) return [];
  const isOld = sectionIn(config, 'qbft') === undefined && sectionIn(config, 'ibft') === undefined;
  const ceilFrom = first([
    ...NAMES.map((name) => numberOf(sectionIn(config, name)?.['ceil2nby3block'])),
    ...transitions.map(({ change }) => numberOf(change['ceil2nby3block'])),
    isOld ? undefined : 0n,
  ]);
  const switches = transitions.filter(({ change }) => typeof change['2fplus1enabled'] === 'boolean');
  const blocks = [0n, ceilFrom ?? 0n, ...switches.map(({ block }) => block)];
  return [...new Set(blocks)]
    .sort((a, b) => Number(a - b))
    .map((from) => {
      const isSwitched = switches.findLast(({ block }) => block <= from)?.change['2fplus1enabled'] === true;
      return { from, holds: isSwitched || ceilFrom === undefined || from < ceilFrom };
    });
};

type Step = Readonly<{ from: bigint; form: BlockConsensus }>;

/** What one section of the document makes blocks of. */
const stepsOf = (config: JsonObject, name: Section): Step[] => {
  const section = sectionIn(config, name);
  if (section === undefined) return [];
  const follows = name === 'qbft' && 'ibft2' in config;
  const from = (follows ? numberOf(section['startblock']) : undefined) ?? 0n;
  const qbftFrom = numberOf(section['testqbftblock']);
  // After the merge the blocks of a Clique chain carry no seals.
  const isMerged = name === 'clique' && numberOf(config['terminaltotaldifficulty']) !== undefined;
  return [
    { from, form: SECTIONS[name] },
    ...(qbftFrom === undefined ? [] : [{ from: qbftFrom, form: 'qbft' as const }]),
    ...(isMerged ? [{ from: 0n, form: 'plain' as const }] : []),
  ];
};

/** Where one consensus follows another; at one block, every form that the document may mean. */
const phasesOf = (config: JsonObject, transitions: readonly Transition[]): ConsensusPhase[] => {
  const steps = NAMES.flatMap((name) => stepsOf(config, name));
  if (steps.length === 0) return [];
  for (const { block, change } of transitions) {
    const algorithm = textOf(change['algorithm']);
    if (algorithm === 'ibft' || algorithm === 'qbft') steps.push({ from: block, form: algorithm });
  }
  const blocks = [...new Set(steps.map(({ from }) => from))].sort((a, b) => Number(a - b));
  return blocks.map((from) => ({
    from,
    allowed: [...new Set(steps.filter((step) => step.from === from).map(({ form }) => form))],
  }));
};

const MODES = ['contract', 'blockheader'] as const;
type Mode = (typeof MODES)[number];

/** Besu reads a contract's address alone as contract mode; GoQuorum wants the mode too. */
const modeIn = (settings: JsonObject, isQuorum: boolean): Mode | undefined => {
  const mode = MODES.find((name) => name === textOf(settings['validatorselectionmode']));
  if (mode !== undefined || isQuorum) return mode;
  return textOf(settings['validatorcontractaddress']) === '' ? undefined : 'contract';
};

const selectionOf = (config: JsonObject, transitions: readonly Transition[]): SelectionMode[] => {
  const isQuorum = isGoQuorum(config);
  const modes = [
    ...NAMES.map((name) => ({ from: 0n, mode: modeIn(sectionIn(config, name) ?? {}, isQuorum) })),
    ...transitions.map(({ block, change }) => ({ from: block, mode: modeIn(change, isQuorum) })),
  ];
  return modes.flatMap(({ from, mode }) =>
    mode === undefined ? [] : [{ from, isContract: mode === 'contract' }],
  );
};

/** GoQuorum takes block 0's validators from its settings where they list some, whatever extraData says. */
const initialOf = (config: JsonObject): readonly Hex[] | undefined => {
  if (!isGoQuorum(config)) return undefined;
  return (['qbft', 'ibft'] as const)
    .map((name) => addressesOf(sectionIn(config, name)?.['validators']).sort())
    .find(({ length }) => length > 0);
};

/** The rules that the `config` of a genesis document makes. Letter case of its keys does not matter, as in the clients. */
export const consensusRules = (document: JsonObject): ConsensusRules => {
  const config = lowerCaseKeys(document);
  const transitions = transitionsIn(config);
  const epoch = first(
    NAMES.flatMap((name) => EPOCH_NAMES.map((key) => numberOf(sectionIn(config, name)?.[key]))),
  );
  const overrides = transitions.flatMap(({ block, change }) => {
    const validators = addressesOf(change['validators']).sort();
    return validators.length === 0 ? [] : [{ block, validators }];
  });
  return {
    from: 'genesis',
    client: isGoQuorum(config) ? 'goquorum' : 'other',
    epoch: epoch === undefined || epoch === 0n ? EPOCH : epoch,
    legacyQuorum: legacyQuorumOf(config, transitions),
    overrides,
    initial: initialOf(config),
    phases: phasesOf(config, transitions),
    selection: selectionOf(config, transitions),
    curve: textOf(config['eccurve']) === 'secp256r1' ? 'secp256r1' : 'secp256k1',
  };
};
