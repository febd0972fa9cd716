import { type Common } from '@ethereumjs/common';
import { RLP } from '@ethereumjs/rlp';
import { createTxFromBlockBodyData } from '@ethereumjs/tx';
import { bytesToHex, CodedError, type Hex } from '#libs/kernel';

/** A block as it is stored, with what only its chain knows. */
export type StoredBlock = Readonly<{ raw: Uint8Array; hash: Hex; number: number; totalDifficulty: number }>;

type BodyTx = Uint8Array | Uint8Array[];
type Tx = ReturnType<typeof createTxFromBlockBodyData>;

/** Header fields in the order of the RLP, with their JSON names; quantities lose leading zeros, data keeps its length. */
const HEADER: readonly (readonly [name: string, kind: 'data' | 'quantity'])[] = [
  ['parentHash', 'data'],
  ['sha3Uncles', 'data'],
  ['miner', 'data'],
  ['stateRoot', 'data'],
  ['transactionsRoot', 'data'],
  ['receiptsRoot', 'data'],
  ['logsBloom', 'data'],
  ['difficulty', 'quantity'],
  ['number', 'quantity'],
  ['gasLimit', 'quantity'],
  ['gasUsed', 'quantity'],
  ['timestamp', 'quantity'],
  ['extraData', 'data'],
  ['mixHash', 'data'],
  ['nonce', 'data'],
  ['baseFeePerGas', 'quantity'],
];

export const quantity = (value: number | bigint): Hex => `0x${value.toString(16)}`;

const quantityOf = (bytes: Uint8Array): Hex => quantity(bytes.length === 0 ? 0n : BigInt(bytesToHex(bytes)));

const decode = (raw: Uint8Array): Readonly<{ header: Uint8Array[]; transactions: BodyTx[] }> => {
  const [header, transactions] = RLP.decode(raw) as unknown as [Uint8Array[], BodyTx[]];
  return { header, transactions };
};

/** The header of a block alone, as its hash is taken over. */
export const rawHeader = (raw: Uint8Array): Uint8Array => RLP.encode(decode(raw).header);

export const transactionCount = (raw: Uint8Array): number => decode(raw).transactions.length;

const headerJson = (fields: readonly Uint8Array[]): Record<string, Hex> =>
  Object.fromEntries(
    HEADER.map(([name, kind], position) => {
      const bytes = fields[position];
      if (bytes === undefined) throw new CodedError('BLOCK_INVALID', 'A stored header lacks a field.');
      return [name, kind === 'data' ? bytesToHex(bytes) : quantityOf(bytes)];
    }),
  );

/** What the sender really pays a unit of gas: a field of type-2 transactions that no signature covers. */
const effectiveGasPrice = (json: ReturnType<Tx['toJSON']>, baseFee: bigint): Hex | undefined => {
  const { maxFeePerGas, maxPriorityFeePerGas } = json;
  if (maxFeePerGas === undefined || maxPriorityFeePerGas === undefined) return undefined;
  const [cap, wanted] = [BigInt(maxFeePerGas), baseFee + BigInt(maxPriorityFeePerGas)];
  return quantity(cap < wanted ? cap : wanted);
};

const transactionJson = (tx: Tx, baseFee: bigint): Record<string, unknown> => {
  const json = tx.toJSON();
  const { gasLimit, data, yParity, ...rest } = json;
  const gasPrice = effectiveGasPrice(json, baseFee);
  const parity = tx.type === 0 ? {} : { yParity: json.v ?? yParity };
  return {
    ...rest,
    ...parity,
    ...(gasPrice === undefined ? {} : { gasPrice }),
    chainId: quantity(tx.common.chainId()),
    from: tx.getSenderAddress().toString(),
    to: tx.to?.toString() ?? null,
    gas: gasLimit,
    input: data,
    hash: bytesToHex(tx.hash()),
    type: quantity(tx.type),
  };
};

/**
 * A block as `eth_getBlockBy...` shows it.
 * @param full whole transactions instead of their hashes
 */
export const blockJson = (block: StoredBlock, full: boolean, common: Common): Record<string, unknown> => {
  const { header, transactions } = decode(block.raw);
  const json = headerJson(header);
  const baseFee = BigInt(json['baseFeePerGas'] ?? '0x0');
  const place = { blockHash: block.hash, blockNumber: quantity(block.number) };
  return {
    ...json,
    hash: block.hash,
    size: quantity(block.raw.length),
    totalDifficulty: quantity(block.totalDifficulty),
    uncles: [],
    transactions: transactions.map((body, index) => {
      const tx = createTxFromBlockBodyData(body, { common });
      if (!full) return bytesToHex(tx.hash());
      return { ...transactionJson(tx, baseFee), ...place, transactionIndex: quantity(index) };
    }),
  };
};
