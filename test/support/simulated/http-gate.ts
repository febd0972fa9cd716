import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { PemPair } from '../servers/tls-certificates.js';

/**
 * What a gate does by itself: answers, resets the connection, or lets the server do its work and loses the answer. A
 * request without any goes on to the server and back.
 */
export type GateAnswer = Readonly<{ status: number; body: string }> | 'reset' | 'lose';

export type HttpGate = Readonly<{
  endpoint: string;
  /** Requests that arrived so far. */
  seen: () => number;
  close: () => Promise<void>;
}>;

export const xmlError = (status: number, code: string): GateAnswer => ({
  status,
  body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>of the gate</Message></Error>`,
});

/**
 * Stands before an HTTP server of this machine and answers some requests itself: SIMULATED faults on a real server.
 * With a certificate it is spoken to over TLS.
 */
export const startHttpGate = async (
  port: number,
  answerTo: (request: IncomingMessage, seen: number) => GateAnswer | undefined,
  certificate?: PemPair,
): Promise<HttpGate> => {
  let seen = 0;
  const onRequest = (incoming: IncomingMessage, response: ServerResponse): void => {
    seen += 1;
    const own = answerTo(incoming, seen);
    if (own === 'reset') {
      incoming.socket.resetAndDestroy();
      return;
    }
    if (own !== undefined && own !== 'lose') {
      incoming.resume();
      incoming.once('end', () => {
        response.writeHead(own.status, { 'content-type': 'application/xml' }).end(own.body);
      });
      return;
    }
    const { method, url: path, headers } = incoming;
    const onward = forward({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      if (own === 'lose') {
        answer.resume();
        answer.once('end', () => incoming.socket.resetAndDestroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    incoming.on('error', () => onward.destroy());
    incoming.pipe(onward);
  };
  const server =
    certificate === undefined ? createServer(onRequest) : createTlsServer(certificate, onRequest);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: own } = server.address() as AddressInfo;
  return {
    endpoint: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${own}`,
    seen: () => seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
};
