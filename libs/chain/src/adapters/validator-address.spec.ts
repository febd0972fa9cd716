import { describe, expect, it } from '@jest/globals';
import { computeAddress, SigningKey } from 'ethers';

import { CodedError } from '#libs/kernel';
import type { RpcCall, RpcOutcome } from '../rpc/rpc-call.js';
import type { RpcClient } from '../rpc/rpc-client.js';
import { validatorAddressOf } from './validator-address.js';

const ACCOUNT = `0x${'a1'.repeat(20)}`;
const key = new SigningKey(`0x${'11'.repeat(32)}`);
const NODE_ADDRESS = computeAddress(key.publicKey).toLowerCase();
const enode = `enode://${key.publicKey.slice(4)}@10.0.0.1:30303`;

/** A DOUBLE of a client that knows some methods. */
const clientOf = (answers: Readonly<Record<string, unknown>>): RpcClient =>
  ({
    batch: (calls: readonly RpcCall[]): Promise<readonly RpcOutcome[]> =>
      Promise.resolve(
        calls.map(({ method }) =>
          method in answers
            ? { ok: true, value: answers[method] }
            : { ok: false, error: new CodedError('NODE_METHOD_MISSING', method) },
        ),
      ),
  }) as unknown as RpcClient;

const GETH = 'Geth/v1.13.15-stable/linux-amd64/go1.21.6';
const QUORUM = 'Geth/v1.10.3-stable(quorum-v24.4.0)/linux-amd64/go1.19';
const BESU = 'besu/v25.2.0/linux-x86_64/openjdk-java-21';

describe('the address a node validates with', () => {
  it.each([
    [
      'GoQuorum says it itself',
      QUORUM,
      'qbft',
      { istanbul_nodeAddress: ACCOUNT.toUpperCase().replace('0X', '0x') },
      ACCOUNT,
    ],
    ['GoQuorum QBFT signs with its node key', QUORUM, 'qbft', {}, NODE_ADDRESS],
    ['GoQuorum IBFT signs with its node key', QUORUM, 'ibft', {}, NODE_ADDRESS],
    ['GoQuorum Clique signs with an account', QUORUM, 'clique', { eth_coinbase: ACCOUNT }, ACCOUNT],
    ['GoQuorum Raft does not sign', QUORUM, 'raft', { eth_coinbase: ACCOUNT }, undefined],
    ['Besu QBFT signs with its node key', BESU, 'qbft', {}, NODE_ADDRESS],
    ['Besu Clique signs with its node key', BESU, 'clique', { eth_coinbase: ACCOUNT }, NODE_ADDRESS],
    [
      'geth Clique signs with an account, never with its node key',
      GETH,
      'clique',
      { eth_coinbase: ACCOUNT },
      ACCOUNT,
    ],
    ['geth without an account does not tell', GETH, 'clique', {}, undefined],
    ['an empty account is none', GETH, 'clique', { eth_coinbase: `0x${'0'.repeat(40)}` }, undefined],
  ])('%s', async (...[, version, consensus, answers, expected]) => {
    const client = clientOf({ web3_clientVersion: version, admin_nodeInfo: { enode }, ...answers });
    expect(await validatorAddressOf(client, consensus)).toBe(expected);
  });

  it('is unknown where the node offers none of the methods', async () => {
    expect(await validatorAddressOf(clientOf({}), 'qbft')).toBeUndefined();
    expect(await validatorAddressOf(clientOf({ web3_clientVersion: BESU }), 'qbft')).toBeUndefined();
  });
});
