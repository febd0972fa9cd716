import type { IncomingMessage } from 'node:http';
import type { LookupFunction, Socket } from 'node:net';

import { WebSocket, type ClientOptions } from 'ws';
import type { CodedError } from '#libs/kernel';
import { guardedLookup, openTunnel, portOf, tlsOptions, upgradeToTls } from '#libs/outbound';

import { authHeaders, USER_AGENT, type NodeEndpoint } from '../endpoint.js';
import { withDeadline } from './deadline.js';
import { ConnectionPool, type Connection } from './connection-pool.js';
import { nodeError, type NodeLabel } from './node-identity.js';
import { RpcTransport, type SendOptions } from './rpc-transport.js';
import { closedError, statusError, toTransportError } from './transport-errors.js';

/** More of the page of a refusal isn't read. */
const REFUSAL_BYTES_MAX = 16 * 1024;
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** The largest message ws takes; the exact limit of a request is checked when the message is there. */
const MESSAGE_BYTES_MAX = 512 * 1024 * 1024;

/** JSON-RPC over WebSocket: a few connections, each with one request at a time. */
export class WebSocketTransport extends RpcTransport {
  private readonly label: NodeLabel;
  private readonly pool: ConnectionPool;

  constructor(endpoint: NodeEndpoint, label: NodeLabel, connections: number) {
    super();
    this.label = label;
    this.pool = new ConnectionPool(() => openConnection(endpoint, label), connections);
  }

  override async send(body: string | Uint8Array, options: SendOptions): Promise<Uint8Array> {
    return withDeadline(this.label, options, async (signal) => {
      try {
        return await this.pool.run(body, options.responseBytesMax, signal);
      } catch (error) {
        throw toTransportError(this.label, error);
      }
    });
  }

  override close(): Promise<void> {
    this.pool.close();
    return Promise.resolve();
  }
}

const openConnection = async (endpoint: NodeEndpoint, label: NodeLabel): Promise<Connection> => {
  const url = new URL(endpoint.url);
  const tunnel = endpoint.proxy === undefined ? undefined : await tunnelTo(endpoint, endpoint.proxy);
  const options: ClientOptions & { lookup: LookupFunction } = {
    headers: { 'user-agent': USER_AGENT, ...authHeaders(endpoint.auth) },
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    maxPayload: MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
    lookup: guardedLookup,
    ...(tunnel === undefined ? {} : { createConnection: () => tunnel }),
    ...(url.protocol === 'wss:' ? tlsOptions(endpoint.tls, url.hostname) : {}),
  };
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, options);
    socket.once('unexpected-response', (_request, response) => {
      void refusalOf(response, label)
        .then(reject, reject)
        .finally(() => {
          socket.terminate();
        });
    });
    socket.on('error', reject);
    socket.once('open', () => {
      resolve(new WebSocketConnection(socket, label));
    });
  });
};

/** Why the other side does not open a WebSocket, with its own words. */
const refusalOf = async (response: IncomingMessage, label: NodeLabel): Promise<CodedError> => {
  const status = response.statusCode ?? 0;
  let text = Buffer.alloc(0);
  for await (const chunk of response as AsyncIterable<Buffer>) {
    text = Buffer.concat([text, chunk]);
    if (text.length > REFUSAL_BYTES_MAX) break;
  }
  return (
    statusError(label, { status, headers: response.headers }, text) ??
    nodeError('NODE_UNREACHABLE', label, `does not speak WebSocket there (HTTP ${status})`)
  );
};

const tunnelTo = async (endpoint: NodeEndpoint, proxy: string): Promise<Socket> => {
  const url = new URL(endpoint.url);
  const socket = await openTunnel(
    new URL(proxy),
    { host: url.hostname, port: portOf(url) },
    HANDSHAKE_TIMEOUT_MS,
  );
  return url.protocol === 'wss:' ? upgradeToTls(socket, endpoint.tls, url.hostname) : socket;
};

class WebSocketConnection implements Connection {
  private readonly socket: WebSocket;
  private readonly label: NodeLabel;

  constructor(socket: WebSocket, label: NodeLabel) {
    this.socket = socket;
    this.label = label;
  }

  isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  destroy(): void {
    this.socket.terminate();
  }

  request(body: string | Uint8Array, responseBytesMax: number): Promise<Uint8Array> {
    const socket = this.socket;
    return new Promise((resolve, reject) => {
      const onMessage = (data: Buffer): void => {
        socket.off('close', onClose);
        if (data.length <= responseBytesMax) resolve(data);
        else {
          reject(nodeError('NODE_ANSWER_TOO_LARGE', this.label, `sends more than ${responseBytesMax} bytes`));
        }
      };
      const onClose = (): void => {
        socket.off('message', onMessage);
        reject(closedError(this.label));
      };
      socket.once('message', onMessage).once('close', onClose);
      if (this.isOpen()) socket.send(body);
      else onClose();
    });
  }
}
