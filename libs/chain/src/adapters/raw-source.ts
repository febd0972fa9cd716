import type { AskOptions, ChainProvider } from '../chain-node.js';
import type { CallOptions, RpcClient } from '../rpc/rpc-client.js';
import type { RpcCall, RpcOutcome } from '../rpc/rpc-call.js';
import { toQuantity } from './answers.js';
import { fetchedBlock, type FetchedBlocks } from './fetched-block.js';
import { FrozenBlocks } from './frozen-blocks.js';
import { reEncodeBlocks } from './re-encode-source.js';

export type RawMethod = 'debug_getRawBlock' | 'debug_getBlockRlp' | 're-encode';

/** GoQuorum's method takes a JSON integer and answers hex without 0x. */
const rawCall = (method: Exclude<RawMethod, 're-encode'>, number: bigint): RpcCall => ({
  method,
  params: [method === 'debug_getBlockRlp' ? Number(number) : toQuantity(number)],
});

/** Fetches raw blocks by the best method a node offers, which is found by asking for block 0. */
export class RawSource {
  private readonly client: RpcClient;
  private readonly provider: ChainProvider;
  private readonly frozen: FrozenBlocks;
  private knownMethod: RawMethod | undefined;

  constructor(client: RpcClient, provider: ChainProvider) {
    this.client = client;
    this.provider = provider;
    this.frozen = new FrozenBlocks(client);
  }

  /** The method in use; asks the node the first time. */
  async method(options: AskOptions = {}): Promise<RawMethod> {
    if (this.knownMethod !== undefined) return this.knownMethod;
    const [raw, rlp] = await this.client.batchHex(
      [rawCall('debug_getRawBlock', 0n), rawCall('debug_getBlockRlp', 0n)],
      options,
    );
    if (isOffered(raw)) {
      await this.frozen.look(options);
      return (this.knownMethod = 'debug_getRawBlock');
    }
    if (isOffered(rlp)) return (this.knownMethod = 'debug_getBlockRlp');
    // Only a plain "no such method" is remembered; a passing failure must not slow the node down for good.
    if (isMissing(raw) && (this.provider === 'besu' || isMissing(rlp))) this.knownMethod = 're-encode';
    return 're-encode';
  }

  /** The blocks at `numbers`, in that order; one that did not come has no bytes. Throws what concerns the node as a whole. */
  async fetch(numbers: readonly bigint[], options: CallOptions): Promise<FetchedBlocks> {
    const method = await this.method(options);
    if (method === 're-encode') return reEncodeBlocks(this.client, numbers, options);
    const frozen = await this.frozen.fetch(numbers, options);
    if (frozen !== undefined) return frozen;
    const calls = numbers.map((number) => rawCall(method, number));
    const outcomes = await this.client.batchHex(calls, options);
    if (outcomes.some(isMissing)) {
      // It was offered before: the node was started with other APIs, or the token changed.
      this.knownMethod = 're-encode';
      return reEncodeBlocks(this.client, numbers, options);
    }
    return outcomes.map((outcome, index) => fetchedBlock(numbers[index] ?? 0n, outcome));
  }
}

const isOffered = (outcome: RpcOutcome<Uint8Array> | undefined): boolean =>
  outcome?.ok === true && outcome.value.length > 0;

const isMissing = (outcome: RpcOutcome<Uint8Array> | undefined): boolean =>
  outcome?.ok === false && outcome.error.code === 'NODE_METHOD_MISSING';
