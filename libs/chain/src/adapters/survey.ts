import type { CodedError } from '#libs/kernel';

import type { AskOptions, HeaderFinding, NodeIdentity, Survey } from '../chain-node.js';
import type { RpcCall, RpcClient, RpcOutcome } from '../rpc/rpc-client.js';
import { AnswerReader, toQuantity } from './answers.js';

const ABSENT = /not found|missing|unknown block|pruned|not available|out of range/i;

const CHAIN_ID: RpcCall = { method: 'eth_chainId', params: [] };
const NODE_INFO: RpcCall = { method: 'admin_nodeInfo', params: [] };
const CLIENT_VERSION: RpcCall = { method: 'web3_clientVersion', params: [] };

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
      chainId: this.read.quantity(valueOf(chainId), 'chain id'),
      genesisHash: this.read.header(valueOf(genesis), 0n).hash,
      clientVersion: this.read.text(valueOf(version), 'client version'),
      nodeId: this.nodeId(info),
    };
  }

  async survey(numbers: readonly bigint[], options: AskOptions = {}): Promise<Survey> {
    const fixed = [CHAIN_ID, headerCall(0n), headerCall('latest')];
    const calls = [...fixed, ...numbers.map(headerCall), ...this.nodeInfoCall()];
    const outcomes = await this.client.batch(calls, options);
    const [chainId, genesis, latest] = outcomes;
    const head = this.read.header(valueOf(latest));
    const timestamp = this.read.object(valueOf(latest), 'a block')['timestamp'];
    return {
      head: head.number,
      headHash: head.hash,
      headTimestamp: this.read.quantity(timestamp, 'timestamp'),
      chainId: this.read.quantity(valueOf(chainId), 'chain id'),
      genesisHash: this.read.header(valueOf(genesis), 0n).hash,
      nodeId: this.nodeId(outcomes[fixed.length + numbers.length]),
      headers: numbers.map((number, index) =>
        this.finding(number, head.number, outcomes[fixed.length + index]),
      ),
    };
  }

  private nodeInfoCall(): readonly RpcCall[] {
    return this.hasNodeInfo ? [NODE_INFO] : [];
  }

  private finding(number: bigint, head: bigint, outcome: RpcOutcome | undefined): HeaderFinding {
    const isAbsent = outcome?.ok === true ? outcome.value === null : isAbsence(outcome?.error);
    if (isAbsent) return { kind: number > head ? 'above-head' : 'missing' };
    return { kind: 'header', header: this.read.header(valueOf(outcome), number) };
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

/** `id` where the client gives one, else the key in the enode URL (never the address behind it). */
const nodeIdOf = (info: unknown): string | undefined => {
  if (typeof info !== 'object' || info === null) return undefined;
  const { id, enode } = info as { id?: unknown; enode?: unknown };
  if (typeof id === 'string' && id !== '') return id.toLowerCase();
  const key = typeof enode === 'string' ? /^enode:\/\/([0-9a-f]+)@/i.exec(enode)?.[1] : undefined;
  return key?.toLowerCase();
};

const isAbsence = (error: CodedError | undefined): boolean =>
  error?.code === 'NODE_RPC_ERROR' && ABSENT.test(error.message);

/** The value of an outcome; throws its error. */
export const valueOf = (outcome: RpcOutcome | undefined): unknown => {
  if (outcome?.ok === false) throw outcome.error;
  return outcome?.value;
};
