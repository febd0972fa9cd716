/** @proves Files that replace others of a Raft chain carry raftSwapFile in the history, and no other file does (blocks of a REAL GoQuorum network on SIMULATED nodes). */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  checkBlock,
  createBlockSplitter,
  historyToJson,
  parseHistoryDocument,
  type HistoryDocument,
} from '#libs/archive';
import { SealedNetwork, type ServedChain } from '../support/simulated/sealed-network.js';

/** The folder of a Raft network that was re-initialised with the same genesis: the files of both chains. */
const FOLDER = join(import.meta.dirname, '../fixtures/chains/quorum-raft2');
const RAFT = { provider: 'quorum', consensus: 'raft' } as const;

const chainIn = async (files: readonly string[]): Promise<ServedChain> => {
  const splitter = createBlockSplitter();
  const raws: Buffer[] = [];
  for (const file of files)
    for (const { bytes } of splitter.push(await readFile(join(FOLDER, file)))) raws.push(Buffer.from(bytes));
  splitter.finish();
  const genesis = JSON.parse(await readFile(join(FOLDER, 'genesis.json'), 'utf8')) as ServedChain['genesis'];
  return { raws, hashes: raws.map((raw) => checkBlock(raw).hash), genesis };
};

const both = async (): Promise<Readonly<{ old: ServedChain; other: ServedChain }>> => {
  const { history } = parseHistoryDocument(await readFile(join(FOLDER, 'backup_snapshot.json')));
  const of = (canonical: boolean): string[] =>
    history
      .filter(({ canonical_chain: is }) => is === canonical)
      .sort((a, b) => a.start_block.block - b.start_block.block)
      .map(({ file }) => file);
  return { old: await chainIn(of(false)), other: await chainIn(of(true)) };
};

const net = new SealedNetwork();
const flags = ({ history }: HistoryDocument) =>
  history.map((entry) => [
    entry.start_block.block,
    entry.end_block.block,
    entry.canonical_chain,
    entry.raftSwapFile,
  ]);

describe('a Raft network that was initialised again', () => {
  it('keeps its backup until an operator decides; the replacing files carry the flag', async () => {
    const { old, other } = await both();
    await net.start(old, { client: RAFT, settings: { segmentBlocks: 12 } });
    expect(flags(await net.history())).toEqual([
      [0, 11, true, false],
      [12, 14, true, false],
    ]);
    net.serve(other);
    expect(await net.backUp()).toMatchObject({
      type: 'RangeDisputed',
      data: { code: 'SUPERSESSION_PENDING' },
    });
    await net.decide('supersede');
    expect(await net.backUp()).toMatchObject({ type: 'BackupCompleted' });
    // As it is published: the text of the document.
    const text = historyToJson(await net.history());
    expect(flags(parseHistoryDocument(text))).toEqual([
      [0, 11, false, false],
      [0, 11, true, true],
      [12, 14, false, false],
      [12, 23, true, true],
    ]);
    expect(text.match(/"raftSwapFile": true/g)).toHaveLength(2);
  });

  it('does not mark the files of a network that only grows', async () => {
    const { other } = await both();
    await net.start(other, { client: RAFT, settings: { segmentBlocks: 12 }, head: 15 });
    net.serve(other);
    await net.backUp();
    expect((await net.history()).history.some(({ raftSwapFile }) => raftSwapFile)).toBe(false);
    expect((await net.world.backup()).tip).toMatchObject({ number: 23n });
  });
});
