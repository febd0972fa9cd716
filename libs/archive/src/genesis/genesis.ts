import { bytesToHex, type Hex } from '#libs/kernel';
import { EMPTY_LIST_HASH, EMPTY_TRIE_ROOT } from '../block.js';
import { EMPTY_BYTES, hexToBytes, scalarBytes } from '../bytes.js';
import { readHeader } from '../header.js';
import { RlpReader } from '../rlp/reader.js';
import { encodeRlp } from '../rlp/writer.js';
import { hashHeader } from '../seal/hash-rule.js';
import { stateRoot } from './state-root.js';
import { bytesAt, fixedBytesAt, numberAt, objectAt, refuse, type JsonObject } from './values.js';

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

/** How many of the steps London, Shanghai, Cancun, Prague, Amsterdam block 0 has behind it. */
const forkLevel = (config: JsonObject, timestamp: bigint): number => {
  // GoQuorum branched off before London and ignores the settings of later forks.
  if (config['isQuorum'] === true || numberAt(config['londonBlock'], 'config.londonBlock', 256) !== 0n)
    return 0;
  const isActive = (name: string): boolean => {
    const from = numberAt(config[name], `config.${name}`, 64);
    return from !== undefined && from <= timestamp;
  };
  return 2 + TIMED_FORKS.findLastIndex((names) => names.some(isActive));
};

const LONDON = 1;
const SHANGHAI = 2;
const CANCUN = 3;
const PRAGUE = 4;
const AMSTERDAM = 5;

const tailFields = (doc: JsonObject, level: number): Uint8Array[] => {
  const scalar = (name: string, fallback: bigint): Uint8Array =>
    scalarBytes(numberAt(doc[name], name, 256) ?? fallback);
  return [
    ...(level >= LONDON ? [scalar('baseFeePerGas', INITIAL_BASE_FEE)] : []),
    ...(level >= SHANGHAI ? [EMPTY_TRIE_ROOT] : []),
    ...(level >= CANCUN
      ? [
          scalar('blobGasUsed', 0n),
          scalar('excessBlobGas', 0n),
          fixedBytesAt(doc['parentBeaconBlockRoot'], 'parentBeaconBlockRoot', 32),
        ]
      : []),
    ...(level >= PRAGUE ? [EMPTY_REQUESTS_HASH] : []),
    ...(level >= AMSTERDAM ? [EMPTY_LIST_HASH, scalar('slotNumber', 0n)] : []),
  ];
};

/** Every client refuses a document without these. */
const required = (doc: JsonObject, name: string): unknown => {
  const value = doc[name];
  if (value === undefined || value === null) throw refuse(name, 'is missing');
  return value;
};

const headerFields = (doc: JsonObject, root: Uint8Array): Uint8Array[] => {
  const mixHash = fixedBytesAt(doc['mixHash'] ?? doc['mixhash'], 'mixHash', 32);
  const nonce = numberAt(doc['nonce'], 'nonce', 64) ?? 0n;
  const gasLimit = numberAt(doc['gasLimit'], 'gasLimit', 64) ?? 0n;
  const scalar = (name: string): Uint8Array => scalarBytes(numberAt(doc[name], name, 64) ?? 0n);
  return [
    fixedBytesAt(doc['parentHash'], 'parentHash', 32),
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
    bytesAt(doc['extraData'], 'extraData'),
    mixHash,
    hexToBytes(nonce.toString(16).padStart(16, '0')),
  ];
};

/**
 * Reads a genesis document (the JSON that geth, GoQuorum and Besu start from) and makes block 0 of it: the state of
 * `alloc`, the header with the fields of the forks that `config` puts at the start, and its hash.
 * Throws INPUT_INVALID naming the field.
 */
export const parseGenesis = (doc: unknown): Genesis => {
  if (doc === undefined || doc === null) throw refuse('root', 'is missing');
  const genesis = objectAt(doc, 'root');
  if ((numberAt(genesis['number'], 'number', 64) ?? 0n) !== 0n) throw refuse('number', 'is not 0');
  const config = objectAt(genesis['config'], 'config');
  const timestamp = numberAt(genesis['timestamp'], 'timestamp', 64) ?? 0n;
  const root = stateRoot(required(genesis, 'alloc'));
  const level = forkLevel(config, timestamp);
  const header = [...headerFields(genesis, root), ...tailFields(genesis, level)];
  const block = encodeRlp([header, [], [], ...(level >= SHANGHAI ? [[]] : [])]);
  return {
    chainId: numberAt(config['chainId'], 'config.chainId', 256),
    genesisHash: bytesToHex(hashHeader(readHeader(new RlpReader(encodeRlp(header)))).hash),
    stateRoot: bytesToHex(root),
    timestamp,
    extraData: bytesAt(genesis['extraData'], 'extraData'),
    config,
    block,
  };
};
