import { basename } from 'node:path';
import {
  consensusRules,
  parseGenesis,
  readBlockSeals,
  SealJudge,
  type ConsensusRules,
  type ValidatorState,
} from '#libs/archive';
import { CodedError, sha256Hex, type Hex } from '#libs/kernel';
import { readSmallFile } from './environment-folder.js';
import { faultOf, type Fault } from './fault.js';
import { unreadable } from './segment-bytes.js';

/** What a genesis document says of its chain. */
export type KnownGenesis = Readonly<{
  /** The file's name. */
  file: string;
  /** Of the document: the hash of block 0 does not cover `config`. */
  sha256: string;
  genesisHash: Hex;
  chainId: bigint | undefined;
  rules: ConsensusRules;
  /** The validators after block 0. */
  first: ValidatorState | undefined;
}>;

export const GENESIS_FILE = 'genesis.json';

/**
 * Reads a genesis document. `expected` is the hash of block 0 where it is known: clients differ in the fields that they
 * give it. Throws BLOCK_INVALID when it is not valid.
 */
export const readGenesis = (bytes: Uint8Array, expected?: Hex, file = GENESIS_FILE): KnownGenesis => {
  try {
    const document: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    const { genesisHash, chainId, config, block } = parseGenesis(document, expected);
    const rules = consensusRules(config);
    const judge = new SealJudge({ rules });
    judge.take(readBlockSeals(block));
    return { file, sha256: sha256Hex(bytes), genesisHash, chainId, rules, first: judge.state };
  } catch (cause) {
    throw new CodedError('BLOCK_INVALID', 'The genesis document cannot be read.', { cause });
  }
};

/** The bytes of a genesis file that the command line names. */
export type GivenGenesis = Readonly<{ file: string; bytes: Uint8Array }>;

/** Reads the file that --genesis names. Throws INPUT_INVALID when it can't be read. */
export const readGivenGenesis = async (path: string): Promise<GivenGenesis> => {
  try {
    return { file: basename(path), bytes: await readSmallFile(path) };
  } catch (error) {
    throw unreadable(path, error);
  }
};

/** The genesis document belongs to the chain when its hash is that of block 0. */
export const foreignGenesis = (
  { genesisHash }: KnownGenesis,
  first: Hex | undefined,
): CodedError | undefined => {
  if (first === undefined || first === genesisHash) return undefined;
  const message =
    'The genesis file gives a different block 0 than the blocks have: it is the genesis of another chain.';
  const context = { number: 0, expected: first, actual: genesisHash };
  return new CodedError('BLOCK_HASH_MISMATCH', message, { context });
};

/** The same as a fault of the genesis file. */
export const genesisFault = (genesis: KnownGenesis, first: Hex | undefined): Fault | undefined => {
  const error = foreignGenesis(genesis, first);
  return error && faultOf(genesis.file, error);
};
