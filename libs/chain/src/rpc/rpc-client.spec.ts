import { afterEach, describe, expect, it } from '@jest/globals';

import {
  createSimulatedRpc,
  syntheticChain,
  type SimulatedFaults,
} from '../../../../test/support/simulated/simulated-node.js';
import { nodeError } from './node-identity.js';
import { rejection } from '../testing.js';
import { RpcClient } from './rpc-client.js';
import { RpcTransport, type SendOptions } from './rpc-transport.js';

const label = { id: 'monitor', url: 'http://node' };
const rpc = createSimulatedRpc({ chain: syntheticChain({ blocks: 300 }) });

class DirectTransport extends RpcTransport {
  readonly sizes: number[] = [];
  isSilent = false;

  /** Fails with NODE_ANSWER_TOO_LARGE above this number of bytes, as a transport does. */
  override send(body: string | Uint8Array, options: SendOptions): Promise<Uint8Array> {
    const text = body.toString();
    const items = text.startsWith('[') ? (JSON.parse(text) as unknown[]).length : 1;
    this.sizes.push(items);
    if (this.isSilent) return Promise.reject(nodeError('NODE_TIMEOUT', label, 'is silent'));
    const answer = Buffer.from(rpc.answer(text));
    if (answer.length > options.responseBytesMax)
      return Promise.reject(nodeError('NODE_ANSWER_TOO_LARGE', label, 'sends too much'));
    return new Promise((resolve) => {
      options.into?.push(answer);
      resolve(options.into?.rest ?? answer);
    });
  }
  override close(): Promise<void> {
    return Promise.resolve();
  }
}

const setUp = (
  faults: SimulatedFaults = {},
  responseBytesMax = 1 << 20,
  blockBytesMax = 1 << 20,
): [RpcClient, DirectTransport] => {
  rpc.faults = faults;
  const transport = new DirectTransport();
  return [
    new RpcClient(transport, label, { responseBytesMax, blockBytesMax, batchItemsMax: 100 }),
    transport,
  ];
};
const rawCalls = (count: number): { method: string; params: unknown[] }[] =>
  Array.from({ length: count }, (_, n) => ({
    method: 'debug_getRawBlock',
    params: [`0x${(n + 1).toString(16)}`],
  }));

afterEach(() => {
  rpc.faults = {};
});

describe('RpcClient', () => {
  it('takes the answers of a batch in any order', async () => {
    const [client] = setUp({ reversedBatch: true });
    const outcomes = await client.batch([
      { method: 'eth_chainId', params: [] },
      { method: 'eth_blockNumber', params: [] },
      { method: 'eth_none', params: [] },
    ]);
    expect(outcomes[0]).toEqual({ ok: true, value: '0x539' });
    expect(outcomes[1]).toEqual({ ok: true, value: '0x12c' });
    expect(outcomes[2]).toMatchObject({ ok: false, error: { code: 'NODE_METHOD_MISSING' } });
  });

  it('halves a batch the node refuses, and remembers', async () => {
    const [client, transport] = setUp({ batchItemsMax: 30 });
    const outcomes = await client.batchHex(rawCalls(100));
    expect(outcomes.every((outcome) => outcome.ok && outcome.value.length > 500)).toBe(true);
    expect(transport.sizes).toEqual([100, 50, 25, 25, 25, 25]);
    expect(client.batchItemsMax).toBe(25);
    await client.batchHex(rawCalls(50));
    expect(transport.sizes.slice(6)).toEqual([25, 25]);
  });

  it('asks again for what a limit on the answer cut off', async () => {
    const [client] = setUp({ responseBytesMax: 20_000 });
    const outcomes = await client.batchHex(rawCalls(100));
    expect(outcomes).toHaveLength(100);
    expect(outcomes.every((outcome) => outcome.ok)).toBe(true);
    expect(client.batchItemsMax).toBeLessThan(20);
  });

  it('fetches alone what is larger than a batch may be', async () => {
    const [client, transport] = setUp({}, 1000);
    const outcomes = await client.batchHex(rawCalls(4));
    expect(outcomes.every((outcome) => outcome.ok)).toBe(true);
    expect(transport.sizes).toEqual([4, 2, 1, 1, 1, 1]);
  });

  it('gives up when even one item is too large', async () => {
    const [client] = setUp({}, 100, 400);
    const error = await rejection(client.batchHex(rawCalls(4)));
    expect(error.code).toBe('NODE_ANSWER_TOO_LARGE');
    expect(error.message).toMatch(
      /^Node monitor .*a block has more than the 400 bytes of block_bytes_max\.$/,
    );
  });

  it('asks again for a block that is larger than an ordinary answer, and for the next one at once', async () => {
    const [client, transport] = setUp({}, 100);
    const outcomes = await client.batchHex(rawCalls(1));
    const [expected] = await setUp()[0].batchHex(rawCalls(1));
    expect(outcomes).toEqual([expected]);
    expect(transport.sizes).toEqual([1, 1]);
    await client.batchHex(rawCalls(1));
    expect(transport.sizes).toEqual([1, 1, 1]);
  });

  it('keeps a survey one batch after a time-out', async () => {
    const [client, transport] = setUp();
    transport.isSilent = true;
    for (const size of [80, 80, 10, 10]) await rejection(client.batch(rawCalls(size)));
    expect(client.batchItemsMax).toBe(32);
    transport.isSilent = false;
    await client.batch(rawCalls(10));
    expect(transport.sizes.slice(-1)).toEqual([10]);
  });

  it('is held up no longer than twice its time limit by a node that refuses slowly', async () => {
    let nowMs = 0;
    let requests = 0;
    class SlowTransport extends DirectTransport {
      override send(): Promise<Uint8Array> {
        requests++;
        nowMs += 900;
        return Promise.resolve(
          Buffer.from('{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"no"}}'),
        );
      }
    }
    const clock = { monotonicMs: () => nowMs, sleep: () => Promise.resolve() };
    const client = new RpcClient(new SlowTransport(), label, { timeoutMs: 1_000, clock });
    expect((await rejection(client.batch(rawCalls(100)))).code).toBe('NODE_TIMEOUT');
    expect(requests).toBe(3);
  });

  it('refuses a truncated batch', async () => {
    const [client] = setUp({ truncatedBatch: true });
    const error = await rejection(client.batch(rawCalls(3)));
    expect(error.code).toBe('NODE_ANSWER_INVALID');
    expect(error.message).toBe('Node monitor (http://node) gave an invalid answer: it holds 2 of 3 answers.');
  });

  it('names the API group of a missing method and the message of the node', async () => {
    const [client] = setUp({ noDebug: true });
    const missing = await rejection(client.call('debug_getRawBlock', ['0x1']));
    expect(missing.code).toBe('NODE_METHOD_MISSING');
    expect(missing.context).toMatchObject({ node: 'monitor', group: 'debug', rpcCode: -32601 });
    rpc.faults = {};
    const crashed = await rejection(client.call('debug_getRawBlock', ['0xffff']));
    expect(crashed.code).toBe('NODE_RPC_ERROR');
    expect(crashed.message).toContain('method handler crashed');
  });
});
