import { readFileSync } from 'node:fs';

import { Transaction, Wallet, encodeRlp, type TransactionLike } from 'ethers';
import { describe, expect, it } from '@jest/globals';

import { blockToJson, uncleToJson } from '../../../../test/support/simulated/block-json.js';
import { syntheticChain } from '../../../../test/support/simulated/simulated-node.js';
import type { AnswerObject } from './answers.js';
import { reEncodeBlock } from './re-encode.js';

const wallet = new Wallet(`0x${'1'.repeat(64)}`);
const sign = (transaction: TransactionLike): string => {
  const tx = Transaction.from(transaction);
  tx.signature = wallet.signingKey.sign(tx.unsignedHash);
  return tx.serialized;
};
const common = {
  chainId: 1337n,
  nonce: 5,
  gasLimit: 21_000n,
  to: `0x${'12'.repeat(20)}`,
  value: 0n,
  data: '0x01',
};
const fees = { maxFeePerGas: 10n, maxPriorityFeePerGas: 2n };
const accessList = [{ address: `0x${'34'.repeat(20)}`, storageKeys: [`0x${'00'.repeat(31)}01`] }];
const typed = [
  sign({ type: 1, ...common, gasPrice: 7n, accessList }),
  sign({ type: 2, ...common, ...fees, to: null }),
  sign({
    type: 3,
    ...common,
    ...fees,
    maxFeePerBlobGas: 3n,
    blobVersionedHashes: [`0x01${'ab'.repeat(31)}`],
  }),
  sign({
    type: 4,
    ...common,
    ...fees,
    accessList,
    authorizationList: [
      {
        address: `0x${'56'.repeat(20)}`,
        chainId: 1337n,
        nonce: 9n,
        signature: wallet.signingKey.sign(`0x${'77'.repeat(32)}`),
      },
    ],
  }),
];

const bytes32 = (digit: string): string => `0x${digit.repeat(64)}`;
const header = (tail: string[]): string[] => [
  bytes32('1'),
  bytes32('2'),
  `0x${'3'.repeat(40)}`,
  bytes32('4'),
  bytes32('5'),
  bytes32('6'),
  `0x${'00'.repeat(256)}`,
  '0x',
  '0x07',
  '0x0100',
  '0x',
  '0x65920080',
  '0x',
  bytes32('8'),
  `0x${'00'.repeat(8)}`,
  ...tail,
];
const block = (...parts: Parameters<typeof encodeRlp>): Buffer =>
  Buffer.from(encodeRlp(...parts).slice(2), 'hex');
const roundTrip = (raw: Uint8Array, change: (json: AnswerObject) => AnswerObject = (json) => json): Buffer =>
  Buffer.from(reEncodeBlock(change(blockToJson(raw, bytes32('9'), true)), []));

const cancun = ['0x07', bytes32('a'), '0x', '0x02', bytes32('b'), bytes32('c')];

const fixtures = JSON.parse(
  readFileSync(new URL('../../../../test/fixtures/blocks.json', import.meta.url), 'utf8'),
) as readonly { client: string; consensus: string; rlp: string; hash: string }[];

/** A transaction of type 2 as a node answers it. */
const TYPED: AnswerObject = {
  ...{ type: '0x2', chainId: '0x1', nonce: '0x0', gas: '0x1', to: null, value: '0x0', input: '0x' },
  ...{ maxPriorityFeePerGas: '0x0', maxFeePerGas: '0x0', maxFeePerBlobGas: '0x0', yParity: '0x0' },
  ...{ r: '0x1', s: '0x1', accessList: [] },
};

describe('reEncodeBlock', () => {
  it('gives back the bytes of every block of our own networks', () => {
    expect(fixtures.length).toBeGreaterThan(80);
    for (const { client, consensus, rlp, hash } of fixtures) {
      const raw = Buffer.from(rlp.replace(/^0x/, ''), 'hex');
      const again = Buffer.from(reEncodeBlock(blockToJson(raw, hash, true), []));
      expect(`${client} ${consensus} ${again.toString('hex')}`).toBe(
        `${client} ${consensus} ${raw.toString('hex')}`,
      );
    }
  });

  it('encodes uncles from their own answers', () => {
    const raw = block([header([]), [], [header([]), header(['0x07'])]]);
    const uncles = [uncleToJson(raw, 0)!, uncleToJson(raw, 1)!];
    expect(Buffer.from(reEncodeBlock(blockToJson(raw, '0x', true), uncles)).equals(raw)).toBe(true);
  });

  it('gives back the bytes of plain blocks', () => {
    const chain = syntheticChain({ blocks: 10 });
    for (let number = 0n; number <= 10n; number++) {
      const raw = chain.raw(number)!;
      expect(roundTrip(raw).equals(raw)).toBe(true);
    }
  });

  it('gives back typed transactions and every header field', () => {
    const raw = block([header(cancun), typed, [], []]);
    expect(roundTrip(raw).equals(raw)).toBe(true);
  });

  it('encodes withdrawals exactly when the node speaks of them', () => {
    const withdrawal = ['0x01', '0x', `0x${'12'.repeat(20)}`, '0x0400'];
    for (const parts of [[[withdrawal]], [[]], []]) {
      const raw = block([header(['0x07']), [], [], ...parts]);
      expect(roundTrip(raw).equals(raw)).toBe(true);
    }
  });

  it('takes v where an old client gives no yParity', () => {
    const raw = block([header([]), [typed[0]!], []]);
    for (const offset of [0n, 27n, 35n + 2n * 1337n]) {
      const again = roundTrip(raw, (json) => {
        const [tx] = json['transactions'] as Record<string, string>[];
        const { yParity, ...rest } = tx!;
        return { ...json, transactions: [{ ...rest, v: `0x${(BigInt(yParity!) + offset).toString(16)}` }] };
      });
      expect(again.equals(raw)).toBe(true);
    }
  });

  it('supplies the BFT mixHash that Besu leaves out', () => {
    const raw = block([header([]), [], []]);
    const { mixHash: _, ...json } = blockToJson(raw, '0x', true);
    const constant = '63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365';
    expect(Buffer.from(reEncodeBlock(json, [])).toString('hex')).toContain(constant);
  });

  it.each<[string, AnswerObject]>([
    ['an unknown transaction type', { transactions: [{ type: '0x7e' }] }],
    ['a missing field', { stateRoot: undefined }],
    ['a number for hex', { number: 5 }],
    ['no transactions', { transactions: null }],
    ['a transaction that is null', { transactions: [null] }],
    ['a parity below 27', { transactions: [{ ...TYPED, yParity: undefined, v: '0x5' }] }],
    [
      'a storage key that is not hex',
      { transactions: [{ ...TYPED, accessList: [{ address: '0x', storageKeys: ['x'] }] }] },
    ],
    ['an access list of nothing', { transactions: [{ ...TYPED, accessList: [null] }] }],
    ['a blob hash that is a number', { transactions: [{ ...TYPED, type: '0x3', blobVersionedHashes: [5] }] }],
    [
      'an authorization that is a text',
      { transactions: [{ ...TYPED, type: '0x4', authorizationList: ['x'] }] },
    ],
    ['a withdrawal that is null', { withdrawals: [null] }],
  ])('refuses %s', (_what, change) => {
    const json = blockToJson(block([header([]), [], []]), '0x', true);
    expect(() => reEncodeBlock({ ...json, ...change }, [])).toThrow(
      expect.objectContaining({ code: 'NODE_ANSWER_INVALID' }),
    );
  });
});
