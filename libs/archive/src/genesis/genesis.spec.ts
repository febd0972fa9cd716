import { describe, expect, it } from '@jest/globals';
import { checkBlock } from '../block.js';
import { codeOf, fieldsIn, readFixture, genesisHash } from '../testing.js';
import { decodeRlp, type RlpItem } from '../rlp/reader.js';
import { encodeRlp } from '../rlp/writer.js';
import { parseGenesis } from './genesis.js';

const slot = (digit: string): string => `0x${'00'.repeat(31)}0${digit}`;
const berlin = {
  chainId: 1337,
  homesteadBlock: 0,
  eip150Block: 0,
  eip155Block: 0,
  eip158Block: 0,
  byzantiumBlock: 0,
  constantinopleBlock: 0,
  petersburgBlock: 0,
  istanbulBlock: 0,
  berlinBlock: 0,
};
const document = {
  config: berlin as Record<string, unknown>,
  nonce: '0x42',
  timestamp: '0x64',
  extraData: '0x1234',
  gasLimit: '0x1c9c380',
  difficulty: '0x0',
  mixHash: `0x${'00'.repeat(32)}`,
  coinbase: `0x${'11'.repeat(20)}`,
  alloc: {
    ['aa'.repeat(20)]: { balance: '0x1' },
    [`0x${'bb'.repeat(20)}`]: {
      balance: '1000000000000000000000',
      nonce: '0x1',
      code: '0x6001600255',
      // A slot that holds zero is not stored.
      storage: {
        [slot('1')]: `0x${'00'.repeat(30)}1234`,
        [slot('2')]: `0x${'ff'.repeat(32)}`,
        [slot('3')]: slot('0'),
      },
    },
  },
};
const post = { ...berlin, londonBlock: 0, terminalTotalDifficulty: 0, shanghaiTime: 0 };

/** Hashes that another implementation (@ethereumjs/block and mpt 10) made of the same documents. */
const FORKS: readonly (readonly [string, unknown, number, string])[] = [
  ['Berlin', document, 15, '0x7861c9bd644f6e635353d0c16105091780761a9bc2372c15ccfc2ea675c8f11a'],
  [
    'London',
    { ...document, difficulty: '0x1', config: { ...berlin, londonBlock: 0 }, baseFeePerGas: '0x7' },
    16,
    '0xced85ac089cd8a650586d1fdb449688a9ed560fd28d92ebfac4dabe9525d56cb',
  ],
  [
    'Shanghai',
    { ...document, config: post },
    17,
    '0x215589afd86b92d18779a85e38d97f4c38173e27a16cc582d31a8ebd80dd99e8',
  ],
  [
    'Cancun',
    { ...document, config: { ...post, cancunTime: 0 }, excessBlobGas: '0x20000' },
    20,
    '0xaab9a1179e66422922940c2c1f3bfc8a7059f03160a9b66e6fd18ed5ff1fd4f9',
  ],
  [
    'Prague',
    { ...document, config: { ...post, cancunTime: 0, pragueTime: 0 } },
    21,
    '0x10ca926c71a7b070c498ea3e8f1771c3e4fab6f1dddbd229ab98864c3da2f09e',
  ],
];

