import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { connect, createServer as createTcp, type AddressInfo, type Server, type Socket } from 'node:net';

import { WebSocketServer } from 'ws';

import type { SimulatedRpc } from './simulated-rpc.js';
import { serve } from './simulated-node.js';
import type { TestCertificates } from '../servers/tls-certificates.js';

export type TestServer = Readonly<{ url: string; close(): Promise<void> }>;

/** Listens on a free loopback port (or a socket path) and closes with every connection. */
const listen = async (server: Server, scheme: string, path?: string): Promise<TestServer> => {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  });
  await new Promise<void>((resolve) => {
    if (path === undefined) server.listen(0, '127.0.0.1', resolve);
    else server.listen(path, resolve);
  });
  const url = path ?? `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => {
        resolve();
      });
    });
  return { url, close };
};

/**
 * HTTPS that asks for a client certificate of the test's own authority; without one Node's server just closes. It
 * answers 401 to an `authorization` header that `isAuthorized` refuses.
 */
export const startTlsServer = (
  rpc: SimulatedRpc,
  certificates: TestCertificates,
  isAuthorized: (header: string | undefined) => boolean = () => true,
): Promise<TestServer> => {
  const options = {
    ...certificates.server,
    ca: certificates.ca,
    requestCert: true,
    rejectUnauthorized: true,
  };
  return listen(
    createHttps(options, (request, response) => {
      if (isAuthorized(request.headers.authorization)) void serve(rpc, request, response);
      else response.writeHead(401).end();
    }),
    'https',
  );
};

/** HTTP that lets in only this `authorization` header. */
export const startGuardedServer = (rpc: SimulatedRpc, authorization: string): Promise<TestServer> =>
  listen(
    createHttp((request, response) => {
      if (request.headers.authorization === authorization) void serve(rpc, request, response);
      else response.writeHead(401).end();
    }),
    'http',
  );

/** JSON values one after another over a Unix socket, cut into pieces of `pieceBytes`, as geth's IPC might come. */
export const startIpcServer = (rpc: SimulatedRpc, path: string, pieceBytes = 1 << 16): Promise<TestServer> =>
  listen(
    createTcp((socket) => {
      socket.on('data', (data) => {
        if (rpc.faults.silent) return;
        const answer = Buffer.from(rpc.faults.garbage ? '[}' : `${rpc.answer(data.toString())}\n`);
        for (let at = 0; at < answer.length; at += pieceBytes) {
          socket.write(answer.subarray(at, at + pieceBytes));
        }
      });
    }),
    'ipc',
    path,
  );

/** Besu's hidden IPC: what it reads at once must be a whole request; each piece of a longer one gets a -32700. */
export const startBesuIpcServer = (
  rpc: SimulatedRpc,
  path: string,
  readBytes: number,
): Promise<TestServer> => {
  const answerTo = (piece: Buffer): string => {
    try {
      return rpc.answer(piece.toString());
    } catch {
      return JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32700, message: 'Parse error' } });
    }
  };
  return listen(
    createTcp((socket) => {
      socket.on('data', (data) => {
        for (let at = 0; at < data.length; at += readBytes) {
          socket.write(answerTo(Buffer.from(data.subarray(at, at + readBytes))));
        }
      });
    }),
    'ipc',
    path,
  );
};

/** WebSocket; with `authorization` it lets in only that header. */
export const startWebSocketServer = async (
  rpc: SimulatedRpc,
  authorization?: string,
): Promise<TestServer> => {
  const http = createHttp();
  const sockets = new WebSocketServer({
    server: http,
    maxPayload: 64 * 1024 * 1024,
    verifyClient: ({ req }: { req: IncomingMessage }) =>
      authorization === undefined || req.headers.authorization === authorization,
  });
  sockets.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      if (!rpc.faults.silent) socket.send(rpc.faults.garbage ? 'busy' : rpc.answer(data.toString()));
    });
  });
  return listen(http, 'ws');
};

export type TestProxy = TestServer & Readonly<{ seen: string[] }>;

/**
 * An HTTP proxy (absolute form and CONNECT) that records what it was asked; with `authorization` it wants that. With
 * `ownPort` every CONNECT leads to that port of this machine, whatever host was requested.
 */
export const startProxy = async (authorization?: string, ownPort?: number): Promise<TestProxy> => {
  const seen: string[] = [];
  const isAllowed = (request: IncomingMessage): boolean =>
    authorization === undefined || request.headers['proxy-authorization'] === authorization;
  const server = createHttp((request, response) => {
    seen.push(`${request.method ?? ''} ${request.url ?? ''}`);
    if (isAllowed(request)) void forward(request, response);
    else response.writeHead(407).end();
  });
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    seen.push(`CONNECT ${request.url ?? ''}`);
    if (!isAllowed(request)) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const [host, port] =
      ownPort === undefined ? (request.url ?? '').split(':') : ['127.0.0.1', String(ownPort)];
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
  });
  return { ...(await listen(server, 'http')), seen };
};

const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const answer = await fetch(request.url ?? '', {
    method: 'POST',
    body: Buffer.concat(chunks),
    headers: { authorization: request.headers.authorization ?? '' },
  });
  response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
};
