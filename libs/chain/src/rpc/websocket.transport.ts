import type { IncomingMessage } from 'node:http';
import type { LookupFunction, Socket } from 'node:net';

import { WebSocket, type ClientOptions } from 'ws';
import type { CodedError } from '#libs/kernel';
import { guardedLookup, openTunnel, portOf, tlsOptions, upgradeToTls } from '#libs/outbound';

import { authHeaders, USER_AGENT, type NodeEndpoint } from '../endpoint.js';
import { withDeadline } from './deadline.js';
import { ConnectionPool, type AnswerOptions, type Connection } from './connection-pool.js';
import { nodeError, type NodeLabel } from './node-identity.js';
import { RpcTransport, type SendOptions } from './rpc-transport.js';
import { closedError, statusError, toTransportError } from './transport-errors.js';

/** More of the page of a refusal isn't read. */
const REFUSAL_BYTES_MAX = 16 * 1024;
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** How often the bytes of a message under way are counted, in ms: ws tells of whole messages only. */
const COUNT_MS = 100;
/** The largest message that a kept connection takes: ws holds it whole. A larger answer gets its own connection. */
const MESSAGE_BYTES_MAX = 32 * 1024 * 1024;

/** JSON-RPC over WebSocket: a few connections, each with one request at a time. */
export class WebSocketTransport extends RpcTransport {
  private readonly endpoint: NodeEndpoint;
  private readonly label: NodeLabel;
  private readonly pool: ConnectionPool;

  constructor(endpoint: NodeEndpoint, label: NodeLabel, connections: number) {
    super();
    this.endpoint = endpoint;
    this.label = label;
    this.pool = new ConnectionPool(() => openConnection(endpoint, label, MESSAGE_BYTES_MAX), connections);
  }

  override async send(body: string | Uint8Array, options: SendOptions): Promise<Uint8Array> {
    return withDeadline(this.label, options, async (signal) => {
      try {
        return options.responseBytesMax > MESSAGE_BYTES_MAX
          ? await this.runAlone(body, options, signal)
          : await this.pool.run(body, options, signal);
      } catch (error) {
        throw toTransportError(this.label, error);
      }
    });
  }

  override close(): Promise<void> {
    this.pool.close();
    return Promise.resolve();
  }

  private async runAlone(
    body: string | Uint8Array,
    options: AnswerOptions,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const { endpoint, label } = this;
    const pool = new ConnectionPool(() => openConnection(endpoint, label, options.responseBytesMax), 1);
    try {
      return await pool.run(body, options, signal);
    } finally {
      pool.close();
    }
  }
}

const openConnection = async (
  endpoint: NodeEndpoint,
  label: NodeLabel,
  messageBytesMax: number,
): Promise<Connection> => {
  const url = new URL(endpoint.url);
  const tunnel = endpoint.proxy === undefined ? undefined : await tunnelTo(endpoint, endpoint.proxy);
  const options: ClientOptions & { lookup: LookupFunction } = {
    headers: { 'user-agent': USER_AGENT, ...authHeaders(endpoint.auth) },
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    maxPayload: messageBytesMax,
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
    socket.once('upgrade', ({ socket: raw }) => {
      socket.once('open', () => {
        resolve(new WebSocketConnection(socket, raw, label));
      });
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
  private readonly raw: Socket;
  private readonly label: NodeLabel;

  constructor(socket: WebSocket, raw: Socket, label: NodeLabel) {
    this.socket = socket;
    this.raw = raw;
    this.label = label;
  }

  isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  destroy(): void {
    this.socket.terminate();
  }

  request(
    body: string | Uint8Array,
    { responseBytesMax, into, onBytes }: AnswerOptions,
  ): Promise<Uint8Array> {
    const socket = this.socket;
    return new Promise((resolve, reject) => {
      const counting = this.count(onBytes, reject);
      const onError = (error: Error & Readonly<{ code?: unknown }>): void => {
        if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') reject(this.tooLarge(responseBytesMax));
      };
      const onMessage = (data: Buffer): void => {
        clearInterval(counting);
        socket.off('close', onClose).off('error', onError);
        if (data.length <= responseBytesMax) {
          try {
            into?.push(data);
            resolve(into?.rest ?? data);
          } catch (error) {
            reject(toTransportError(this.label, error));
          }
        } else {
          reject(this.tooLarge(responseBytesMax));
        }
      };
      const onClose = (): void => {
        clearInterval(counting);
        socket.off('message', onMessage).off('error', onError);
        reject(closedError(this.label));
      };
      socket.once('message', onMessage).once('close', onClose).on('error', onError);
      if (this.isOpen()) socket.send(body);
      else onClose();
    });
  }

  private count(
    onBytes: AnswerOptions['onBytes'],
    onLoss: (error: Error) => void,
  ): NodeJS.Timeout | undefined {
    const { raw } = this;
    if (onBytes === undefined) return undefined;
    let seen = raw.bytesRead;
    return setInterval(() => {
      const came = raw.bytesRead - seen;
      seen = raw.bytesRead;
      try {
        onBytes(came);
      } catch (error) {
        onLoss(error as Error);
      }
    }, COUNT_MS);
  }

  private tooLarge(bytesMax: number): CodedError {
    return nodeError('NODE_ANSWER_TOO_LARGE', this.label, `sends more than ${bytesMax} bytes`);
  }
}
