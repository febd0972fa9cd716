import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createBlockFromRLP, type Block } from '@ethereumjs/block';
import type { Common } from '@ethereumjs/common';
import { bytesToHex, CodedError, isCodedError } from '#libs/kernel';
import { SIGNERS } from './accounts.js';
import { Branch, signerOf } from './branch.js';
import { ChainFile, headerFields } from './chain-file.js';
import { genesisBlock } from './genesis.js';
import { RECENT_SIGNERS, type SignerIndex } from './rota.js';
import { readSnapshot, type Snapshot } from './snapshot.js';
import { WorldState } from './world-state.js';

export type ChainHome = Readonly<{ home: string; common: Common }>;

export const ALL_KEYS: ReadonlySet<SignerIndex> = new Set(SIGNERS.map(({ index }) => index));
const MAIN_VANITY = 'chainkeep-demo';
const SIDE_VANITY = 'chainkeep-demo side';

/** The files under `home`. `forkState` is the state at the block that both sides have, while there are two. */
export const filesOf = (home: string) => ({
  chain: join(home, 'chain.rlp'),
  state: join(home, 'state.json'),
  side: join(home, 'side.rlp'),
  forkState: join(home, 'fork-state.json'),
});

const blockAt = async (file: ChainFile, number: number, common: Common): Promise<Block | undefined> => {
  const raw = await file.raw(number);
  return raw === undefined ? undefined : createBlockFromRLP(raw, { common });
};

/** The newest kept state that belongs to this chain, else the genesis. */
const startingPoint = async (
  { home, common }: ChainHome,
  file: ChainFile,
): Promise<Readonly<{ number: number; state: WorldState }>> => {
  const { state, forkState } = filesOf(home);
  const kept = (await Promise.all([state, forkState].map(readSnapshot)))
    .filter((snapshot): snapshot is Snapshot => snapshot !== undefined)
    .filter(({ number, hash }) => file.hash(number) === hash)
    .sort((one, other) => other.number - one.number);
  for (const snapshot of kept) {
    const loaded = await WorldState.load(common, snapshot.state).catch(() => undefined);
    if (loaded !== undefined) return { number: snapshot.number, state: loaded };
  }
  return { number: 0, state: await WorldState.genesis(common) };
};

/** Executes the blocks after the kept state. A last block that fails is dropped: a crash may have left it half durable. */
const executeRest = async (place: ChainHome, file: ChainFile): Promise<WorldState> => {
  const { number, state } = await startingPoint(place, file);
  for (let next = number + 1; next <= file.head; next += 1) {
    try {
      const block = await blockAt(file, next, place.common);
      if (block !== undefined) await state.executeAndCheck(block);
    } catch (cause) {
      if (next < file.head) {
        throw new CodedError(
          'BLOCK_INVALID',
          'Executing a block of the demo network does not give its header.',
          {
            context: { number: next, home: place.home },
            cause,
          },
        );
      }
      await file.dropLast();
    }
  }
  return state;
};

const writeGenesis = async ({ common }: ChainHome, file: ChainFile): Promise<void> => {
  const state = await WorldState.genesis(common);
  const genesis = genesisBlock(common, Buffer.from((await state.root()).slice(2), 'hex'));
  const hash = bytesToHex(genesis.hash());
  if (file.head < 0) {
    await file.append([{ raw: genesis.serialize(), hash: genesis.hash(), difficulty: 1n }]);
  }
  if (file.hash(0) === hash) return;
  throw new CodedError('NODE_FOREIGN', 'The data directory of the demo network holds a different chain.', {
    context: { expected: hash, actual: file.hash(0) },
  });
};

/** Opens the chain under `home`, or begins it, ready to seal after its last whole block. */
export const openMain = async (place: ChainHome): Promise<Branch> => {
  const { chain, state: snapshotPath } = filesOf(place.home);
  const file = await ChainFile.open(chain, place.common);
  try {
    await writeGenesis(place, file);
    const state = await executeRest(place, file);
    const headers = [];
    for (let number = Math.max(0, file.head - RECENT_SIGNERS + 1); number <= file.head; number += 1) {
      const block = await blockAt(file, number, place.common);
      if (block !== undefined) headers.push(block.header);
    }
    const head = headers.at(-1);
    if (head === undefined) throw new CodedError('BLOCK_INVALID', 'The chain of the demo network is empty.');
    const recent = headers.filter((header) => header.number > 0n).map(signerOf);
    const sealing = { common: place.common, keys: ALL_KEYS, vanity: MAIN_VANITY };
    return new Branch({ file, state, head, recent, sealing, snapshotPath });
  } catch (error) {
    await file.close();
    throw isCodedError(error)
      ? error
      : new CodedError('INTERNAL', 'The demo chain cannot be opened.', { cause: error });
  }
};

/** Begins a second branch at the head of `main`. */
export const openSide = async (
  place: ChainHome,
  main: Branch,
  keys: ReadonlySet<SignerIndex>,
): Promise<Branch> => {
  const { side, forkState } = filesOf(place.home);
  await rm(side, { force: true });
  await main.saveState(forkState);
  const state = await main.copyState();
  const file = await ChainFile.open(side, place.common);
  file.startAt(main.head + 1);
  const sealing = { common: place.common, keys, vanity: SIDE_VANITY };
  return new Branch({ file, base: main, state, head: main.headHeader, recent: main.recentSigners, sealing });
};

/** Makes the blocks of `side` the chain from its first block on. A crash leaves either the old chain or the new one. */
export const adoptSide = async (home: string, main: ChainFile, side: ChainFile): Promise<void> => {
  const { chain } = filesOf(home);
  const draft = await open(`${chain}.tmp`, 'w');
  try {
    await main.copyBelow(side.first, draft);
    await side.copyBelow(side.head + 1, draft);
    await draft.datasync();
  } finally {
    await draft.close();
  }
  await rename(`${chain}.tmp`, chain);
};

export const removeSide = async (home: string): Promise<void> => {
  const { side, forkState } = filesOf(home);
  await rm(side, { force: true });
  await rm(forkState, { force: true });
};

const parentHashOf = async (file: ChainFile, number: number): Promise<string | undefined> => {
  const raw = await file.raw(number);
  const parent = raw === undefined ? undefined : headerFields(raw)?.[0];
  return parent === undefined ? undefined : bytesToHex(parent);
};

/** A fork that outlived its process is healed before anything is served: the heavier side is the chain. */
export const healLeftovers = async ({ home, common }: ChainHome): Promise<void> => {
  const { chain, side } = filesOf(home);
  if (!existsSync(side) || !existsSync(chain)) return;
  const [main, other] = [await ChainFile.open(chain, common), await ChainFile.open(side, common)];
  try {
    const parent = other.first - 1;
    const linked = parent >= 0 && main.hash(parent) === (await parentHashOf(other, other.first));
    const base = main.difficultyTo(parent) ?? 0;
    const otherTotal = base + (other.difficultyTo(other.head) ?? 0);
    if (linked && otherTotal > (main.difficultyTo(main.head) ?? 0)) await adoptSide(home, main, other);
  } finally {
    await main.close();
    await other.close();
  }
};
