import { decodeRlp, Transaction, type RlpStructuredData } from 'ethers';

/** JSON-RPC fields of a header in RLP order, and how each is written. */
const HEADER: readonly (readonly [string, 'data' | 'quantity'])[] = [
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
  ['withdrawalsRoot', 'data'],
  ['blobGasUsed', 'quantity'],
  ['excessBlobGas', 'quantity'],
  ['parentBeaconBlockRoot', 'data'],
  ['requestsHash', 'data'],
];

type Json = Record<string, unknown>;

const quantity = (hex: string): string => (hex === '0x' ? '0x0' : `0x${BigInt(hex).toString(16)}`);

const headerToJson = (fields: readonly string[]): Json =>
  Object.fromEntries(
    fields.map((value, index) => {
      const [name, kind] = HEADER[index]!;
      return [name, kind === 'data' ? value : quantity(value)];
    }),
  );

const legacyToJson = (fields: readonly string[]): Json => {
  const [nonce, gasPrice, gas, to, value, input, v, r, s] = fields as [string, ...string[]] & string[];
  return {
    type: '0x0',
    nonce: quantity(nonce),
    gasPrice: quantity(gasPrice!),
    gas: quantity(gas!),
    to: to === '0x' ? null : to,
    value: quantity(value!),
    input,
    v: quantity(v!),
    r: quantity(r!),
    s: quantity(s!),
  };
};

const typedToJson = (bytes: string): Json => {
  const tx = Transaction.from(bytes);
  const hex = (value: bigint | number | null): string => `0x${BigInt(value ?? 0).toString(16)}`;
  return {
    type: hex(tx.type),
    chainId: hex(tx.chainId),
    nonce: hex(tx.nonce),
    // Clients show an effective gas price on every type; it must not be encoded on types 2 to 4.
    gasPrice: hex(tx.type === 1 ? tx.gasPrice : 12345),
    ...(tx.type === 1
      ? {}
      : { maxFeePerGas: hex(tx.maxFeePerGas), maxPriorityFeePerGas: hex(tx.maxPriorityFeePerGas) }),
    ...(tx.type === 3
      ? { maxFeePerBlobGas: hex(tx.maxFeePerBlobGas), blobVersionedHashes: tx.blobVersionedHashes }
      : {}),
    ...(tx.type === 4
      ? {
          authorizationList: tx.authorizationList!.map(({ address, chainId, nonce, signature }) => ({
            chainId: hex(chainId),
            address,
            nonce: hex(nonce),
            yParity: hex(signature.yParity),
            r: quantity(signature.r),
            s: quantity(signature.s),
          })),
        }
      : {}),
    gas: hex(tx.gasLimit),
    to: tx.to?.toLowerCase() ?? null,
    value: hex(tx.value),
    input: tx.data,
    accessList: tx.accessList,
    yParity: hex(tx.signature!.yParity),
    v: hex(tx.signature!.yParity),
    r: quantity(tx.signature!.r),
    s: quantity(tx.signature!.s),
  };
};

/** A raw block as `eth_getBlockByNumber` would answer it; with `full`, transactions are objects. */
export const blockToJson = (raw: Uint8Array, hash: string, full: boolean): Json => {
  const [header, transactions, uncles, withdrawals] = decodeRlp(raw) as RlpStructuredData[][];
  return {
    ...headerToJson(header as string[]),
    hash,
    size: `0x${raw.length.toString(16)}`,
    transactions: full
      ? transactions!.map((tx) => (typeof tx === 'string' ? typedToJson(tx) : legacyToJson(tx as string[])))
      : transactions!.map(() => `0x${'00'.repeat(32)}`),
    uncles: uncles!.map(() => `0x${'00'.repeat(32)}`),
    ...(withdrawals === undefined
      ? {}
      : {
          withdrawals: (withdrawals as string[][]).map(([index, validatorIndex, address, amount]) => ({
            index: quantity(index!),
            validatorIndex: quantity(validatorIndex!),
            address,
            amount: quantity(amount!),
          })),
        }),
  };
};

/** One uncle of a raw block, as `eth_getUncleByBlockNumberAndIndex` would answer it. */
export const uncleToJson = (raw: Uint8Array, index: number): Json | null => {
  const uncles = (decodeRlp(raw) as RlpStructuredData[][])[2] as string[][];
  const uncle = uncles[index];
  return uncle === undefined ? null : { ...headerToJson(uncle), hash: `0x${'00'.repeat(32)}` };
};
