import type { Common } from '@ethereumjs/common';
import { bytesToHex, isHash } from '#libs/kernel';
import { SIGNERS } from './accounts.js';
import { blockJson, quantity, rawHeader, transactionCount, type StoredBlock } from './block-json.js';
import { CHAIN_ID, type DemoGenesis } from './genesis.js';
import type { NodeView } from './node-view.js';

/** What a method sees of the network. */
export type RpcSite = Readonly<{
  node: NodeView;
  common: Common;
  genesis: DemoGenesis;
  /** Nodes on the same side that can be reached, this one left out. */
  peerCount: () => number;
  port: () => number;
}>;

export type RpcFault = Readonly<{ code: number; message: string }>;
export type RpcAnswer = Readonly<{ result: unknown } | { error: RpcFault }>;
type Params = readonly unknown[];
type Method = (site: RpcSite, params: Params) => RpcAnswer | Promise<RpcAnswer>;

export const INVALID_REQUEST = -32600;
export const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;
const SERVER_ERROR = -32000;
const CLIENT_VERSION = `chainkeep-demo/v1.0.0/${process.platform}-${process.arch}/node${process.versions.node}`;
const QUANTITY = /^0x(0|[1-9a-f][0-9a-f]{0,12})$/i;

const ok = (result: unknown): RpcAnswer => ({ result });
const fault = (code: number, message: string): RpcAnswer => ({ error: { code, message } });

/** The block number that a tag means at this node; it may lie above the head. */
const numberFromTag = (node: NodeView, tag: unknown): number | RpcFault => {
  if (tag === 'latest' || tag === 'pending') return node.head;
  if (tag === 'earliest') return 0;
  if (tag === 'safe' || tag === 'finalized') return { code: SERVER_ERROR, message: `${tag} block not found` };
  if (tag === undefined || tag === null) {
    return { code: INVALID_PARAMS, message: 'missing value for required argument 0' };
  }
  if (typeof tag !== 'string' || !QUANTITY.test(tag)) {
    return { code: INVALID_PARAMS, message: 'invalid argument 0: not a block number or tag' };
  }
  return Number(tag);
};

const stored = async (node: NodeView, number: number): Promise<StoredBlock | undefined> => {
  const { view, head } = node;
  const hash = view.hash(number);
  if (number > head || hash === undefined) return undefined;
  const totalDifficulty = view.totalDifficulty(number);
  const raw = await view.raw(number);
  return raw === undefined ? undefined : { raw, hash, number, totalDifficulty };
};

const byTag =
  (
    answer: (block: StoredBlock, site: RpcSite, params: Params) => RpcAnswer,
    absent: (n: number) => RpcAnswer,
  ): Method =>
  async (site, params) => {
    const number = numberFromTag(site.node, params[0]);
    if (typeof number !== 'number') return { error: number };
    const block = await stored(site.node, number);
    return block === undefined ? absent(number) : answer(block, site, params);
  };

const byHash =
  (answer: (block: StoredBlock, site: RpcSite, params: Params) => RpcAnswer): Method =>
  async (site, params) => {
    const [hash] = params;
    const text = typeof hash === 'string' ? hash.toLowerCase() : hash;
    if (!isHash(text)) return fault(INVALID_PARAMS, 'invalid argument 0: not a 32-byte hash');
    const number = site.node.numberOf(text);
    const block = number === undefined ? undefined : await stored(site.node, number);
    return block === undefined ? ok(null) : answer(block, site, params);
  };

const toNull = (): RpcAnswer => ok(null);
const notFound = (number: number): RpcAnswer => fault(SERVER_ERROR, `block #${number} not found`);
const unknownBlock = (): RpcAnswer => fault(SERVER_ERROR, 'unknown block');
const wholeBlock = (block: StoredBlock, { common }: RpcSite, params: Params): RpcAnswer =>
  ok(blockJson(block, params[1] === true, common));
const noUncles = (): RpcAnswer => ok('0x0');
const signers = (): RpcAnswer => ok(SIGNERS.map(({ address }) => address.toString()));

const nodeInfo: Method = ({ node, genesis, port }) => {
  const { view, head } = node;
  const eth = {
    network: CHAIN_ID,
    difficulty: view.totalDifficulty(head),
    genesis: view.hash(0),
    config: genesis.config,
    head: view.hash(head),
  };
  return ok({
    id: node.enodeId,
    name: CLIENT_VERSION,
    // devp2p is not spoken: the address tells nodes apart and cannot be dialled.
    enode: `enode://${node.publicKey}@127.0.0.1:0?discport=0`,
    ip: '127.0.0.1',
    ports: { discovery: 0, listener: 0 },
    listenAddr: `127.0.0.1:${port()}`,
    protocols: { eth },
  });
};

const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['eth_chainId', () => ok(quantity(CHAIN_ID))],
  ['net_version', () => ok(String(CHAIN_ID))],
  ['net_listening', () => ok(true)],
  ['net_peerCount', ({ peerCount }) => ok(quantity(peerCount()))],
  ['web3_clientVersion', () => ok(CLIENT_VERSION)],
  [
    'rpc_modules',
    () => ok({ admin: '1.0', clique: '1.0', debug: '1.0', eth: '1.0', net: '1.0', web3: '1.0' }),
  ],
  ['eth_syncing', () => ok(false)],
  ['eth_blockNumber', ({ node }) => ok(quantity(node.head))],
  ['eth_getBlockByNumber', byTag(wholeBlock, toNull)],
  ['eth_getBlockByHash', byHash(wholeBlock)],
  ['eth_getBlockTransactionCountByNumber', byTag(({ raw }) => ok(quantity(transactionCount(raw))), toNull)],
  ['eth_getUncleCountByBlockNumber', byTag(noUncles, toNull)],
  ['eth_getUncleCountByBlockHash', byHash(noUncles)],
  ['eth_getUncleByBlockNumberAndIndex', byTag(toNull, toNull)],
  ['debug_getRawBlock', byTag(({ raw }) => ok(bytesToHex(raw)), notFound)],
  ['debug_getRawHeader', byTag(({ raw }) => ok(bytesToHex(rawHeader(raw))), notFound)],
  // No votes are cast on this chain: the signers of the genesis stay.
  ['clique_getSigners', (site, params) => byTag(signers, unknownBlock)(site, [params[0] ?? 'latest'])],
  ['admin_nodeInfo', nodeInfo],
]);

/** Answers one call. Rejects only when the chain file cannot be read. */
export const callMethod = async (site: RpcSite, name: string, params: Params): Promise<RpcAnswer> => {
  const method = METHODS.get(name);
  if (method !== undefined) return method(site, params);
  return fault(METHOD_NOT_FOUND, `the method ${name} does not exist/is not available`);
};
