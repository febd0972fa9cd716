import { consensusRules, parseGenesis, type ConsensusRules } from '#libs/archive';
import { CodedError, type Hex } from '#libs/kernel';
import { faultOf, type Fault } from './fault.js';

/** What a genesis document says of its chain. */
export type KnownGenesis = Readonly<{
  genesisHash: Hex;
  chainId: bigint | undefined;
  rules: ConsensusRules;
}>;

export const GENESIS_FILE = 'genesis.json';

/** Reads a genesis document. Throws BLOCK_INVALID when it is not valid. */
export const readGenesis = (bytes: Uint8Array): KnownGenesis => {
  try {
    const { genesisHash, chainId, config } = parseGenesis(JSON.parse(Buffer.from(bytes).toString('utf8')));
    return { genesisHash, chainId, rules: consensusRules(config) };
  } catch (cause) {
    throw new CodedError('BLOCK_INVALID', 'The genesis document cannot be read.', { cause });
  }
};

/** The genesis document belongs to the chain when its hash is that of block 0. */
export const genesisFault = ({ genesisHash }: KnownGenesis, first: Hex | undefined): Fault | undefined => {
  if (first === undefined || first === genesisHash) return undefined;
  const message = 'The genesis file gives a different block 0 than the backup has.';
  const context = { number: 0, expected: first, actual: genesisHash };
  return faultOf(GENESIS_FILE, new CodedError('BLOCK_HASH_MISMATCH', message, { context }));
};
