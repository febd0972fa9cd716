import { existsSync } from 'node:fs';
import {
  DEFAULT_RULES,
  MANIFEST_SUFFIX,
  parseManifest,
  readBlockSeals,
  SealJudge,
  validatorSetFromFile,
  type BlockJudgement,
  type BlockSeals,
  type ConsensusRules,
  type ValidatorState,
} from '#libs/archive';
import type { Hex } from '#libs/kernel';
import { UsageProblem } from '../exit.js';
import { readSmallFile } from './environment-folder.js';
import { foreignGenesis, readGenesis, readGivenGenesis, type GivenGenesis } from './genesis-check.js';
import { firstBlockIn } from './verify-segment.js';

/** What the command line says about who may seal. */
export type GivenValidators = Readonly<{
  genesis: GivenGenesis | undefined;
  validators: readonly Hex[] | undefined;
}>;

const addressesIn = (text: string): Hex[] => {
  const addresses = text.split(',').map((address) => address.trim().toLowerCase());
  const strange = addresses.find((address) => !/^0x[0-9a-f]{40}$/.test(address));
  if (strange === undefined) return addresses as Hex[];
  throw new UsageProblem(
    `${strange || 'Nothing'} is not an address.`,
    'Give --validators 0x...,0x... (20 bytes each).',
  );
};

/** Reads --genesis and --validators. Throws INPUT_INVALID when they are not what they should be. */
export const givenValidators = async (
  options: Readonly<{ genesis?: string | undefined; validators?: string | undefined }>,
): Promise<GivenValidators> => {
  const path = options.genesis;
  const validators = options.validators === undefined ? undefined : addressesIn(options.validators);
  return { genesis: path === undefined ? undefined : await readGivenGenesis(path), validators };
};

const startInManifest = async (file: string): Promise<ValidatorState | undefined> => {
  const path = file + MANIFEST_SUFFIX;
  if (!existsSync(path)) return undefined;
  const { validator_set: set } = parseManifest(await readSmallFile(path));
  return set && validatorSetFromFile(set).start;
};

/** What is known of a block's seals; `judged` is there when it was said who may seal. */
export type InspectedSeals = Readonly<{ seals: BlockSeals; judged: BlockJudgement | undefined }>;

type Inspector = (bytes: Uint8Array) => InspectedSeals;

type Start = Readonly<{ rules: ConsensusRules; start: ValidatorState | undefined }>;

/**
 * What a genesis says of a file: the rules, and the validators before its first block where that is block 1. Throws
 * BLOCK_HASH_MISMATCH when the file begins with another chain's block 0, or above it.
 */
const startByGenesis = async (file: string, given: GivenGenesis): Promise<Start> => {
  const first = await firstBlockIn(file);
  const genesis = readGenesis(given.bytes, first?.block0, given.file);
  const foreign = foreignGenesis(genesis, first?.block0);
  if (foreign !== undefined) throw foreign;
  return { rules: genesis.rules, start: first?.number === 1n ? genesis.first : undefined };
};

/** Every block by the same set, whatever its votes and lists say. */
const byGiven = (validators: readonly Hex[], rules: ConsensusRules): Inspector => {
  const given = { validators: [...validators].sort(), votes: [], recent: [], settled: true };
  return (bytes) => {
    const seals = readBlockSeals(bytes, rules.curve);
    const block = seals.number - 1n;
    // Where a contract chooses, the command line states the validators.
    const stated = [
      { block, validators: given.validators, node: '--validators', nodes: ['--validators'], needed: 1 },
    ];
    const judge = new SealJudge({ rules, start: { ...given, block }, stated });
    return { seals, judged: judge.take(seals) };
  };
};

/**
 * Reads the seals of a file's blocks one after another. They are judged when a genesis or a set of validators was
 * given: by that set, else by the genesis where the file begins with block 0 or 1, else by the manifest beside the
 * file, else by what the blocks themselves list. Throws BLOCK_HASH_MISMATCH for the genesis of another chain.
 */
export const createInspector = async (
  file: string,
  { genesis, validators }: GivenValidators,
): Promise<Inspector> => {
  const by = genesis && (await startByGenesis(file, genesis));
  const rules = by?.rules ?? DEFAULT_RULES;
  if (validators !== undefined) return byGiven(validators, rules);
  if (by === undefined) return (bytes) => ({ seals: readBlockSeals(bytes), judged: undefined });
  const known = by.start ?? (await startInManifest(file));
  let judge: SealJudge | undefined;
  return (bytes) => {
    const seals = readBlockSeals(bytes, rules.curve);
    const start = known?.block === seals.number - 1n ? known : undefined;
    judge ??= new SealJudge({ rules, start });
    return { seals, judged: judge.take(seals) };
  };
};
