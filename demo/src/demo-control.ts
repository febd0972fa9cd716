import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CodedError, isCodedError } from '#libs/kernel';
import type { DemoNetwork } from './network/demo-network.js';

const HOST = '127.0.0.1';
/** A page in a browser can't send it unasked. A page of another site, under whatever name, is refused besides. */
const HEADER = 'x-chainkeep-demo';
const LAG_BLOCKS = 5;
const ACTIONS = ['lag', 'stall', 'silence', 'refuse', 'resume', 'fork', 'heal'] as const;
type Action = (typeof ACTIONS)[number];

const isAction = (text: string | undefined): text is Action => ACTIONS.some((action) => action === text);

const act = async (network: DemoNetwork, nodeId: string, action: Action): Promise<void> => {
  const control = network.control(nodeId);
  switch (action) {
    case 'lag':
      control.lag(LAG_BLOCKS);
      return;
    case 'stall':
      control.stall();
      return;
    case 'silence':
      control.silence();
      return;
    case 'refuse':
      control.refuse();
      return;
    case 'resume':
      control.resume();
      return;
    case 'fork':
      return control.fork();
    case 'heal':
      return control.heal();
  }
};

/** Only programs of this machine, and pages of this very address. */
const isLocal = ({ headers, socket }: IncomingMessage): boolean => {
  const own = `${HOST}:${socket.localPort}`;
  const isOwnPage = headers.origin === undefined || headers.origin === `http://${own}`;
  return headers.host === own && isOwnPage;
};

const answer = async (
  network: DemoNetwork,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const [, nodeId, action] = (request.url ?? '').split('/');
  try {
    if (!isLocal(request))
      throw new CodedError('AUTH_FORBIDDEN', 'The demo is controlled from this machine only.');
    if (request.method !== 'POST' || request.headers[HEADER] === undefined || !isAction(action) || !nodeId) {
      throw new CodedError(
        'INPUT_INVALID',
        `POST /NODE/${ACTIONS.join('|')} with the header "${HEADER}: 1".`,
      );
    }
    await act(network, nodeId, action);
    response.writeHead(200, { 'content-type': 'text/plain' }).end(`${nodeId}: ${action}\n`);
  } catch (error) {
    const status = isCodedError(error) ? error.status : 500;
    response.writeHead(status, { 'content-type': 'text/plain' }).end(`${String(error)}\n`);
  }
};

/** Lets a person at this machine make the demo's nodes lag, fork or fall silent. */
export const serveDemoControl = async (
  network: DemoNetwork,
): Promise<Readonly<{ url: string; close: () => Promise<void> }>> => {
  const server = createServer((request, response) => {
    request.resume();
    void answer(network, request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, HOST, resolve);
  });
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
};
