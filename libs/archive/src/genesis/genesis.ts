import { bytesToHex, type Hex } from '#libs/kernel';
import { EMPTY_LIST_HASH, EMPTY_TRIE_ROOT } from '../block.js';
import { EMPTY_BYTES, hexToBytes, scalarBytes } from '../bytes.js';
import { readHeader } from '../header.js';
import { RlpReader } from '../rlp/reader.js';
import { encodeRlp } from '../rlp/writer.js';
import { hashHeader } from '../seal/hash-rule.js';
import { stateRoot } from './state-root.js';
import {
  bytesAt,
  fixedBytesAt,
  lowerCaseKeys,
  numberAt,
  objectAt,
  refuse,
  type JsonObject,
} from './values.js';

/** What a genesis document says of its chain. */
export type Genesis = Readonly<{
  chainId: bigint | undefined;
  genesisHash: Hex;
  stateRoot: Hex;
  timestamp: bigint;
  extraData: Uint8Array;
  /** `config` unchanged: the forks and the consensus. */
  config: JsonObject;
  /** The RLP of block 0. */
  block: Uint8Array;
}>;

const DEFAULT_GAS_LIMIT = 4_712_388n;
const INITIAL_BASE_FEE = 1_000_000_000n;
const BLOOM_BYTES = 256;
/** sha256 of nothing: the hash of no execution requests. */
const EMPTY_REQUESTS_HASH = hexToBytes('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');

/** Forks by time, the newest last; a later one implies the ones before it. */
const TIMED_FORKS = [
  ['shanghaiTime'],
  ['cancunTime'],
  ['pragueTime', 'osakaTime', 'bpo1Time', 'bpo2Time'],
  ['amsterdamTime'],
] as const;

/** Where London is reached, and from there on. */
const LONDON = 1;
const SHANGHAI = 2;
const CANCUN = 3;
const PRAGUE = 4;
const AMSTERDAM = 5;

/** How many of the steps London, Shanghai, Cancun, Prague, Amsterdam block 0 has behind it. */
const forkLevel = (config: JsonObject, timestamp: bigint): number => {
  // GoQuorum branched off before London and ignores the settings of later forks.
  if (config['isquorum'] === true || numberAt(config['londonblock'], 'config.londonBlock', 256) !== 0n)
    return 0;
  const isActive = (name: string): boolean => {
    const from = numberAt(config[name.toLowerCase()], `config.${name}`, 64);
    return from !== undefined && from <= timestamp;
  };
  return 2 + TIMED_FORKS.findLastIndex((names) => names.some(isActive));
};

const tailFields = (doc: JsonObject, level: number): Uint8Array[] => {
  const scalar = (name: string, fallback: bigint): Uint8Array =>
    scalarBytes(numberAt(doc[name.toLowerCase()], name, 256) ?? fallback);
  return [
    ...(level >= LONDON ? [scalar('baseFeePerGas', INITIAL_BASE_FEE)] : []),
    ...(level >= SHANGHAI ? [EMPTY_TRIE_ROOT] : []),
    ...(level >= CANCUN
      ? [
          scalar('blobGasUsed', 0n),
          scalar('excessBlobGas', 0n),
          fixedBytesAt(doc['parentbeaconblockroot'], 'parentBeaconBlockRoot', 32),
        ]
      : []),
    ...(level >= PRAGUE ? [EMPTY_REQUESTS_HASH] : []),
    ...(level >= AMSTERDAM ? [EMPTY_LIST_HASH, scalar('slotNumber', 0n)] : []),
  ];
};

/**
 * The level of block 0 as its forks explain it. geth and Besu write a base fee that the document states also where
 * London comes later or never; GoQuorum knows none.
 */
const explainedLevel = (doc: JsonObject, config: JsonObject, timestamp: bigint): number => {
  const level = forkLevel(config, timestamp);
  const hasBaseFee = numberAt(doc['basefeepergas'], 'baseFeePerGas', 256) !== undefined;
  return Math.max(level, hasBaseFee && config['isquorum'] !== true ? LONDON : 0);
};

