import { isCodedError, type Hex } from '#libs/kernel';
import { readFileSync } from 'node:fs';
import { EMPTY_LIST_HASH, EMPTY_TRIE_ROOT } from './block.js';
import { parseGenesis } from './genesis/genesis.js';
import type { HistoryDocumentEntry, HistoryFile } from './history/history.js';
import { hexToBytes, scalarBytes } from './bytes.js';
import { decodeRlp, type RlpItem } from './rlp/reader.js';
import { encodeRlp } from './rlp/writer.js';

/** A real block and the hash that its own client (or the block after it) states. */
export type BlockVector = Readonly<{
  client: string;
  consensus: string;
  bytes: Uint8Array;
  hash: Hex;
}>;

type Entry = Readonly<{ client: string; consensus: string; kind: string; rlp?: string; hash: Hex }>;

const FIXTURES = new URL('../../../test/fixtures/', import.meta.url);

export const readFixture = (name: string): string => readFileSync(new URL(name, FIXTURES), 'utf8');

export type VectorFile = Readonly<{ blocks: readonly BlockVector[]; withoutBytes: number; entries: number }>;

const vectorsIn = (text: string): VectorFile => {
  const entries = JSON.parse(text) as readonly Entry[];
  const blocks = entries.flatMap(({ client, consensus, kind, rlp, hash }) =>
    kind === 'block' && rlp !== undefined ? [{ client, consensus, bytes: hexToBytes(rlp), hash }] : [],
  );
  // Entries of kind "header" name a hash but hold no bytes: nothing can be computed from them.
  const withoutBytes = entries.filter(({ kind, rlp }) => kind === 'header' && rlp === undefined).length;
  return { blocks, withoutBytes, entries: entries.length };
};

/** The blocks of `test/fixtures/blocks.json`. */
export const ownVectors = (): VectorFile => vectorsIn(readFixture('blocks.json'));

/** The blocks of the file that CHAINKEEP_EXTRA_VECTORS names; none when it is not set. */
export const extraVectors = (): VectorFile => {
  const path = process.env['CHAINKEEP_EXTRA_VECTORS'];
  if (path === undefined || path === '') return { blocks: [], withoutBytes: 0, entries: 0 };
  return vectorsIn(readFileSync(path, 'utf8'));
};

/** The code of the error that `run` throws, `undefined` when it throws none. */
export const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    return isCodedError(error) ? error.code : String(error);
  }
};

export type HeaderPatch = Readonly<Record<number, Uint8Array>>;

/** A header of the fields every fork has, with some of them replaced or added (by their place). */
export const headerOf = (patch: HeaderPatch = {}): Uint8Array[] => {
  const zeros = (size: number): Uint8Array => new Uint8Array(size);
  const fields = [
    zeros(32),
    EMPTY_LIST_HASH,
    zeros(20),
    zeros(32),
    EMPTY_TRIE_ROOT,
    EMPTY_TRIE_ROOT,
    zeros(256),
    scalarBytes(1n),
    scalarBytes(1n),
    scalarBytes(30_000_000n),
    zeros(0),
    scalarBytes(1_700_000_000n),
    zeros(32),
    zeros(32),
    zeros(8),
  ];
  for (const [place, value] of Object.entries(patch)) fields[Number(place)] = value;
  return fields;
};

/** A block of a header, transactions and what else is given (uncles by default none). */
export const blockOf = (
  header: readonly RlpItem[],
  transactions: readonly RlpItem[] = [],
  rest: readonly RlpItem[] = [[]],
): Uint8Array => encodeRlp([header, transactions, ...rest]);

/** The header of a block as decoded fields. */
export const fieldsIn = (block: Uint8Array): Uint8Array[] => {
  const [header] = decodeRlp(block) as readonly RlpItem[];
  return [...(header as readonly Uint8Array[])];
};

/** A chain of `count` small unsealed blocks from number `first` on. `hashOf` is the rule of their hash. */
export const chainOf = (
  first: number,
  count: number,
  hashOf: (header: Uint8Array) => Uint8Array,
): Uint8Array[] => {
  let parent: Uint8Array = new Uint8Array(32).fill(7);
  return Array.from({ length: count }, (_, i) => {
    const header = headerOf({ 0: parent, 8: scalarBytes(BigInt(first + i)) });
    parent = hashOf(encodeRlp(header));
    return blockOf(header);
  });
};

/** The hash of block 0 of a genesis document. */
export const genesisHash = (doc: unknown): Hex => parseGenesis(doc).genesisHash;

/** An entry of a document as the file it was made from. */
export const historyFileOf = (entry: HistoryDocumentEntry): HistoryFile => {
  const { start_block: start, end_block: end } = entry;
  return {
    file: entry.file,
    date: entry.date,
    canonical: entry.canonical_chain,
    raftSwapFile: entry.raftSwapFile,
    start: BigInt(start.block),
    startHash: start.hash,
    parentHash: start.parent_hash,
    end: BigInt(end.block),
    endHash: end.hash,
    endParentHash: end.parent_hash,
  };
};