describe('genesis', () => {
  it.each(FORKS)('at %s has its fields and its hash', (_name, doc, fields, hash) => {
    const genesis = parseGenesis(doc);
    expect(genesis.genesisHash).toBe(hash);
    expect(genesis.stateRoot).toBe('0x1e59f9df0f654239df651791994cb4657ddd08c38cb0c6de2a4db7e904fff4e6');
    expect(genesis.chainId).toBe(1337n);
    expect(fieldsIn(genesis.block)).toHaveLength(fields);
    expect(checkBlock(genesis.block, { number: 0n, hash: genesis.genesisHash }).hash).toBe(hash);
  });

  it('leaves out forks that come later', () => {
    const later = { ...post, cancunTime: 0x65, pragueTime: 0x65 };
    expect(genesisHash({ ...document, config: later })).toBe(genesisHash({ ...document, config: post }));
    const londonLater = { ...document, config: { ...post, londonBlock: 5 } };
    expect(genesisHash(londonLater)).toBe(genesisHash(document));
  });

  it('has the base fee that the document states, without London or with a later one', () => {
    const expected = genesisHash({
      ...document,
      baseFeePerGas: '0x7',
      config: { ...berlin, londonBlock: 0 },
    });
    for (const config of [berlin, { ...berlin, londonBlock: 1000 }])
      expect(genesisHash({ ...document, baseFeePerGas: '0x7', config })).toBe(expected);
    const zero = parseGenesis({ ...document, baseFeePerGas: '0x0' });
    expect(fieldsIn(zero.block)).toHaveLength(16);
    const quorum = { ...document, baseFeePerGas: '0x7', config: { ...berlin, isQuorum: true } };
    expect(fieldsIn(parseGenesis(quorum).block)).toHaveLength(15);
  });

  it('is read in any letter case of its keys, and with 0X', () => {
    const upper = (value: object): Record<string, unknown> =>
      Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toUpperCase(), inner as unknown]));
    const spelled = {
      ...upper(document),
      CONFIG: upper({ ...post, cancunTime: 0 }),
      GASLIMIT: '0X1C9C380',
      EXTRADATA: '0X1234',
    };
    expect(genesisHash(spelled)).toBe(genesisHash({ ...document, config: { ...post, cancunTime: 0 } }));
    expect(parseGenesis(spelled).chainId).toBe(1337n);
  });

  it('takes the fields that give the hash of block 0, where its forks do not explain them', () => {
    const asLondon = genesisHash({ ...document, config: { ...berlin, londonBlock: 0 } });
    expect(genesisHash(document)).not.toBe(asLondon);
    expect(parseGenesis(document, asLondon).genesisHash).toBe(asLondon);
    expect(parseGenesis(document, `0x${'11'.repeat(32)}`).genesisHash).toBe(genesisHash(document));
  });

  it("accepts Besu's block 0 of Shanghai without London: an empty list of withdrawals, and no root", () => {
    const config = { ...berlin, shanghaiTime: 0 };
    const { block, genesisHash: hash } = parseGenesis({ ...document, config });
    const [header] = decodeRlp(block) as readonly RlpItem[];
    expect(checkBlock(encodeRlp([header!, [], [], []]), { number: 0n, hash }).hash).toBe(hash);
  });

  it('has 23 fields at Amsterdam', () => {
    const config = { ...post, cancunTime: 0, pragueTime: 0, amsterdamTime: 0 };
    expect(fieldsIn(parseGenesis({ ...document, config }).block)).toHaveLength(23);
  });

  it('ignores later forks in a GoQuorum document', () => {
    const { 'quorum-qbft': quorum } = JSON.parse(readFixture('genesis.json')) as Record<
      string,
      { config: object }
    >;
    const config = { ...quorum?.config, londonBlock: 0, shanghaiTime: 0 };
    expect(genesisHash({ ...quorum, config })).toBe(genesisHash(quorum));
  });

  it.each([
    ['nothing', undefined],
    ['a list', []],
    ['no difficulty', { ...document, difficulty: undefined }],
    ['no alloc', { ...document, alloc: undefined }],
    ['a number that JSON made inexact', { ...document, gasLimit: 1e20 }],
    [
      'a balance above 256 bits',
      { ...document, alloc: { ['aa'.repeat(20)]: { balance: `0x1${'0'.repeat(64)}` } } },
    ],
    ['an account of 19 bytes', { ...document, alloc: { ['aa'.repeat(19)]: { balance: '1' } } }],
    ['an account twice', { ...document, alloc: { ['aa'.repeat(20)]: {}, [`0x${'AA'.repeat(20)}`]: {} } }],
    ['odd code', { ...document, alloc: { ['aa'.repeat(20)]: { code: '0x6' } } }],
    ['words for a number', { ...document, timestamp: 'soon' }],
    ['a negative number', { ...document, timestamp: -1 }],
    ['another first number', { ...document, number: '0x5' }],
    ['a long mixHash', { ...document, mixHash: `0x${'00'.repeat(33)}` }],
  ])('refuses %s', (_name, doc) => {
    expect(codeOf(() => genesisHash(doc))).toBe('INPUT_INVALID');
  });
});
