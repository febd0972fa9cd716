import { SimulatedRpc, RpcFailure, type SimulatedFaults } from './simulated-rpc.js';
import { startSimulatedServer, type SimulatedNode } from './simulated-node.js';
import type { SimulatedChain } from './simulated-chain.js';

/**
 * How a SIMULATED client behaves, from the sources of the real ones: `geth-1.16` answers "0x" for a body it lacks,
 * `besu-1.4` leaves out mixHash. None of them is the client: they prove how Chainkeep takes its habits.
 */
export type ClientStyle = 'geth-1.13' | 'geth-1.16' | 'quorum' | 'besu' | 'besu-1.4';

export type SimulatedClientOptions = Readonly<{
  style: ClientStyle;
  chain: SimulatedChain;
  /** API groups that are on beside the common ones, as the client spells them in lower case. */
  groups: readonly string[];
  validators?: readonly string[];
  faults?: SimulatedFaults;
}>;

const VERSIONS: Readonly<Record<ClientStyle, string>> = {
  'geth-1.13': 'Geth/v1.13.15-stable-c5ba367e/linux-amd64/go1.21.6',
  'geth-1.16': 'Geth/v1.16.9-stable/linux-amd64/go1.24.11',
  quorum: 'Geth/node1/v1.10.3-stable-9a3f7ea5(quorum-v24.4.1)/linux-amd64/go1.20.7',
  besu: 'besu/v24.9.1/linux-x86_64/openjdk-java-21',
  'besu-1.4': 'besu/v1.4.6/linux-x86_64/openjdk-java-11',
};
const BESU_BATCH_MAX = 1024;
const GETH_BATCH_MAX = 1000;
const REQUEST_BYTES_MAX = 5 * 1024 * 1024;

/** Which group offers a method, by the client; a method that is in none does not exist there. */
const CONSENSUS_METHODS: Readonly<Record<'geth' | 'quorum' | 'besu', readonly string[]>> = {
  geth: ['clique_getSigners'],
  quorum: ['clique_getSigners', 'istanbul_getValidators', 'raft_cluster', 'raft_leader'],
  besu: ['clique_getSigners', 'qbft_getValidatorsByBlockNumber', 'ibft_getValidatorsByBlockNumber'],
};
/** Methods of geth and its forks alone. */
const OF_GETH_ALONE = /^(admin_exportChain|debug_getBlockRlp|debug_dbAncient)/;
/** Besu knows these in any case, so that they are "not enabled" without their group; anything else is "not found". */
const BESU_METHODS = new Set([
  ...CONSENSUS_METHODS.besu,
  'admin_nodeInfo',
  'debug_getRawBlock',
  'net_version',
]);

const familyOf = (style: ClientStyle): 'geth' | 'quorum' | 'besu' =>
  style === 'quorum' ? 'quorum' : style.startsWith('besu') ? 'besu' : 'geth';

export class SimulatedClient extends SimulatedRpc {
  private readonly family: 'geth' | 'quorum' | 'besu';
  private readonly style: ClientStyle;
  private readonly groups: ReadonlySet<string>;

  constructor({ style, chain, groups, validators, faults = {} }: SimulatedClientOptions) {
    super(chain, { chainId: 1337n, nodeId: `simulated-${style}`, clientVersion: VERSIONS[style] });
    this.style = style;
    this.family = familyOf(style);
    this.groups = new Set(groups);
    this.validators = validators;
    if (this.family === 'besu') this.hostRefusal = '{"message":"Host not authorized."}';
    this.faults = {
      isQuorum: this.family === 'quorum',
      ...(this.family === 'geth' ? { batchItemsMax: GETH_BATCH_MAX } : {}),
      ...(this.family === 'besu' ? {} : { requestBytesMax: REQUEST_BYTES_MAX }),
      ...faults,
    };
  }

  /** Besu answers a batch that is too long with one error that belongs to no item. */
  override answer(text: string): string {
    const request = JSON.parse(text) as unknown;
    const max = this.faults.batchItemsMax ?? BESU_BATCH_MAX;
    if (this.family !== 'besu' || !Array.isArray(request) || request.length <= max) return super.answer(text);
    this.counts.requests++;
    const message = 'Number of requests in batch exceeds the maximum batch size';
    return JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32005, message } });
  }

  protected override result(method: string, params: unknown[]): unknown {
    this.admit(method);
    if (CONSENSUS_METHODS[this.family].includes(method)) return this.consensus(method, params);
    return this.inOwnForm(method, () => super.result(method, params));
  }

  /** Throws what the client answers to a method that is not for this caller. */
  private admit(method: string): void {
    const [group = ''] = method.split('_');
    const { unauthorized } = this.faults;
    if (unauthorized === 'all' || unauthorized?.includes(group)) throw new RpcFailure(-40100, 'Unauthorized');
    const isCommon = ['eth', 'net', 'web3'].includes(group);
    const isForeign = this.family === 'besu' && OF_GETH_ALONE.test(method);
    if (isForeign || (!isCommon && !this.groups.has(group))) throw this.missing(method);
  }

  private inOwnForm(method: string, ask: () => unknown): unknown {
    if (method === 'eth_getBlockByNumber' && this.style === 'besu-1.4') {
      const { mixHash: _left, ...block } = ask() as Record<string, unknown>;
      return block;
    }
    try {
      return ask();
    } catch (error) {
      if (!(error instanceof RpcFailure) || error.code !== -32603) throw error;
      if (this.style === 'geth-1.16') return '0x';
      if (this.family === 'besu') throw new RpcFailure(-32000, 'Block not found');
      throw error;
    }
  }

  private consensus(method: string, params: unknown[]): unknown {
    if (method === 'raft_leader') return `enode://${'ab'.repeat(64)}@127.0.0.1:21000`;
    if (method === 'raft_cluster') return [{ raftId: 1, role: 'minter', nodeId: 'ab'.repeat(64) }];
    if (typeof params[0] !== 'string') throw new RpcFailure(-32602, 'invalid argument 0');
    return this.validators ?? [];
  }

  private missing(method: string): RpcFailure {
    if (this.family === 'besu') {
      return BESU_METHODS.has(method)
        ? new RpcFailure(-32604, 'Method not enabled')
        : new RpcFailure(-32601, 'Method not found');
    }
    return new RpcFailure(-32601, `the method ${method} does not exist/is not available`);
  }
}

/** A SIMULATED client on 127.0.0.1; the caller closes it. */
export const startSimulatedClient = (
  options: SimulatedClientOptions,
): Promise<SimulatedNode & Readonly<{ rpc: SimulatedClient }>> =>
  startSimulatedServer(new SimulatedClient(options));
