import type { BlockRange, Hex } from '#libs/kernel';

import type { NodeEndpoint } from './endpoint.js';

/** The client a node runs: a hint for what to try first, never trusted. */
export type ChainProvider = 'geth' | 'quorum' | 'besu';

/** How a node is opened. `id` is its name in errors. */
export type NodeSpec = Readonly<{
  id: string;
  endpoint: NodeEndpoint;
  provider: ChainProvider;
  /** Bytes of one block at most, 64 MiB by default. */
  blockBytesMax?: number | undefined;
}>;

export type AskOptions = Readonly<{ timeoutMs?: number; signal?: AbortSignal | undefined }>;

/** Who a node says it is. `nodeId` is undefined where the admin API is not offered, `clientVersion` where web3 isn't. */
export type NodeIdentity = Readonly<{
  chainId: bigint;
  genesisHash: Hex;
  nodeId: string | undefined;
  clientVersion: string | undefined;
}>;

export type Header = Readonly<{ number: bigint; hash: Hex; parentHash: Hex }>;

/** What a node has at one height: the header, nothing yet (above its head), or nothing any more (pruned). */
export type HeaderFinding =
  | Readonly<{ kind: 'header'; header: Header }>
  | Readonly<{ kind: 'above-head' }>
  | Readonly<{ kind: 'missing' }>;

/** One round of questions to one node, answered in one batch. */
export type Survey = Readonly<{
  head: bigint;
  headHash: Hex;
  /** As the client states it: seconds, on Quorum Raft nanoseconds. */
  headTimestamp: bigint;
  chainId: bigint;
  genesisHash: Hex;
  nodeId: string | undefined;
  /** One finding per number asked, in that order. */
  headers: readonly HeaderFinding[];
}>;

export type RawBlock = Readonly<{ number: bigint; bytes: Uint8Array }>;

export type RawBlockOptions = Readonly<{
  signal?: AbortSignal | undefined;
  /** Bound on one batch, in ms. */
  timeoutMs?: number;
  /** Share of the time that may be spent asking, in (0, 1]; 1 by default. */
  share?: number;
  /** Bound on the block bytes requested and not yet consumed, in bytes. */
  inFlightBytesMax?: number;
}>;

/** One finding of `plan` about a node, with what to do when it is not ok. */
export type NodeCheck = Readonly<{
  check:
    'reachable' | 'chain-id' | 'genesis' | 'raw-blocks' | 'oldest-block' | 'clock' | 'client' | 'validators';
  status: 'ok' | 'warn' | 'fail';
  /** One sentence: what was found. */
  detail: string;
  /** One sentence: what to do; empty when ok. */
  cure: string;
}>;

export type ProbeExpectation = Readonly<{
  nowMs: number;
  chainId?: bigint | undefined;
  genesisHash?: Hex | undefined;
  signal?: AbortSignal | undefined;
}>;

/**
 * Port: one node of the chain, as agreement and gathering see it. Every failure is a `CodedError` of the
 * `NODE_` family that names the node by its id; secrets of the endpoint appear nowhere. Nothing is retried here.
 */
export abstract class ChainNode {
  abstract readonly id: string;

  /** One batch. */
  abstract identity(options?: AskOptions): Promise<NodeIdentity>;
  /** One batch: head, chain, node and the headers at `numbers` (at most a few hundred). */
  abstract survey(numbers: readonly bigint[], options?: AskOptions): Promise<Survey>;
  /**
   * The blocks of an inclusive range in order, each exactly as the client stores it; not verified. Memory is bounded
   * by `inFlightBytesMax`. Throws `NODE_HISTORY_PRUNED` with `oldestBlock` in its context when bodies are missing.
   */
  abstract rawBlocks(range: BlockRange, options?: RawBlockOptions): AsyncIterable<RawBlock>;
  /**
   * Has the node write an inclusive range to a file on its own disk (`admin_exportChain`); the file must not exist.
   * Throws `NODE_METHOD_MISSING` where there is no such method, `NODE_RPC_ERROR` with what the node says.
   */
  abstract exportChain(file: string, range: BlockRange, options?: AskOptions): Promise<void>;
  /** All that `plan` shows of a node; a failing node gives findings, not an error. */
  abstract probe(expected: ProbeExpectation): Promise<readonly NodeCheck[]>;
  /** The validators in force at a height, lower case; `undefined` when the node offers no method for it. */
  abstract validatorsAt(number: bigint, options?: AskOptions): Promise<readonly Hex[] | undefined>;
  /**
   * The address this node validates with on a chain of this consensus, lower case, by its own word; `undefined` when it
   * does not tell. One batch.
   */
  abstract validatorAddress(consensus: string, options?: AskOptions): Promise<Hex | undefined>;
  /** Breaks every connection. Safe to repeat. */
  abstract close(): Promise<void>;
}

/** Port: opens nodes and keeps one per id and endpoint. */
export abstract class ChainNodes {
  /** Throws `NODE_URL_INVALID` or `URL_REFUSED`; nothing is connected yet. */
  abstract open(spec: NodeSpec): ChainNode;
  abstract closeAll(): Promise<void>;
}
