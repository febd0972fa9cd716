import { describe, expect, it } from '@jest/globals';
import { bytesToHex } from '#libs/kernel';
import { checkBlock } from './block.js';
import { parseGenesis } from './genesis/genesis.js';
import { extraVectors, ownVectors, readFixture, type BlockVector, genesisHash } from './testing.js';

const CONSENSUS: Readonly<Record<string, RegExp>> = {
  'ibft-legacy': /^ibft$/,
  qbft: /^qbft$/,
  clique: /^clique$/,
  raft: /^(raft|plain)$/,
};

describe.each([
  ['our own networks', ownVectors()],
  ['the file CHAINKEEP_EXTRA_VECTORS names', extraVectors()],
])('real blocks of %s', (_name, file) => {
  it('reproduces the hash of every block, alone and expected', () => {
    for (const { bytes, hash, consensus } of file.blocks) {
      const block = checkBlock(bytes);
      expect(block.hash).toBe(hash);
      expect(bytesToHex(block.sealFreeHash)).toBe(hash);
      expect(block.bytes).toBe(bytes.length);
      expect(block.consensus).toMatch(CONSENSUS[consensus] ?? /./);
      checkBlock(bytes, { number: block.number, parentHash: block.parentHash, hash });
    }
  });

  it('leaves no entry out but those without bytes', () => {
    expect(file.blocks.length + file.withoutBytes).toBe(file.entries);
  });
});

describe('genesis documents', () => {
  const documents = JSON.parse(readFixture('genesis.json')) as Record<string, unknown>;
  const firstBlocks = (): ReadonlyMap<string, BlockVector> =>
    new Map(
      ownVectors().blocks.flatMap((vector) =>
        checkBlock(vector.bytes).number === 0n ? [[vector.hash, vector] as const] : [],
      ),
    );

  it.each(Object.keys(documents))('makes block 0 of %s, byte for byte', (name) => {
    const genesis = parseGenesis(documents[name]);
    const vector = firstBlocks().get(genesis.genesisHash);
    expect(vector).toBeDefined();
    expect(genesis.block).toEqual(vector?.bytes);
    expect(genesisHash(documents[name])).toBe(vector?.hash);
    expect(checkBlock(genesis.block).hash).toBe(genesis.genesisHash);
  });
});
