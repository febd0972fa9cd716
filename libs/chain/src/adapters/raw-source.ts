import type { Clock } from '#libs/kernel';

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

/** How long the words of a front end are believed, in ms. */
const FOR_A_WHILE_MS = 10 * 60_000;

type Known = Readonly<{ method: RawMethod; untilMs: number }>;

/** Fetches raw blocks by the best method a node offers, which is found by asking for block 0. */
export class RawSource {
  private readonly client: RpcClient;
  private readonly provider: ChainProvider;
  private readonly clock: Pick<Clock, 'monotonicMs'>;
  private readonly frozen: FrozenBlocks;
  private known: Known | undefined;

  constructor(client: RpcClient, provider: ChainProvider, clock: Pick<Clock, 'monotonicMs'>) {
    this.client = client;
    this.provider = provider;
    this.clock = clock;
    this.frozen = new FrozenBlocks(client);
  }

  /** The method in use; asks the node the first time. */
  async method(options: AskOptions = {}): Promise<RawMethod> {
    if (this.known !== undefined && this.clock.monotonicMs() < this.known.untilMs) return this.known.method;
    const [raw, rlp] = await this.client.batchHex(
      [rawCall('debug_getRawBlock', 0n), rawCall('debug_getBlockRlp', 0n)],
      options,
    );
    if (isOffered(raw)) {
      await this.frozen.look(options);
      return this.remember('debug_getRawBlock');
    }
    if (isOffered(rlp)) return this.remember('debug_getBlockRlp');
    // Besu has no other method.
    const tried = this.provider === 'besu' ? [raw] : [raw, rlp];
    return tried.some(isAnswered) ? 're-encode' : this.reEncode(tried);
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
      this.reEncode(outcomes);
      return reEncodeBlocks(this.client, numbers, options);
    }
    return outcomes.map((outcome, index) => fetchedBlock(numbers[index] ?? 0n, outcome));
  }

  private remember(method: RawMethod, forMs = Infinity): RawMethod {
    this.known = { method, untilMs: this.clock.monotonicMs() + forMs };
    return method;
  }

  /** A node that says "no such method" means it; any other failure may pass, and must not slow it down for good. */
  private reEncode(outcomes: readonly (RpcOutcome<Uint8Array> | undefined)[]): RawMethod {
    const isLasting = outcomes.every((outcome) => isAnswered(outcome) || isSaidMissing(outcome));
    return this.remember('re-encode', isLasting ? Infinity : FOR_A_WHILE_MS);
  }
}

const isOffered = (outcome: RpcOutcome<Uint8Array> | undefined): boolean =>
  outcome?.ok === true && outcome.value.length > 0;

const isAnswered = (outcome: RpcOutcome<Uint8Array> | undefined): boolean => outcome?.ok === true;

const isMissing = (outcome: RpcOutcome<Uint8Array> | undefined): boolean =>
  outcome?.ok === false && outcome.error.code === 'NODE_METHOD_MISSING';

const isSaidMissing = (outcome: RpcOutcome<Uint8Array> | undefined): boolean =>
  isMissing(outcome) && outcome?.ok === false && outcome.error.context['rpcCode'] !== undefined;
