import { keccak256 } from '#libs/archive';
import { bytesToHex, type Hex } from '#libs/kernel';

import type { AskOptions } from '../chain-node.js';
import type { RpcOutcome } from '../rpc/rpc-call.js';
import type { RpcClient } from '../rpc/rpc-client.js';
import { clientKind } from './client-profile.js';

const METHODS = ['web3_clientVersion', 'istanbul_nodeAddress', 'admin_nodeInfo', 'eth_coinbase'] as const;
const ADDRESS = /^0x[0-9a-f]{40}$/;

/**
 * The address a node validates with, by its own word: `istanbul_nodeAddress`, else its node key on Besu and on BFT
 * chains of GoQuorum, else the account of a Clique signer. `undefined` where the node does not tell.
 */
export const validatorAddressOf = async (
  client: RpcClient,
  consensus: string,
  options: AskOptions = {},
): Promise<Hex | undefined> => {
  const calls = METHODS.map((method) => ({ method, params: [] }));
  const [version, istanbul, info, coinbase] = await client.batch(calls, options);
  const stated = addressIn(istanbul);
  if (stated !== undefined) return stated;
  const kind = clientKind(textIn(version));
  const signsWithNodeKey =
    kind === 'besu' || (kind === 'quorum' && (consensus === 'ibft' || consensus === 'qbft'));
  if (signsWithNodeKey) return addressInEnode(valueIn(info));
  return consensus === 'clique' ? addressIn(coinbase) : undefined;
};

const valueIn = (outcome: RpcOutcome | undefined): unknown =>
  outcome?.ok === true ? outcome.value : undefined;

const textIn = (outcome: RpcOutcome | undefined): string => {
  const value = valueIn(outcome);
  return typeof value === 'string' ? value : '';
};

const addressIn = (outcome: RpcOutcome | undefined): Hex | undefined => {
  const address = textIn(outcome).toLowerCase();
  return ADDRESS.test(address) && !/^0x0*$/.test(address) ? (address as Hex) : undefined;
};

const addressInEnode = (info: unknown): Hex | undefined => {
  const enode = typeof info === 'object' && info !== null ? (info as { enode?: unknown }).enode : undefined;
  const key = typeof enode === 'string' ? /^enode:\/\/([0-9a-f]{128})@/i.exec(enode)?.[1] : undefined;
  return key === undefined ? undefined : bytesToHex(keccak256(Buffer.from(key, 'hex')).subarray(12));
};
