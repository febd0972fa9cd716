import { connect, type Socket } from 'node:net';

import type { NodeEndpoint } from '../endpoint.js';
import { withDeadline } from './deadline.js';
import { AnswerEnd } from './json-end.js';
import { ConnectionPool, type AnswerOptions, type Connection } from './connection-pool.js';
import { nodeError, type NodeLabel } from './node-identity.js';
import { RpcTransport, type SendOptions } from './rpc-transport.js';
import { closedError, toTransportError } from './transport-errors.js';

const PARSE_ERROR_BYTES_MAX = 1_000;

/** JSON-RPC over geth's IPC socket: JSON values one after another, no other framing. */
export class IpcTransport extends RpcTransport {
  private readonly label: NodeLabel;
  private readonly pool: ConnectionPool;

  constructor(endpoint: NodeEndpoint, label: NodeLabel, connections: number) {
    super();
    this.label = label;
    this.pool = new ConnectionPool(() => openConnection(endpoint.url, label), connections);
  }

  override async send(body: string | Uint8Array, options: SendOptions): Promise<Uint8Array> {
    return withDeadline(this.label, options, async (signal) => {
      try {
        return await this.pool.run(body, options, signal);
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

const openConnection = (path: string, label: NodeLabel): Promise<Connection> =>
  new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.removeListener('error', reject);
      // Errors reach the request in flight through 'close'; between requests they only end the connection.
      socket.on('error', () => undefined);
      resolve(new IpcConnection(socket, label));
    });
  });

const isParseError = (answer: Uint8Array): boolean =>
  answer.length < PARSE_ERROR_BYTES_MAX && Buffer.from(answer).includes('-32700');

class IpcConnection implements Connection {
  private readonly socket: Socket;
  private readonly label: NodeLabel;

  constructor(socket: Socket, label: NodeLabel) {
    this.socket = socket;
    this.label = label;
  }

  isOpen(): boolean {
    return !this.socket.destroyed && this.socket.readyState === 'open';
  }

  destroy(): void {
    this.socket.destroy();
  }

  request(
    body: string | Uint8Array,
    { responseBytesMax, into, onBytes }: AnswerOptions,
  ): Promise<Uint8Array> {
    const socket = this.socket;
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      const end = new AnswerEnd();
      let size = 0;
      const settle = (outcome: Uint8Array | Error): void => {
        socket.off('data', onData).off('close', onClose);
        // Besu answers -32700 once for each piece of a long request that it reads: the other answers still come.
        if (outcome instanceof Error || isParseError(outcome)) socket.destroy();
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      const onClose = (): void => {
        settle(closedError(this.label));
      };
      const onData = (chunk: Buffer): void => {
        size += chunk.length;
        if (size > responseBytesMax) {
          settle(nodeError('NODE_ANSWER_TOO_LARGE', this.label, `sends more than ${responseBytesMax} bytes`));
          return;
        }
        try {
          if (into === undefined) chunks.push(chunk);
          else into.push(chunk);
          onBytes?.(chunk.length);
        } catch (error) {
          settle(error as Error);
          return;
        }
        const found = end.push(chunk);
        if (found === undefined) return;
        settle(
          found === 'exceeded'
            ? nodeError('NODE_ANSWER_INVALID', this.label, 'sends more than was requested')
            : (into?.rest ?? Buffer.concat(chunks, size)),
        );
      };
      socket.on('data', onData).once('close', onClose);
      if (socket.destroyed) onClose();
      else socket.write(body);
    });
  }
}
