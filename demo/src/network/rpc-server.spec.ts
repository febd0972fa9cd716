import { request } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { keccak256, Transaction } from 'ethers';
import { call, hashAt, hex, post, readSealed, rpc, type Json, type RpcReply } from './testing.js';
import { startDemoNetwork, type DemoNetwork } from './demo-network.js';

const SEED = 12;
const item = (id: number, method: string, ...params: unknown[]): Json => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
});

describe('JSON-RPC of a demo node', () => {
  let home = '';
  let network: DemoNetwork;
  let url = '';
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'chainkeep-demo-rpc-'));
    network = await startDemoNetwork({ home, periodMs: 3_600_000, seedBlocks: SEED, log: () => undefined });
    url = network.nodes[4]?.url ?? '';
  });
  afterAll(async () => {
    await network.stop();
    await rm(home, { recursive: true, force: true });
  });

  /** Status and body of a request with headers that fetch does not let one set. */
  const send = (method: string, headers: Record<string, string>, body = ''): Promise<number> =>
    new Promise((resolve, reject) => {
      request(url, { method, headers, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on('error', reject)
        .end(body);
    });

  it('answers what a node is asked about itself', async () => {
    expect(await rpc(url, 'eth_chainId')).toBe(hex(network.chainId));
    expect(await rpc(url, 'net_version')).toBe(String(network.chainId));
    expect(await rpc(url, 'eth_blockNumber')).toBe(hex(SEED));
    expect(await rpc(url, 'eth_syncing')).toBe(false);
    expect(await rpc(url, 'net_peerCount')).toBe('0x4');
    expect(await rpc(url, 'web3_clientVersion')).toMatch(/^chainkeep-demo\//);
    const ids = network.nodes.map(async (node) => (await rpc<{ id: string }>(node.url, 'admin_nodeInfo')).id);
    const distinct = new Set(await Promise.all(ids));
    expect(distinct.size).toBe(5);
    for (const id of distinct) expect(id).toMatch(/^[0-9a-f]{64}$/);
  });

  it('gives blocks by number, tag and hash, as bytes and as JSON of the same hash', async () => {
    const raw = await rpc<string>(url, 'debug_getRawBlock', hex(4));
    const { hash, parentHash } = readSealed(raw);
    expect(keccak256(await rpc<string>(url, 'debug_getRawHeader', hex(4)))).toBe(hash);
    const block = await rpc<Json>(url, 'eth_getBlockByNumber', hex(4), true);
    expect(block).toMatchObject({
      hash,
      parentHash,
      number: hex(4),
      size: hex(raw.length / 2 - 1),
      uncles: [],
    });
    expect(await rpc(url, 'eth_getBlockByHash', hash, true)).toEqual(block);
    const hashes = (block['transactions'] as Json[]).map((tx) => tx['hash']);
    const short = await rpc<Json>(url, 'eth_getBlockByNumber', hex(4), false);
    expect(short['transactions']).toEqual(hashes);
    expect(await rpc<Json>(url, 'eth_getBlockByNumber', 'latest', false)).toMatchObject({
      number: hex(SEED),
    });
    expect(await hashAt(url, 0)).toBe(
      (await rpc<Json>(url, 'eth_getBlockByNumber', 'earliest', false))['hash'],
    );
    expect(await rpc(url, 'eth_getUncleCountByBlockNumber', hex(4))).toBe('0x0');
  });

  it('holds a legacy, an EIP-1559 and an access-list transaction in every second block', async () => {
    const { transactions } = await rpc<{ transactions: Json[] }>(url, 'eth_getBlockByNumber', hex(6), true);
    expect(transactions.map((tx) => tx['type'])).toEqual(['0x0', '0x2', '0x1']);
    for (const json of transactions) {
      const { type, nonce, gas, gasPrice, maxFeePerGas, maxPriorityFeePerGas, to, value, input, accessList } =
        json;
      const price = type === '0x2' ? { maxFeePerGas, maxPriorityFeePerGas } : { gasPrice };
      const { v, r, s, chainId } = json;
      const tx = Transaction.from({
        ...{
          type: Number(type),
          nonce: Number(nonce),
          gasLimit: gas,
          to,
          value,
          data: input,
          chainId,
          ...price,
        },
        ...(type === '0x0' ? {} : { accessList }),
        signature: { v, r, s },
      } as Parameters<typeof Transaction.from>[0]);
      expect(tx.hash).toBe(json['hash']);
      expect(tx.from?.toLowerCase()).toBe(json['from']);
    }
    expect(await rpc<Json>(url, 'eth_getBlockByNumber', hex(7), true)).toMatchObject({ transactions: [] });
  });

  it('answers null or an error for what is not there, and codes for what is wrong', async () => {
    expect(await rpc(url, 'eth_getBlockByNumber', hex(SEED + 1), false)).toBeNull();
    expect(await rpc(url, 'eth_getBlockByHash', `0x${'11'.repeat(32)}`, false)).toBeNull();
    const cases = [
      ['debug_getRawBlock', [hex(SEED + 1)], -32000],
      ['clique_getSigners', [hex(SEED + 1)], -32000],
      ['debug_getBlockRlp', [1], -32601],
      ['eth_getBlockByNumber', [], -32602],
      ['eth_getBlockByNumber', [12, false], -32602],
      ['eth_getBlockByNumber', ['0x0c', false], -32602],
      ['eth_getBlockByHash', ['0x12', false], -32602],
    ] as const;
    for (const [method, params, code] of cases) {
      const { error } = await call(url, method, ...params);
      expect([method, error?.code]).toEqual([method, code]);
    }
    expect(await (await post(url, '{"jsonrpc"')).json()).toMatchObject({ error: { code: -32700 } });
    expect(await (await post(url, { id: 3 })).json()).toMatchObject({ id: 3, error: { code: -32600 } });
  });

  it('answers batches in order up to 1000 calls, and a larger one with one error', async () => {
    const batch = Array.from({ length: 1000 }, (_, id) => item(id, 'debug_getRawBlock', hex(id % SEED)));
    const answers = (await (await post(url, batch)).json()) as RpcReply[];
    expect(answers.map(({ id }) => id)).toEqual(batch.map(({ id }) => id));
    expect(answers.every(({ result }) => typeof result === 'string')).toBe(true);
    const response = await post(url, [...batch, item(1000, 'eth_chainId')]);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual([
      { jsonrpc: '2.0', id: 0, error: { code: -32600, message: 'batch too large' } },
    ]);
    expect(await (await post(url, [])).json()).toMatchObject({ error: { code: -32600 } });
    const mixed = await post(url, [
      item(1, 'nope'),
      5,
      { jsonrpc: '2.0', method: 'eth_chainId' },
      item(2, 'eth_syncing'),
    ]);
    expect(await mixed.json()).toEqual([
      {
        jsonrpc: '2.0',
        id: 1,
        error: { code: -32601, message: 'the method nope does not exist/is not available' },
      },
      { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'invalid request' } },
      { jsonrpc: '2.0', id: 2, result: false },
    ]);
  });

  it('turns away pages of other origins, foreign host names and what is no JSON', async () => {
    const type = { 'content-type': 'application/json' };
    const body = JSON.stringify(item(1, 'eth_chainId'));
    expect(await send('POST', type, body)).toBe(200);
    expect(await send('POST', { ...type, origin: 'http://localhost:3000' }, body)).toBe(200);
    expect(await send('POST', { ...type, origin: 'https://example.org' }, body)).toBe(403);
    expect(await send('POST', { ...type, origin: 'null' }, body)).toBe(403);
    expect(await send('POST', { ...type, host: 'rebound.example.org' }, body)).toBe(403);
    expect(await send('POST', { 'content-type': 'text/plain' }, body)).toBe(415);
    expect(await send('PUT', type, body)).toBe(405);
    expect(await send('POST', type, ' '.repeat(6 * 1024 * 1024)).catch(() => 413)).toBe(413);
    expect(await rpc(url, 'eth_syncing')).toBe(false);
  });
});
