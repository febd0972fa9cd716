import {
  createSealedCliqueBlock,
  genTransactionsTrieRoot,
  type Block,
  type BlockHeader,
} from '@ethereumjs/block';
import type { Common } from '@ethereumjs/common';
import { pick, SIGNERS } from './accounts.js';
import { CLIQUE_EPOCH, CLIQUE_PERIOD_SECONDS, SEAL_BYTES, signerList, VANITY_BYTES } from './genesis.js';
import { pickSigner, type SignerIndex } from './rota.js';
import { demoTransactions } from './transactions.js';
import type { WorldState } from './world-state.js';

/** What a side of the network seals with. */
export type Sealing = Readonly<{
  common: Common;
  keys: ReadonlySet<SignerIndex>;
  /** First bytes of extraData. Two sides differ here, so that they never seal the very same block. */
  vanity: string;
}>;
export type Parent = Readonly<{ header: BlockHeader; recent: readonly SignerIndex[] }>;
export type SealedBlock = Readonly<{ block: Block; signer: SignerIndex }>;

const extraData = (number: bigint, vanity: string): Uint8Array => {
  const start = Buffer.alloc(VANITY_BYTES);
  start.write(vanity);
  const signers = number % BigInt(CLIQUE_EPOCH) === 0n ? signerList() : new Uint8Array();
  return Buffer.concat([start, signers, new Uint8Array(SEAL_BYTES)]);
};

/**
 * Builds, executes and seals the block after `parent`; `state` is then the state after it.
 * @param notBefore the least timestamp, in seconds; the block gets it unless Clique's period asks for a later one
 * @returns undefined when the keys at hand may not seal now. When it rejects, the state has to be reset to the parent's root.
 */
export const sealNext = async (
  state: WorldState,
  parent: Parent,
  sealing: Sealing,
  notBefore: bigint,
): Promise<SealedBlock | undefined> => {
  const { common } = sealing;
  const number = parent.header.number + 1n;
  const turn = pickSigner(number, sealing.keys, parent.recent);
  if (turn === undefined) return undefined;
  const { key } = pick(SIGNERS, turn.signer);
  const earliest = parent.header.timestamp + BigInt(CLIQUE_PERIOD_SECONDS);
  const baseFee = parent.header.calcNextBaseFee();
  const header = {
    parentHash: parent.header.hash(),
    number,
    timestamp: notBefore > earliest ? notBefore : earliest,
    difficulty: turn.difficulty,
    gasLimit: parent.header.gasLimit,
    baseFeePerGas: baseFee,
    extraData: extraData(number, sealing.vanity),
  };
  const transactions = await demoTransactions(state, { common, number, baseFee });
  // Clique pays the fees to the signer, and only the seal tells who that is: the draft carries one over its own header.
  const draft = createSealedCliqueBlock({ header, transactions }, key, { common });
  const outcome = await state.executeDraft(draft);
  const executed = {
    ...header,
    stateRoot: outcome.stateRoot,
    receiptTrie: outcome.receiptsRoot,
    logsBloom: outcome.logsBloom,
    gasUsed: outcome.gasUsed,
    transactionsTrie: await genTransactionsTrieRoot(transactions),
  };
  const block = createSealedCliqueBlock({ header: executed, transactions }, key, { common });
  return { block, signer: turn.signer };
};
