import { concat, encodeRlp, getBytes, type RlpStructuredDataish } from 'ethers';

import { CodedError } from '#libs/kernel';

import type { AnswerObject } from './answers.js';

/** The mixHash of BFT blocks, which Besu before 1.5 leaves out of its answers. */
const BFT_MIX_HASH = '0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365';

type Kind = 'data' | 'quantity';
type Field = readonly [name: string, kind: Kind];

const HEADER_FIELDS: readonly Field[] = [
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
];

/** Later forks append these in this order; the first absent one ends the header. */
const HEADER_TAIL: readonly Field[] = [
  ['baseFeePerGas', 'quantity'],
  ['withdrawalsRoot', 'data'],
  ['blobGasUsed', 'quantity'],
  ['excessBlobGas', 'quantity'],
  ['parentBeaconBlockRoot', 'data'],
  ['requestsHash', 'data'],
  ['blockAccessListHash', 'data'],
  ['slotNumber', 'quantity'],
];

const invalid = (what: string): CodedError =>
  new CodedError('NODE_ANSWER_INVALID', `A block cannot be encoded: ${what}.`);

/**
 * The bytes of a block from the answer of `eth_getBlockByNumber(n, true)` and the answers for its uncles. Exact for
 * all three clients; the caller proves it by the hash. Throws `NODE_ANSWER_INVALID`.
 */
export const reEncodeBlock = (block: AnswerObject, uncles: readonly AnswerObject[]): Uint8Array => {
  const transactions = objects(block, 'transactions').map(encodeTransaction);
  const body: RlpStructuredDataish[] = [encodeHeader(block), transactions, uncles.map(encodeHeader)];
  // A withdrawals list, even an empty one, is encoded if and only if the client speaks of it.
  if (block['withdrawals'] !== undefined && block['withdrawals'] !== null) {
    body.push(objects(block, 'withdrawals').map(encodeWithdrawal));
  }
  return getBytes(encodeRlp(body));
};

const encodeHeader = (header: AnswerObject): RlpStructuredDataish => {
  const fields = HEADER_FIELDS.map((field) =>
    field[0] === 'mixHash' && isAbsent(header, 'mixHash') ? BFT_MIX_HASH : read(header, field),
  );
  for (const field of HEADER_TAIL) {
    if (isAbsent(header, field[0])) break;
    fields.push(read(header, field));
  }
  return fields;
};

const encodeWithdrawal = (item: AnswerObject): RlpStructuredDataish => [
  quantity(item, 'index'),
  quantity(item, 'validatorIndex'),
  data(item, 'address'),
  quantity(item, 'amount'),
];

/** A legacy transaction is a list inside the body, a typed one a byte string. */
const encodeTransaction = (tx: AnswerObject): RlpStructuredDataish => {
  const type = isAbsent(tx, 'type') ? '0x' : quantity(tx, 'type');
  const signature = [data(tx, 'r'), data(tx, 's')].map(trimZeros);
  const call = [quantity(tx, 'gas'), recipient(tx), quantity(tx, 'value'), data(tx, 'input')];
  if (type === '0x') {
    return [quantity(tx, 'nonce'), quantity(tx, 'gasPrice'), ...call, quantity(tx, 'v'), ...signature];
  }
  const fees = type === '0x01' ? ['gasPrice'] : ['maxPriorityFeePerGas', 'maxFeePerGas'];
  const fields = [
    quantity(tx, 'chainId'),
    quantity(tx, 'nonce'),
    ...fees.map((name) => quantity(tx, name)),
    ...call,
    accessList(tx),
    ...typeFields(tx, type),
    parity(tx),
    ...signature,
  ];
  return concat([type, encodeRlp(fields)]);
};

const typeFields = (tx: AnswerObject, type: string): RlpStructuredDataish[] => {
  switch (type) {
    case '0x01':
    case '0x02':
      return [];
    case '0x03':
      return [quantity(tx, 'maxFeePerBlobGas'), hexes(tx, 'blobVersionedHashes')];
    case '0x04':
      return [objects(tx, 'authorizationList').map(authorization)];
    default:
      throw invalid(`transactions of type ${type} are unknown; enable the debug API on the node instead`);
  }
};

const authorization = (item: AnswerObject): RlpStructuredDataish => [
  quantity(item, 'chainId'),
  data(item, 'address'),
  quantity(item, 'nonce'),
  parity(item),
  ...[data(item, 'r'), data(item, 's')].map(trimZeros),
];

const accessList = (tx: AnswerObject): RlpStructuredDataish =>
  isAbsent(tx, 'accessList')
    ? []
    : objects(tx, 'accessList').map((item) => [data(item, 'address'), hexes(item, 'storageKeys')]);

/** `yParity` wins over `v`; old clients give only `v`, as 0/1, 27/28 or with the chain id in it. */
const parity = (tx: AnswerObject): string => {
  if (!isAbsent(tx, 'yParity')) return quantity(tx, 'yParity');
  const v = BigInt(quantity(tx, 'v').replace(/^0x$/, '0x0'));
  if (v === 0n || v === 1n) return minimal(v);
  if (v < 27n) throw invalid('v is not the parity of a signature');
  return minimal(v >= 35n ? (v - 35n) & 1n : v - 27n);
};

const recipient = (tx: AnswerObject): string => (isAbsent(tx, 'to') ? '0x' : data(tx, 'to'));

const isAbsent = (from: AnswerObject, name: string): boolean =>
  from[name] === undefined || from[name] === null;

const read = (from: AnswerObject, [name, kind]: Field): string =>
  kind === 'data' ? data(from, name) : quantity(from, name);

const data = (from: AnswerObject, name: string): string => hex(from[name], name);

const hex = (value: unknown, name: string): string => {
  if (typeof value === 'string' && /^0x([0-9a-fA-F]*)$/.test(value)) {
    return value.length % 2 === 0 ? value : `0x0${value.slice(2)}`;
  }
  throw invalid(`${name} is not hex`);
};

const hexes = (from: AnswerObject, name: string): string[] =>
  list(from, name).map((value) => hex(value, name));

/** A quantity in the shortest form, as RLP requires; zero has no bytes. */
const quantity = (from: AnswerObject, name: string): string => {
  const value = from[name];
  if (typeof value === 'string' && /^0x[0-9a-fA-F]+$/.test(value)) return minimal(BigInt(value));
  throw invalid(`${name} is not a quantity`);
};

const minimal = (value: bigint): string => {
  const digits = value === 0n ? '' : value.toString(16);
  return `0x${digits.length % 2 === 0 ? '' : '0'}${digits}`;
};

const trimZeros = (digits: string): string => minimal(BigInt(digits === '0x' ? '0x0' : digits));

const list = (from: AnswerObject, name: string): readonly unknown[] => {
  const value = from[name];
  if (Array.isArray(value)) return value;
  throw invalid(`${name} is not a list`);
};

const objects = (from: AnswerObject, name: string): AnswerObject[] =>
  list(from, name).map((value) => {
    if (typeof value === 'object' && value !== null) return value as AnswerObject;
    throw invalid(`${name} holds something that is not an object`);
  });
