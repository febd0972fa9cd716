import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CodedError } from '#libs/kernel';
import { answerBody } from './rpc-batch.js';
import type { RpcSite } from './rpc-methods.js';

const HOST = '127.0.0.1';
const BODY_BYTES_MAX = 5 * 1024 * 1024;
const KEEP_ALIVE_MS = 120_000;
const LOCAL_NAMES = new Set(['127.0.0.1', 'localhost', '[::1]']);

const isLocalUrl = (text: string): boolean => URL.canParse(text) && LOCAL_NAMES.has(new URL(text).hostname);

/**
 * A page in a user's browser must not read this node: neither by its own Origin nor by a name that it points at 127.0.0.1.
 */
const isLocalCaller = ({ headers }: IncomingMessage): boolean =>
  isLocalUrl(`http://${headers.host ?? HOST}`) &&
  (headers.origin === undefined || isLocalUrl(headers.origin));

const reply = (response: ServerResponse, status: number, text: string, type = 'text/plain'): void => {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
};

const refusal = (request: IncomingMessage): readonly [status: number, text: string] | undefined => {
  if (!isLocalCaller(request)) return [403, 'invalid host or origin specified\n'];
  if (request.method === 'GET') return [200, ''];
  if (request.method !== 'POST') return [405, 'method not allowed\n'];
  const type = request.headers['content-type']?.split(';')[0]?.trim();
  if (type !== 'application/json') return [415, 'invalid content type, only application/json is supported\n'];
  return undefined;
};

/** undefined when the body is larger than a node takes. */
const readBody = async (request: IncomingMessage): Promise<string | undefined> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const serve = async (site: RpcSite, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const refused = refusal(request);
  if (refused !== undefined) {
    request.resume();
    reply(response, ...refused);
    return;
  }
  const body = await readBody(request);
  // Silence may have begun while the body was read.
  if (site.node.reachability !== 'answers') return;
  if (body === undefined) {
    response.setHeader('connection', 'close');
    reply(response, 413, 'content length too large\n');
    return;
  }
  reply(response, 200, await answerBody(site, body), 'application/json');
};

/** JSON-RPC of one node over HTTP on the loopback interface. */
export class RpcServer {
  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  /**
   * @param port 0 for any free one
   * @throws CodedError `CONFIG_INVALID` when the port cannot be taken
   */
  static async listen(site: RpcSite, port: number): Promise<RpcServer> {
    const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
      // A silent node takes the request and leaves it; the caller has to give up.
      if (site.node.reachability === 'silent') return;
      serve(site, request, response).catch(() => response.destroy());
    });
    server.on('connection', (socket) => {
      if (site.node.reachability === 'refuses') socket.destroy();
    });
    await new Promise<void>((resolve, reject) => {
      const fail = (cause: unknown): void => {
        reject(
          new CodedError('CONFIG_INVALID', 'A demo node cannot listen on its port.', {
            context: { port },
            cause,
          }),
        );
      };
      server.once('error', fail);
      server.listen(port, HOST, () => {
        server.off('error', fail);
        resolve();
      });
    });
    return new RpcServer(server, (server.address() as AddressInfo).port);
  }

  get url(): string {
    return `http://${HOST}:${this.port}`;
  }

  /** Breaks the connections that stand, idle or waiting for an answer. */
  dropConnections(): void {
    this.server.closeAllConnections();
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => {
        resolve();
      });
      this.server.closeAllConnections();
    });
  }
}
