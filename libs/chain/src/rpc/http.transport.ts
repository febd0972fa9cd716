import { Pool, type Dispatcher, type buildConnector } from 'undici';
import {
  assertProxiedHostAllowed,
  guardedConnector,
  openTunnel,
  portOf,
  proxyAuth,
  tlsOptions,
  upgradeToTls,
} from '#libs/outbound';

import { authHeaders, USER_AGENT, type NodeEndpoint } from '../endpoint.js';
import { decoded } from './decoded.js';
import { withDeadline } from './deadline.js';
import { nodeError, type NodeLabel } from './node-identity.js';
import { RpcTransport, type SendOptions } from './rpc-transport.js';
import { statusError, toTransportError } from './transport-errors.js';

const CONNECT_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 30_000;

/** JSON-RPC over HTTP(S): a few kept-alive connections, through a proxy if the endpoint names one. */
export class HttpTransport extends RpcTransport {
  private readonly label: NodeLabel;
  private readonly pool: Pool;
  private readonly path: string;
  private readonly headers: Record<string, string>;

  constructor(endpoint: NodeEndpoint, label: NodeLabel, connections: number) {
    super();
    const url = new URL(endpoint.url);
    const proxy = endpoint.proxy === undefined ? undefined : new URL(endpoint.proxy);
    const forwarded = proxy !== undefined && url.protocol === 'http:';
    this.label = label;
    this.pool = new Pool(forwarded ? proxy.origin : url.origin, {
      connections,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: connectorOf(endpoint, url, proxy),
    });
    this.path = forwarded ? url.href : `${url.pathname}${url.search}`;
    const auth = forwarded ? proxyAuth(proxy) : undefined;
    this.headers = {
      'content-type': 'application/json',
      'user-agent': USER_AGENT,
      ...(forwarded ? { host: url.host } : {}),
      ...(auth === undefined ? {} : { 'proxy-authorization': auth }),
      ...authHeaders(endpoint.auth),
    };
  }

  override async send(body: string | Uint8Array, options: SendOptions): Promise<Uint8Array> {
    return withDeadline(this.label, options, async (signal) => {
      try {
        const response = await this.pool.request({
          method: 'POST',
          path: this.path,
          headers: this.headers,
          body,
          signal,
        });
        return await this.read(response, options);
      } catch (error) {
        throw toTransportError(this.label, error);
      }
    });
  }

  override async close(): Promise<void> {
    await this.pool.destroy();
  }

  private async read(response: Dispatcher.ResponseData, options: SendOptions): Promise<Uint8Array> {
    const bytes = await this.readBody(response, options);
    const failure = statusError(
      this.label,
      { status: response.statusCode, headers: response.headers },
      bytes,
    );
    if (failure) throw failure;
    return bytes;
  }

  private async readBody(
    response: Dispatcher.ResponseData,
    { responseBytesMax: bytesMax, into, onBytes }: SendOptions,
  ): Promise<Uint8Array> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of decoded(response.body, response.headers) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > bytesMax) {
        response.body.destroy();
        throw nodeError('NODE_ANSWER_TOO_LARGE', this.label, `sends more than ${bytesMax} bytes`);
      }
      onBytes?.(chunk.length);
      if (into === undefined) chunks.push(chunk);
      else into.push(chunk);
    }
    if (into !== undefined) return into.rest;
    return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size);
  }
}

const connectorOf = (endpoint: NodeEndpoint, url: URL, proxy: URL | undefined): buildConnector.connector => {
  const isTls = url.protocol === 'https:';
  if (proxy !== undefined && isTls) return tunnelConnector(endpoint, url, proxy);
  const direct = guardedConnector({
    timeout: CONNECT_TIMEOUT_MS,
    ...(isTls ? tlsOptions(endpoint.tls, url.hostname) : {}),
  });
  if (proxy === undefined) return direct;
  return (options, callback) => {
    assertProxiedHostAllowed(url.hostname).then(
      () => {
        direct(options, callback);
      },
      (error: unknown) => {
        callback(error as Error, null);
      },
    );
  };
};

const tunnelConnector =
  (endpoint: NodeEndpoint, url: URL, proxy: URL): buildConnector.connector =>
  (_options, callback) => {
    openTunnel(proxy, { host: url.hostname, port: portOf(url) }, CONNECT_TIMEOUT_MS)
      .then((socket) => upgradeToTls(socket, endpoint.tls, url.hostname))
      .then(
        (socket) => {
          callback(null, socket);
        },
        (error: unknown) => {
          callback(error as Error, null);
        },
      );
  };
