import { RLP } from '@ethereumjs/rlp';
import { computeAddress } from 'ethers';
import { CHAIN_ID, GAS_LIMIT, identityOf } from './geth-accounts.js';

export type BftConsensus = 'ibft' | 'qbft' | 'ibft2';

const MIX_HASH = '0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365';
const EPOCH = 30_000;
const VANITY = Buffer.alloc(32);
const hexOf = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`;

/** Address that a node of this name seals with: both clients seal with the node's own key. */
export const sealerOf = (name: string): string =>
  computeAddress(`0x${identityOf(name).nodeKey}`).toLowerCase();

/** What block 0 says about its validators, as each consensus writes it: no vote, round 0, no seals. */
const extraDataOf = (consensus: BftConsensus, validators: readonly string[]): string => {
  const list = validators.map((address) => Buffer.from(address.slice(2), 'hex'));
  if (consensus === 'qbft') return hexOf(RLP.encode([VANITY, list, [], new Uint8Array(), []]));
  if (consensus === 'ibft2') return hexOf(RLP.encode([VANITY, list, new Uint8Array(), Buffer.alloc(4), []]));
  return hexOf(Buffer.concat([VANITY, RLP.encode([list, Buffer.alloc(65), []])]));
};

/** A genesis document with a block a second; `more` is what only one client asks for in `config`. */
export const bftGenesis = (
  consensus: BftConsensus,
  nodes: readonly string[],
  more: Readonly<Record<string, unknown>>,
): object => {
  const blocks = ['homestead', 'eip150', 'eip155', 'eip158', 'byzantium', 'constantinople'];
  const forks = [...blocks, 'petersburg', 'istanbul', 'berlin'].map((fork) => [`${fork}Block`, 0]);
  const validators = nodes.map(sealerOf).sort();
  return {
    config: {
      chainId: CHAIN_ID,
      ...Object.fromEntries(forks),
      [consensus]: { epochlength: EPOCH, blockperiodseconds: 1, requesttimeoutseconds: 4 },
      ...more,
    },
    nonce: '0x0',
    timestamp: '0x65920080',
    gasLimit: `0x${GAS_LIMIT.toString(16)}`,
    difficulty: '0x1',
    mixHash: MIX_HASH,
    coinbase: `0x${'0'.repeat(40)}`,
    extraData: extraDataOf(consensus, validators),
    alloc: {},
  };
};
