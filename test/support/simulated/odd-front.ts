import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import type { SimulatedRpc } from './simulated-rpc.js';

export type FrontItem = Readonly<{ id: unknown; method: string; params: unknown[] }>;

export type FrontRequest = Readonly<{
  items: readonly FrontItem[];
  isBatch: boolean;
  request: IncomingMessage;
  response: ServerResponse;
  /** The answer of the node behind. */
  answer: () => string;
  send: (body: string | Buffer, status?: number, headers?: Record<string, string>) => void;
  /** Closes the connection without an answer. */
  drop: () => void;
}>;

export type OddFront = Readonly<{ url: string; server: Server; close(): Promise<void> }>;

export const FORBIDDEN_PAGE =
  '<html><head><title>403 Forbidden</title></head><body><h1>403 Forbidden</h1></body></html>';

export const errorObject = (code: number, message: string, id: unknown = null): string =>
  JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } });

/**
 * A SIMULATED front end before a node: gateways, filters and proxies with odd habits. `handle` answers a request itself
 * and returns true, or leaves it to the node behind.
 */
export const startOddFront = async (
  rpc: SimulatedRpc,
  handle: (request: FrontRequest) => boolean,
  connectionsMax = 0,
): Promise<OddFront> => {
  const server = createServer((request, response) => {
    void readText(request).then((text) => {
      const parsed = JSON.parse(text) as FrontItem | FrontItem[];
      const send: FrontRequest['send'] = (body, status = 200, headers = {}) => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
      };
      const answer = (): string => rpc.answer(text);
      const isBatch = Array.isArray(parsed);
      const items = isBatch ? parsed : [parsed];
      const drop = (): void => {
        request.socket.destroy();
      };
      if (!handle({ items, isBatch, request, response, answer, send, drop })) send(answer());
    });
  });
  if (connectionsMax > 0) server.maxConnections = connectionsMax;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      for (const socket of sockets) socket.destroy();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, close };
};

const readText = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};
