import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type ExternalIdGate = Readonly<{
  url: string;
  /** How many roles were assumed through it. */
  passed: () => number;
  close: () => Promise<void>;
}>;

const refuse = (response: ServerResponse): void => {
  response
    .writeHead(403, { 'content-type': 'text/xml' })
    .end(
      '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>',
    );
};

/** Stands before a store's STS, which itself asks for no ExternalId, and lets only requests with the right one through. */
export const startExternalIdGate = async (port: number, externalId: string): Promise<ExternalIdGate> => {
  let passed = 0;
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const form = new URLSearchParams(body.toString('utf8'));
    if (form.get('Action') === 'AssumeRole' && form.get('ExternalId') !== externalId) {
      refuse(response);
      return;
    }
    passed += 1;
    const { method, url: path, headers } = incoming;
    const onward = forward({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    onward.end(body);
  };
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}`,
    passed: () => passed,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
};
