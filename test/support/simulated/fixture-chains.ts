import { readFileSync } from 'node:fs';
import { chainOfBlocks, type SimulatedChain } from './simulated-chain.js';
import { sealedChain, testKey, type SealedConsensus } from '../sealed-chain.js';

type Entry = Readonly<{
  client: string;
  consensus: string;
  rlp: string;
  hash: `0x${string}`;
  source: string;
}>;

export type FixtureConsensus = 'ibft-legacy' | 'qbft' | 'clique' | 'raft';

const bytesOf = ({ rlp }: Entry): Buffer => Buffer.from(rlp.slice(2), 'hex');

/** The chain of real blocks that a single GoQuorum node of this consensus made, from block 0 on without a gap. */
export const quorumChain = (consensus: FixtureConsensus): SimulatedChain => {
  const file = new URL('../../fixtures/blocks.json', import.meta.url);
  const entries = (JSON.parse(readFileSync(file, 'utf8')) as readonly Entry[]).filter(
    (entry) => entry.consensus === consensus && entry.source.includes('single-node GoQuorum 24.4.1'),
  );
  return chainOfBlocks(
    entries.map(bytesOf),
    entries.map(({ hash }) => hash),
  );
};

const VALIDATORS = [0, 1, 2, 3];
export const SEALED_VALIDATORS = VALIDATORS.map((index) => testKey(index).hex);

/** A chain that the tests sealed themselves, where there are no real blocks to serve (IBFT2 of Besu). */
export const generatedChain = (consensus: SealedConsensus, blocks = 20): SimulatedChain => {
  const { raws, hashes } = sealedChain({ consensus, blocks, validatorsAt: () => VALIDATORS });
  return chainOfBlocks(raws, hashes);
};