const LEVELS = [0, LONDON, SHANGHAI, CANCUN, PRAGUE, AMSTERDAM] as const;

/** Every client refuses a document without these. */
const required = (doc: JsonObject, name: string): unknown => {
  const value = doc[name.toLowerCase()];
  if (value === undefined || value === null) throw refuse(name, 'is missing');
  return value;
};

const headerFields = (doc: JsonObject, root: Uint8Array): Uint8Array[] => {
  const mixHash = fixedBytesAt(doc['mixhash'], 'mixHash', 32);
  const nonce = numberAt(doc['nonce'], 'nonce', 64) ?? 0n;
  const gasLimit = numberAt(doc['gaslimit'], 'gasLimit', 64) ?? 0n;
  const scalar = (name: string): Uint8Array => scalarBytes(numberAt(doc[name.toLowerCase()], name, 64) ?? 0n);
  return [
    fixedBytesAt(doc['parenthash'], 'parentHash', 32),
    EMPTY_LIST_HASH,
    fixedBytesAt(doc['coinbase'], 'coinbase', 20),
    root,
    EMPTY_TRIE_ROOT,
    EMPTY_TRIE_ROOT,
    new Uint8Array(BLOOM_BYTES),
    scalarBytes(numberAt(required(doc, 'difficulty'), 'difficulty', 256) ?? 0n),
    EMPTY_BYTES,
    scalarBytes(gasLimit === 0n ? DEFAULT_GAS_LIMIT : gasLimit),
    scalar('gasUsed'),
    scalar('timestamp'),
    bytesAt(doc['extradata'], 'extraData'),
    mixHash,
    hexToBytes(nonce.toString(16).padStart(16, '0')),
  ];
};

const blockOf = (
  fields: readonly Uint8Array[],
  doc: JsonObject,
  level: number,
): Readonly<{ block: Uint8Array; genesisHash: Hex }> => {
  const header = [...fields, ...tailFields(doc, level)];
  const block = encodeRlp([header, [], [], ...(level >= SHANGHAI ? [[]] : [])]);
  return {
    block,
    genesisHash: bytesToHex(hashHeader(readHeader(new RlpReader(encodeRlp(header)))).hash),
  };
};

/**
 * Reads a genesis document (the JSON that geth, GoQuorum and Besu start from) and makes block 0 of it: the state of
 * `alloc`, the header with the fields of the forks that `config` puts at the start, and its hash. Keys are read in any
 * letter case. `expected` is the hash of block 0 where it is known: then the fields that give it are taken, whatever
 * the forks say. Throws INPUT_INVALID naming the field.
 */
export const parseGenesis = (source: unknown, expected?: Hex): Genesis => {
  if (source === undefined || source === null) throw refuse('root', 'is missing');
  const document = objectAt(source, 'root');
  const doc = lowerCaseKeys(document);
  if ((numberAt(doc['number'], 'number', 64) ?? 0n) !== 0n) throw refuse('number', 'is not 0');
  const config = objectAt(doc['config'], 'config');
  const timestamp = numberAt(doc['timestamp'], 'timestamp', 64) ?? 0n;
  const root = stateRoot(required(doc, 'alloc'));
  const fields = headerFields(doc, root);
  const usual = blockOf(fields, doc, explainedLevel(doc, config, timestamp));
  const isOther = expected !== undefined && usual.genesisHash !== expected;
  const found = isOther
    ? LEVELS.map((level) => blockOf(fields, doc, level)).find(({ genesisHash }) => genesisHash === expected)
    : undefined;
  return {
    chainId: numberAt(config['chainid'], 'config.chainId', 256),
    stateRoot: bytesToHex(root),
    timestamp,
    extraData: bytesAt(doc['extradata'], 'extraData'),
    config: objectAt(document['config'] ?? doc['config'], 'config'),
    ...(found ?? usual),
  };
};
