import type { AskOptions, Header, HeaderFinding, NodeIdentity, Survey } from '../chain-node.js';
import type { RpcClient } from '../rpc/rpc-client.js';
import type { RpcCall, RpcOutcome } from '../rpc/rpc-call.js';
import { isAbsence } from './absence.js';
import { AnswerReader, toQuantity } from './answers.js';

const CHAIN_ID: RpcCall = { method: 'eth_chainId', params: [] };
/** Answered where the chain ID isn't: before the block of EIP-155 `eth_chainId` is an error. */
const NETWORK_ID: RpcCall = { method: 'net_version', params: [] };
const NODE_INFO: RpcCall = { method: 'admin_nodeInfo', params: [] };
const SYNCING: RpcCall = { method: 'eth_syncing', params: [] };
const CLIENT_VERSION: RpcCall = { method: 'web3_clientVersion', params: [] };
/** Far more than any client says; manifests hold it. */
const VERSION_CHARS_MAX = 200;

export const headerCall = (at: bigint | 'latest'): RpcCall => ({
  method: 'eth_getBlockByNumber',
  params: [at === 'latest' ? at : toQuantity(at), false],
});

/** Asks a node who it is and what it has; remembers that it offers no admin API. */
export class Surveyor {
  private readonly client: RpcClient;
  private readonly read: AnswerReader;
  private hasNodeInfo = true;

  constructor(client: RpcClient) {
    this.client = client;
    this.read = new AnswerReader(client.label);
  }

  async identity(options: AskOptions = {}): Promise<NodeIdentity> {
    const calls = [CHAIN_ID, headerCall(0n), CLIENT_VERSION, ...this.nodeInfoCall()];
    const [chainId, genesis, version, info] = await this.client.batch(calls, options);
    return {
      chainId: await this.chainId(chainId, options),
      genesisHash: this.read.header(valueOf(genesis), 0n).hash,
      // Only `client-export` needs it, and goes by the registered provider where there is none.
      clientVersion: this.clientVersion(version),
      nodeId: this.nodeId(info),
    };
  }

  async survey(numbers: readonly bigint[], options: AskOptions = {}): Promise<Survey> {
    const fixed = [CHAIN_ID, headerCall(0n), headerCall('latest')];
    const calls = [...fixed, ...numbers.map(headerCall), ...this.nodeInfoCall()];
    const outcomes = await this.client.batch(calls, options);
    const [chainId, genesis, latest] = outcomes;
    const head = this.read.header(valueOf(latest));
    const timestamp = this.read.object(valueOf(latest), 'block')['timestamp'];
    return {
      head: head.number,
      headHash: head.hash,
      headTimestamp: this.read.quantity(timestamp, 'timestamp'),
      chainId: await this.chainId(chainId, options),
      genesisHash: this.read.header(valueOf(genesis), 0n).hash,
      nodeId: this.nodeId(outcomes[fixed.length + numbers.length]),
      headers: await this.findings(numbers, { head, outcomes: outcomes.slice(fixed.length) }, options),
    };
  }

  /** What is missing is asked for a second time: behind one URL there may be several nodes. */
  private async findings(
    numbers: readonly bigint[],
    { head, outcomes }: Readonly<{ head: Header; outcomes: readonly RpcOutcome[] }>,
    options: AskOptions,
  ): Promise<readonly HeaderFinding[]> {
    const found = numbers.map((number, index) => this.finding(number, head.number, outcomes[index]));
    const missing = numbers.filter((_number, index) => found[index]?.kind === 'missing');
    if (missing.length === 0) return found;
    const second = await this.client.batch(missing.map(headerCall), options);
    return found.map((finding, index) => {
      const place = missing.indexOf(numbers[index] ?? -1n);
      return place < 0 ? finding : this.finding(missing[place] ?? 0n, head.number, second[place]);
    });
  }

  /** The highest block a node that is catching up has heard of; `undefined` when it isn't, or does not say. */
  async syncTarget(options: AskOptions = {}): Promise<bigint | undefined> {
    const [outcome] = await this.client.batch([SYNCING], options);
    if (outcome?.ok !== true || typeof outcome.value !== 'object' || outcome.value === null) return undefined;
    const highest: unknown = Reflect.get(outcome.value, 'highestBlock');
    return this.read.quantity(highest, 'highest block');
  }

  private nodeInfoCall(): readonly RpcCall[] {
    return this.hasNodeInfo ? [NODE_INFO] : [];
  }

  private finding(number: bigint, head: bigint, outcome: RpcOutcome | undefined): HeaderFinding {
    const isAnswered = outcome?.ok === true && outcome.value !== null;
    // Above its own head, whatever error a node has for it.
    if (!isAnswered && number > head) return { kind: 'above-head' };
    if (outcome?.ok === true ? outcome.value === null : isAbsence(outcome?.error)) return { kind: 'missing' };
    return { kind: 'header', header: this.read.header(valueOf(outcome), number) };
  }

  /** The chain ID; where the node has none, the network ID, as clients do that were not told another. */
  private async chainId(outcome: RpcOutcome | undefined, options: AskOptions): Promise<bigint> {
    if (outcome?.ok === true && outcome.value !== null) return this.read.quantity(outcome.value, 'chain id');
    const [network] = await this.client.batch([NETWORK_ID], options);
    if (network?.ok === true && /^\d{1,78}$/.test(String(network.value)))
      return BigInt(String(network.value));
    return this.read.quantity(valueOf(outcome), 'chain id');
  }

  private clientVersion(outcome: RpcOutcome | undefined): string | undefined {
    if (outcome?.ok !== true) return undefined;
    return this.read.text(outcome.value, 'client version').slice(0, VERSION_CHARS_MAX);
  }

  private nodeId(outcome: RpcOutcome | undefined): string | undefined {
    if (outcome === undefined) return undefined;
    if (!outcome.ok) {
      if (outcome.error.code === 'NODE_METHOD_MISSING') this.hasNodeInfo = false;
      return undefined;
    }
    return nodeIdOf(outcome.value);
  }
}

/**
 * `id` where the client gives one, else the key in the enode URL (never the address behind it); in one form, whatever
 * form a node or a gateway writes it in.
 */
const nodeIdOf = (info: unknown): string | undefined => {
  if (typeof info !== 'object' || info === null) return undefined;
  const { id, enode } = info as { id?: unknown; enode?: unknown };
  if (typeof id === 'string' && id !== '') return id.trim().toLowerCase().replace(/^0x/, '');
  const key = typeof enode === 'string' ? /^enode:\/\/([0-9a-f]+)@/i.exec(enode)?.[1] : undefined;
  return key?.toLowerCase();
};

/** The value of an outcome; throws its error. */
export const valueOf = (outcome: RpcOutcome | undefined): unknown => {
  if (outcome?.ok === false) throw outcome.error;
  return outcome?.value;
};
