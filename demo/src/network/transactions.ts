import type { Common } from '@ethereumjs/common';
import {
  createAccessList2930Tx,
  createFeeMarket1559Tx,
  createLegacyTx,
  type TypedTransaction,
} from '@ethereumjs/tx';
import { CONTRACT, CONTRACT_CREATION, DEPLOYER, pick, RECIPIENTS, SIGNERS, type Signer } from './accounts.js';
import type { WorldState } from './world-state.js';

export type BlockContext = Readonly<{ common: Common; number: bigint; baseFee: bigint }>;
type TransactionContext = BlockContext & Readonly<{ sender: Signer; nonce: bigint }>;

const TIP = 10n ** 9n;
const TRANSFER_GAS = 21_000n;
const ACCESS_LIST_TRANSFER_GAS = 30_000n;
const CALL_GAS = 80_000n;
const CREATE_GAS = 200_000n;
const FIRST_BLOCK = 2n;
const EVERY_BLOCKS = 2n;

const creation = ({ common, nonce, baseFee }: TransactionContext): TypedTransaction =>
  createLegacyTx(
    { nonce, gasLimit: CREATE_GAS, gasPrice: baseFee + TIP, data: CONTRACT_CREATION },
    { common },
  );

const transfer = ({ common, nonce, baseFee, number }: TransactionContext): TypedTransaction =>
  createLegacyTx(
    { nonce, gasLimit: TRANSFER_GAS, gasPrice: baseFee + TIP, to: pick(RECIPIENTS, number), value: number },
    { common },
  );

const contractCall = ({ common, nonce, baseFee }: TransactionContext): TypedTransaction =>
  createFeeMarket1559Tx(
    { nonce, gasLimit: CALL_GAS, maxPriorityFeePerGas: TIP, maxFeePerGas: baseFee + TIP, to: CONTRACT },
    { common },
  );

const accessListTransfer = ({
  common,
  nonce,
  baseFee,
  number,
  sender,
}: TransactionContext): TypedTransaction =>
  createAccessList2930Tx(
    {
      nonce,
      gasLimit: ACCESS_LIST_TRANSFER_GAS,
      gasPrice: baseFee + TIP,
      to: pick(RECIPIENTS, number / EVERY_BLOCKS),
      value: 1n,
      accessList: [[sender.address.bytes, [new Uint8Array(32).fill(1)]]],
    },
    { common },
  );

/**
 * The signed transactions of a block: none in odd blocks; the creation of the contract in block 2; three in every other even
 * block (legacy, EIP-1559 call that logs and stores, access list), from three senders in turn.
 */
export const demoTransactions = async (
  state: WorldState,
  place: BlockContext,
): Promise<TypedTransaction[]> => {
  if (place.number % EVERY_BLOCKS !== 0n) return [];
  if (place.number === FIRST_BLOCK) {
    return [creation({ ...place, sender: DEPLOYER, nonce: 0n }).sign(DEPLOYER.key)];
  }
  const signed: TypedTransaction[] = [];
  for (const [turn, make] of [transfer, contractCall, accessListTransfer].entries()) {
    const sender = pick(SIGNERS, place.number / EVERY_BLOCKS + BigInt(turn));
    const nonce = await state.nonceOf(sender.address);
    signed.push(make({ ...place, sender, nonce }).sign(sender.key));
  }
  return signed;
};
