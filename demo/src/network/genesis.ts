import { createBlock, type Block } from '@ethereumjs/block';
import { createCommonFromGethGenesis, type Common } from '@ethereumjs/common';
import { SIGNERS } from './accounts.js';

export const CHAIN_ID = 424242;
/** Seconds that Clique keeps between two blocks at least; the genesis states it. */
export const CLIQUE_PERIOD_SECONDS = 1;
export const CLIQUE_EPOCH = 30_000;
export const VANITY_BYTES = 32;
export const SEAL_BYTES = 65;
const GAS_LIMIT = 30_000_000;
/** In wei a unit of gas, what EIP-1559 begins with and `geth init` fills in. */
const INITIAL_BASE_FEE = 1_000_000_000n;
const BALANCE = 10n ** 27n;
/** 2024-01-01T00:00:00Z. Fixed, so that genesis and seeded blocks are the same on every machine. */
const TIMESTAMP = 1_704_067_200;

const unprefixed = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The addresses of the four signers one after another, as genesis and epoch blocks list them. */
export const signerList = (): Uint8Array => Buffer.concat(SIGNERS.map(({ address }) => address.bytes));

/** What `geth init` takes: Clique with Berlin and London from the first block on. */
export const demoGenesis = () => ({
  config: {
    chainId: CHAIN_ID,
    homesteadBlock: 0,
    eip150Block: 0,
    eip155Block: 0,
    eip158Block: 0,
    byzantiumBlock: 0,
    constantinopleBlock: 0,
    petersburgBlock: 0,
    istanbulBlock: 0,
    berlinBlock: 0,
    londonBlock: 0,
    clique: { period: CLIQUE_PERIOD_SECONDS, epoch: CLIQUE_EPOCH },
  },
  nonce: '0x0',
  timestamp: `0x${TIMESTAMP.toString(16)}`,
  extraData: `0x${'00'.repeat(VANITY_BYTES)}${unprefixed(signerList())}${'00'.repeat(SEAL_BYTES)}`,
  gasLimit: `0x${GAS_LIMIT.toString(16)}`,
  difficulty: '0x1',
  alloc: Object.fromEntries(
    SIGNERS.map(({ address }) => [unprefixed(address.bytes), { balance: `0x${BALANCE.toString(16)}` }]),
  ),
});

export type DemoGenesis = ReturnType<typeof demoGenesis>;

export const GENESIS_BALANCE = BALANCE;

/** The rules of the chain in the words of @ethereumjs. */
export const demoCommon = (): Common =>
  createCommonFromGethGenesis(demoGenesis() as unknown as Parameters<typeof createCommonFromGethGenesis>[0], {
    chain: 'chainkeep-demo',
  });

/** Block 0 over the given state root. */
export const genesisBlock = (common: Common, stateRoot: Uint8Array): Block =>
  createBlock(
    {
      header: {
        number: 0n,
        timestamp: BigInt(TIMESTAMP),
        extraData: Buffer.concat([new Uint8Array(VANITY_BYTES), signerList(), new Uint8Array(SEAL_BYTES)]),
        gasLimit: BigInt(GAS_LIMIT),
        difficulty: 1n,
        baseFeePerGas: INITIAL_BASE_FEE,
        stateRoot,
      },
    },
    { common },
  );
