import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { basicValue } from '#libs/outbound';

import {
  startGuardedServer,
  startIpcServer,
  startProxy,
  startTlsServer,
  startWebSocketServer,
  type TestServer,
} from '../../../../test/support/simulated/rpc-servers.js';
import {
  createSimulatedRpc,
  lazyChain,
  startSimulatedNode,
} from '../../../../test/support/simulated/simulated-node.js';
import {
  describeWithOpenssl,
  HAS_OPENSSL,
  makeCertificates,
  type TestCertificates,
} from '../../../../test/support/servers/tls-certificates.js';
import { describeEndpoint, normaliseEndpoint, type NodeEndpoint } from '../endpoint.js';
import { rejection } from '../testing.js';
import { createTransport } from './create-transport.js';
import { RpcClient } from './rpc-client.js';
import { toTransportError } from './transport-errors.js';

const directory = mkdtempSync(join(tmpdir(), 'chainkeep-ipc-'));
const cleanups: (() => Promise<void>)[] = [];
let certificates: TestCertificates;

beforeAll(() => {
  if (HAS_OPENSSL) certificates = makeCertificates();
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const rpc = createSimulatedRpc({ chain: lazyChain({ head: 1000n }) });
const keep = async <T extends { close(): Promise<void> }>(starting: T | Promise<T>): Promise<T> => {
  const thing = await starting;
  cleanups.push(() => thing.close());
  return thing;
};
const open = (raw: NodeEndpoint, connections = 2): RpcClient => {
  const endpoint = normaliseEndpoint(raw);
  const label = { id: 'validator-3', url: describeEndpoint(endpoint) };
  const client = new RpcClient(createTransport(endpoint, label, connections), label, { timeoutMs: 240_000 });
  cleanups.push(() => client.close());
  return client;
};

type Kind = 'http' | 'websocket' | 'ipc';
const starters: Record<Kind, () => Promise<TestServer>> = {
  http: async () => {
    const node = await startSimulatedNode({ chain: rpc.chain });
    node.rpc.faults = rpc.faults;
    return node;
  },
  websocket: () => startWebSocketServer(rpc),
  ipc: () => startIpcServer(rpc, join(directory, `${Math.random()}.ipc`), 7),
};

describe.each<Kind>(['http', 'websocket', 'ipc'])('the %s transport', (kind) => {
  it('carries calls and batches, overlapping ones too', async () => {
    const client = open({ url: (await keep(starters[kind]())).url });
    expect(await client.call('eth_blockNumber')).toBe('0x3e8');
    const calls = Array.from({ length: 20 }, (_, n) => ({
      method: 'eth_getBlockByNumber',
      params: [`0x${n.toString(16)}`, false],
    }));
    const all = await Promise.all(Array.from({ length: 10 }, () => client.batch(calls)));
    for (const outcomes of all) {
      expect(outcomes.map((item) => (item.ok ? (item.value as { number: string }).number : ''))).toEqual(
        calls.map(({ params }) => params[0]),
      );
    }
  });

  it('gives up a silent node after the time limit and works again afterwards', async () => {
    const client = open({ url: (await keep(starters[kind]())).url });
    rpc.faults.silent = true;
    const error = await rejection(client.call('eth_chainId', [], { timeoutMs: 60 }));
    rpc.faults.silent = false;
    expect(error.code).toBe('NODE_TIMEOUT');
    expect(error.message).toContain('validator-3');
    expect(await client.call('eth_chainId')).toBe('0x539');
  });

  it('rejects with the reason of the caller when aborted', async () => {
    const client = open({ url: (await keep(starters[kind]())).url });
    rpc.faults.silent = true;
    const controller = new AbortController();
    const call = client.call('eth_chainId', [], { signal: controller.signal });
    setTimeout(() => {
      controller.abort(new TypeError('partition lost'));
    }, 20);
    await expect(call).rejects.toThrow('partition lost');
    rpc.faults.silent = false;
  });

  it('refuses garbage', async () => {
    const client = open({ url: (await keep(starters[kind]())).url });
    rpc.faults.garbage = true;
    const error = await rejection(client.call('eth_chainId'));
    rpc.faults.garbage = false;
    expect(error.code).toBe('NODE_ANSWER_INVALID');
    expect(error.context['node']).toBe('validator-3');
  });

  it('bounds the answer', async () => {
    const endpoint = { url: (await keep(starters[kind]())).url };
    const transport = createTransport(endpoint, { id: 'validator-3', url: 'x' }, 1);
    cleanups.push(() => transport.close());
    const body = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}';
    const limits = { timeoutMs: 240_000, responseBytesMax: 20 };
    expect((await rejection(transport.send(body, limits))).code).toBe('NODE_ANSWER_TOO_LARGE');
  });

  it('says when nobody is there, and when the node goes away', async () => {
    const server = await starters[kind]();
    const client = open({ url: server.url });
    await client.call('eth_chainId');
    rpc.faults.silent = true;
    const call = rejection(client.call('eth_chainId'));
    setTimeout(() => void server.close(), 30);
    expect((await call).code).toBe('NODE_UNREACHABLE');
    rpc.faults.silent = false;
    expect((await rejection(client.call('eth_chainId'))).code).toBe('NODE_UNREACHABLE');
  });
});

describe('credentials', () => {
  const basic = basicValue('monitor', 'hunter2');

  it('are sent over HTTP and WebSocket, from the URL too', async () => {
    const http = await keep(startGuardedServer(rpc, basic));
    const ws = await keep(startWebSocketServer(rpc, 'Bearer token-1'));
    const auth = { basic: { username: 'monitor', password: 'hunter2' } };
    expect(await open({ url: http.url, auth }).call('eth_chainId')).toBe('0x539');
    const withUser = http.url.replace('//', '//monitor:hunter2@');
    expect(await open({ url: withUser }).call('eth_chainId')).toBe('0x539');
    expect(await open({ url: ws.url, auth: { bearer: 'token-1' } }).call('eth_chainId')).toBe('0x539');
  });

  it('that are wrong give NODE_AUTH_FAILED and appear nowhere', async () => {
    const http = await keep(startGuardedServer(rpc, basic));
    const ws = await keep(startWebSocketServer(rpc, 'Bearer token-1'));
    for (const url of [http.url.replace('//', '//monitor:wrong-secret@'), ws.url]) {
      const error = await rejection(open({ url, auth: { bearer: 'wrong-secret' } }).call('eth_chainId'));
      expect(error.code).toBe('NODE_AUTH_FAILED');
      expect(JSON.stringify([error.message, error.context, error.stack])).not.toContain('wrong-secret');
    }
  });
});

describeWithOpenssl('TLS (openssl)', () => {
  it('with a client certificate is accepted', async () => {
    const server = await keep(startTlsServer(rpc, certificates));
    const tls = { ca: certificates.ca, ...certificates.client };
    expect(await open({ url: server.url, tls }).call('eth_chainId')).toBe('0x539');
  });

  it('without one is refused', async () => {
    const server = await keep(startTlsServer(rpc, certificates));
    const withoutClient = open({ url: server.url, tls: { ca: certificates.ca } });
    // A server that only closes cannot be told from one that is gone; an alert can.
    expect((await rejection(withoutClient.call('eth_chainId'))).code).toBe('NODE_UNREACHABLE');
    const alert = Object.assign(new TypeError('alert'), {
      code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    });
    expect(toTransportError({ id: 'a', url: 'b' }, alert).code).toBe('NODE_AUTH_FAILED');
  });

  it('with an unknown authority or another name is NODE_AUTH_FAILED', async () => {
    const server = await keep(startTlsServer(rpc, certificates));
    const withoutCa = open({ url: server.url, tls: certificates.client });
    expect((await rejection(withoutCa.call('eth_chainId'))).code).toBe('NODE_AUTH_FAILED');
    const wrongName = { ca: certificates.ca, ...certificates.client, serverName: 'other.example.org' };
    const misnamed = open({ url: server.url, tls: wrongName });
    expect((await rejection(misnamed.call('eth_chainId'))).code).toBe('NODE_AUTH_FAILED');
  });
});

describeWithOpenssl('a proxy (openssl)', () => {
  it('is asked in absolute form for http and by CONNECT for https and ws', async () => {
    const proxy = await keep(startProxy(basicValue('p', 'q')));
    const via = proxy.url.replace('//', '//p:q@');
    const http = await keep(startSimulatedNode({ chain: rpc.chain }));
    const https = await keep(startTlsServer(rpc, certificates));
    const ws = await keep(startWebSocketServer(rpc));
    const tls = { ca: certificates.ca, ...certificates.client };
    expect(await open({ url: http.url, proxy: via }).call('eth_chainId')).toBe('0x539');
    expect(await open({ url: https.url, proxy: via, tls }).call('eth_chainId')).toBe('0x539');
    expect(await open({ url: ws.url, proxy: via }).call('eth_chainId')).toBe('0x539');
    expect(proxy.seen).toEqual([
      `POST ${http.url}/`,
      `CONNECT ${https.url.slice('https://'.length)}`,
      `CONNECT ${ws.url.slice('ws://'.length)}`,
    ]);
  });

  it('that wants other credentials gives NODE_AUTH_FAILED', async () => {
    const proxy = await keep(startProxy('Basic x'));
    for (const url of ['http://127.0.0.1:9', 'https://127.0.0.1:9', 'ws://127.0.0.1:9']) {
      const error = await rejection(open({ url, proxy: proxy.url }).call('eth_chainId'));
      expect(error.code).toBe('NODE_AUTH_FAILED');
    }
  });
});
