import type { BlockRange, Clock, Hex } from '#libs/kernel';

import {
  ChainNode,
  type AskOptions,
  type ChainProvider,
  type NodeIdentity,
  type NodeSpec,
  type ProbeExpectation,
  type NodeCheck,
  type RawBlock,
  type RawBlockOptions,
  type Survey,
} from '../chain-node.js';
import { describeEndpoint, normaliseEndpoint } from '../endpoint.js';
import { createTransport } from '../rpc/create-transport.js';
import { RpcClient } from '../rpc/rpc-client.js';
import { probeNode } from './probe.js';
import { RawBlockStreamer } from './raw-blocks.js';
import { RawSource } from './raw-source.js';
import { Surveyor } from './survey.js';
import { validatorAddressOf } from './validator-address.js';
import { ValidatorSource } from './validators.js';

/** Batches in flight at once; more only queue inside the node. */
const LANES_MAX = 4;
/** Connections kept free of block batches, so that a survey never waits behind them. */
const SURVEY_LANES = 2;
/** A request must stay below 5 MB everywhere and an answer below geth's 25 MB; Besu takes 1024 items, geth 1000. */
const BATCH_ITEMS_MAX = 1000;

export type ChainNodeDeps = Readonly<{ clock: Clock }>;

/** A node over JSON-RPC: HTTP(S), WebSocket or IPC socket. */
export class RpcChainNode extends ChainNode {
  override readonly id: string;
  private readonly client: RpcClient;
  private readonly surveyor: Surveyor;
  private readonly source: RawSource;
  private readonly streamer: RawBlockStreamer;
  private readonly validators: ValidatorSource;
  private readonly provider: ChainProvider;

  constructor(spec: NodeSpec, client: RpcClient, { clock }: ChainNodeDeps) {
    super();
    this.id = spec.id;
    this.client = client;
    this.surveyor = new Surveyor(client);
    this.source = new RawSource(client, spec.provider, clock);
    this.validators = new ValidatorSource(client);
    this.provider = spec.provider;
    this.streamer = new RawBlockStreamer({ client, source: this.source, clock, lanesMax: LANES_MAX });
  }

  override identity(options?: AskOptions): Promise<NodeIdentity> {
    return this.surveyor.identity(options);
  }

  override survey(numbers: readonly bigint[], options?: AskOptions): Promise<Survey> {
    return this.surveyor.survey(numbers, options);
  }

  override rawBlocks(range: BlockRange, options?: RawBlockOptions): AsyncIterable<RawBlock> {
    return this.streamer.stream(range, options);
  }

  override async exportChain(file: string, range: BlockRange, options?: AskOptions): Promise<void> {
    const params = [file, Number(range.start), Number(range.end)];
    await this.client.call('admin_exportChain', params, { ...options, isRepeatable: false });
  }

  override probe(expected: ProbeExpectation): Promise<readonly NodeCheck[]> {
    const parts = { surveyor: this.surveyor, source: this.source, validators: this.validators };
    return probeNode({ ...parts, declared: this.provider }, expected);
  }

  override validatorsAt(number: bigint, options?: AskOptions): Promise<readonly Hex[] | undefined> {
    return this.validators.at(number, options);
  }

  override validatorAddress(consensus: string, options?: AskOptions): Promise<Hex | undefined> {
    return validatorAddressOf(this.client, consensus, options);
  }

  override close(): Promise<void> {
    return this.client.close();
  }
}

/** Opens a node; nothing is connected before the first question. Throws `NODE_URL_INVALID` or `URL_REFUSED`. */
export const createChainNode = (spec: NodeSpec, deps: ChainNodeDeps): ChainNode => {
  const endpoint = normaliseEndpoint(spec.endpoint);
  const label = { id: spec.id, url: describeEndpoint(endpoint) };
  const transport = createTransport(endpoint, label, LANES_MAX + SURVEY_LANES);
  const client = new RpcClient(transport, label, {
    batchItemsMax: BATCH_ITEMS_MAX,
    clock: deps.clock,
    ...(spec.blockBytesMax === undefined ? {} : { blockBytesMax: spec.blockBytesMax }),
  });
  return new RpcChainNode(spec, client, deps);
};
