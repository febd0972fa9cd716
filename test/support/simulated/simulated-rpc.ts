import { existsSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { RLP } from '@ethereumjs/rlp';

import { blockToJson, uncleToJson } from './block-json.js';
import type { SimulatedChain } from './simulated-chain.js';

/** What a SIMULATED node does wrong. Every field may be set and cleared by a test while it runs. */
export type SimulatedFaults = {
  /** Never answers. */
  silent?: boolean;
  /** Breaks every connection. */
  refuses?: boolean;
  /** Breaks every connection once it has served this number of raw blocks. */
  refusesAfterRawBlocks?: number;
  /** Answers this HTTP status to everything. */
  httpStatus?: number;
  /** Answers bytes that are not JSON. */
  garbage?: boolean;
  /** Leaves out the last answer of every batch. */
  truncatedBatch?: boolean;
  /** Answers batches in reverse order. */
  reversedBatch?: boolean;
  /** Waits this long before every answer, in ms; a function is asked each time. */
  latencyMs?: number | (() => number);
  /** Slow: ms per requested raw block. */
  msPerBlock?: number;
  /** Fails as geth does above this number of items (an array of one error -32600). */
  batchItemsMax?: number;
  /** Fails as geth does: items beyond this number of bytes of answers get -32003. */
  responseBytesMax?: number;
  /** `debug_*` and `admin_*` are not offered. */
  noDebug?: boolean;
  noAdmin?: boolean;
  /** Only `debug_getBlockRlp` with an integer, as GoQuorum. */
  isQuorum?: boolean;
  /** Blocks below this number lie in a freezer, as geth's do; without it there is no such method. */
  frozenBelow?: number;
  /** What the freezer gives of this block: nothing, or a body that is cut short. */
  frozenFault?: Readonly<{ at: number; is: 'gone' | 'cut' }>;
  /** Answers HTTP 413 to a request above this number of bytes. */
  requestBytesMax?: number;
  /** The token is not good for these API groups, or for any (Besu's -40100). */
  unauthorized?: 'all' | readonly string[];
  /** Answers HTTP 403 to requests under another host name than these. */
  hosts?: readonly string[];
  /** Closes connections above this number at once. Fixed when the server starts. */
  connectionsMax?: number;
  /** Says that it is catching up to this block. */
  syncingTo?: bigint;
  /** Bodies below this block (block 0 apart) are gone. */
  prunedBelow?: bigint;
  /** Headers below this block (block 0 apart) are gone too. */
  headersMissingBelow?: bigint;
  /** The block has another hash, in its header answers and in its bytes. */
  wrongHashAt?: bigint;
  /** The bytes hold a body that does not fit the header. */
  wrongBodyAt?: bigint;
  /** The raw block is not RLP. */
  garbageBlockAt?: bigint;
  /** Every answer comes from another node behind one URL. */
  loadBalanced?: boolean;
};

export type SimulatedIdentity = { chainId: bigint; nodeId: string; clientVersion: string };

export type SimulatedCounts = {
  /** HTTP requests or messages. */
  requests: number;
  /** Requests that were batches. */
  batches: number;
  /** Items, over all requests. */
  calls: number;
  /** Blocks requested by `eth_getBlockByNumber`. */
  lookups: number;
  rawBlocks: number;
  byMethod: Record<string, number>;
};

type Request = { id: unknown; method: string; params: unknown[] };
type Answer = Record<string, unknown>;

export class RpcFailure extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

const missing = (method: string): RpcFailure =>
  new RpcFailure(-32601, `the method ${method} does not exist/is not available`);
const flipLast = (hash: string): string => hash.slice(0, -1) + (hash.endsWith('0') ? '1' : '0');

/** SIMULATED JSON-RPC of a node over a chain in memory; carried by HTTP, or by whatever a test puts around it. */
export class SimulatedRpc {
  chain: SimulatedChain;
  identity: SimulatedIdentity;
  faults: SimulatedFaults = {};
  validators: readonly string[] | undefined;
  /** What it states for a height instead; `undefined` there is the answer of Besu with BONSAI storage for old blocks. */
  validatorsAt: ((block: bigint) => readonly string[] | undefined) | undefined;
  /** Where `admin_exportChain` writes: the node's name of a folder, and the folder. */
  exports: Readonly<{ nodePath: string; path: string }> | undefined;
  /** The body of the 403 for a host name that is not allowed; as geth's. */
  hostRefusal = 'invalid host specified\n';
  readonly counts: SimulatedCounts = {
    requests: 0,
    batches: 0,
    calls: 0,
    lookups: 0,
    rawBlocks: 0,
    byMethod: {},
  };

  constructor(chain: SimulatedChain, identity: SimulatedIdentity) {
    this.chain = chain;
    this.identity = identity;
  }

  /** The answer to the text of a request or a batch. */
  answer(text: string): string {
    const request = JSON.parse(text) as Request | Request[];
    this.counts.requests++;
    if (!Array.isArray(request)) return JSON.stringify(this.answerOne(request));
    this.counts.batches++;
    const { batchItemsMax, truncatedBatch, reversedBatch, responseBytesMax } = this.faults;
    if (batchItemsMax !== undefined && request.length > batchItemsMax) {
      return JSON.stringify([
        { jsonrpc: '2.0', id: request[0]?.id, error: { code: -32600, message: 'batch too large' } },
      ]);
    }
    let size = 0;
    const answers = request.map((item) => {
      const answer = JSON.stringify(
        responseBytesMax !== undefined && size > responseBytesMax
          ? { jsonrpc: '2.0', id: item.id, error: { code: -32003, message: 'response too large' } }
          : this.answerOne(item),
      );
      size += answer.length;
      return answer;
    });
    if (truncatedBatch) answers.pop();
    if (reversedBatch) answers.reverse();
    return `[${answers.join(',')}]`;
  }

  private answerOne({ id, method, params }: Request): Answer {
    this.counts.calls++;
    this.counts.byMethod[method] = (this.counts.byMethod[method] ?? 0) + 1;
    try {
      return { jsonrpc: '2.0', id, result: this.result(method, params) };
    } catch (error) {
      const code = error instanceof RpcFailure ? error.code : -32603;
      return { jsonrpc: '2.0', id, error: { code, message: (error as Error).message } };
    }
  }

  /** What one call is answered with; a client's own habits are put around it by `SimulatedClient`. */
  protected result(method: string, params: unknown[]): unknown {
    switch (method) {
      case 'eth_chainId':
        return `0x${this.identity.chainId.toString(16)}`;
      case 'net_version':
        return this.identity.chainId.toString();
      case 'eth_blockNumber':
        return `0x${this.chain.head.toString(16)}`;
      case 'eth_syncing':
        if (this.faults.syncingTo === undefined) return false;
        return { currentBlock: '0x0', highestBlock: `0x${this.faults.syncingTo.toString(16)}` };
      case 'web3_clientVersion':
        return this.identity.clientVersion;
      case 'admin_nodeInfo':
        return this.nodeInfo();
      case 'eth_getBlockByNumber':
        return this.block(params[0] as string, params[1] === true);
      case 'eth_getUncleByBlockNumberAndIndex':
        return uncleToJson(this.chain.raw(BigInt(params[0] as string))!, Number(params[1]));
      case 'debug_getRawBlock':
        return this.rawHex(method, params[0], false);
      case 'debug_getBlockRlp':
        return this.rawHex(method, params[0], true);
      case 'debug_dbAncients':
        if (this.faults.frozenBelow === undefined) throw missing(method);
        return this.faults.frozenBelow;
      case 'debug_dbAncient':
        return this.ancient(params[0] as string, params[1] as number);
      case 'admin_exportChain':
        return this.export(params[0] as string, Number(params[1]), Number(params[2]));
      case 'clique_getSigners':
        if (this.validatorsAt) return this.stated(BigInt(params[0] as string));
        if (this.validators) return this.validators;
        throw missing(method);
      default:
        throw missing(method);
    }
  }

  private stated(block: bigint): readonly string[] {
    const validators = this.validatorsAt?.(block);
    if (validators === undefined) throw new RpcFailure(-32603, 'Internal error');
    return validators;
  }

  private nodeInfo(): unknown {
    if (this.faults.noAdmin) throw missing('admin_nodeInfo');
    const suffix = this.faults.loadBalanced ? `-${this.counts.requests}` : '';
    return { id: `${this.identity.nodeId}${suffix}`, name: this.identity.clientVersion };
  }

  /** As geth: an existing file is refused, the end is inclusive. */
  private export(file: string, first: number, last: number): boolean {
    if (!this.exports || this.faults.noAdmin) throw missing('admin_exportChain');
    const path = join(this.exports.path, relative(this.exports.nodePath, file));
    if (existsSync(path)) throw new RpcFailure(-32000, 'location would overwrite an existing file');
    const raws = Array.from({ length: last - first + 1 }, (_, index) =>
      this.chain.raw(BigInt(first + index))!,
    );
    writeFileSync(path, Buffer.concat(raws));
    return true;
  }

  private isGone(number: bigint, below: bigint | undefined): boolean {
    return number > this.chain.head || (below !== undefined && number > 0n && number < below);
  }

  private block(tag: string, full: boolean): unknown {
    this.counts.lookups++;
    const number = tag === 'latest' ? this.chain.head : BigInt(tag);
    const gone = full ? this.faults.prunedBelow : this.faults.headersMissingBelow;
    if (this.isGone(number, gone)) return null;
    const header = this.chain.header(number);
    const raw = this.chain.raw(number);
    const hash = number === this.faults.wrongHashAt ? flipLast(header.hash) : header.hash;
    if (raw) return blockToJson(raw, hash, full);
    return {
      number: `0x${number.toString(16)}`,
      hash,
      parentHash: header.parentHash,
      timestamp: `0x${header.timestamp.toString(16)}`,
    };
  }

  private rawHex(method: string, param: unknown, isQuorumMethod: boolean): string {
    if (this.faults.noDebug || isQuorumMethod !== (this.faults.isQuorum ?? false)) throw missing(method);
    if (isQuorumMethod && typeof param !== 'number') throw new RpcFailure(-32602, 'invalid argument 0');
    this.counts.rawBlocks++;
    const number = BigInt(param as string | number);
    const raw = this.isGone(number, this.faults.prunedBelow) ? undefined : this.chain.raw(number);
    if (!raw) throw new RpcFailure(-32603, 'method handler crashed');
    return `${isQuorumMethod ? '' : '0x'}${Buffer.from(this.tampered(number, raw)).toString('hex')}`;
  }

  /** As geth: the header, or the list of what follows it in the block. */
  private ancient(table: string, number: number): string {
    const { frozenBelow = 0, frozenFault } = this.faults;
    const fault = frozenFault?.at === number ? frozenFault.is : undefined;
    const raw = this.chain.raw(BigInt(number));
    if (number >= frozenBelow || fault === 'gone' || !raw) throw new RpcFailure(-32000, 'out of bounds');
    const [header, ...rest] = RLP.decode(this.tampered(BigInt(number), raw)) as Uint8Array[][];
    const part = RLP.encode(table === 'headers' ? header! : rest);
    return `0x${Buffer.from(fault === 'cut' ? part.subarray(0, -1) : part).toString('hex')}`;
  }

  private tampered(number: bigint, raw: Uint8Array): Uint8Array {
    const { wrongHashAt, wrongBodyAt, garbageBlockAt } = this.faults;
    if (number === garbageBlockAt) return Buffer.from('not a block');
    if (number !== wrongHashAt && number !== wrongBodyAt) return raw;
    const [header, transactions, ...rest] = RLP.decode(raw) as Uint8Array[][];
    if (number === wrongHashAt) {
      header![0] = Buffer.alloc(32, 0xee);
      return RLP.encode([header!, transactions!, ...rest]);
    }
    const body = transactions!.length > 0 ? [] : [Array.from({ length: 9 }, (_, i) => Buffer.from([i + 1]))];
    return RLP.encode([header!, body, ...rest]);
  }
}
