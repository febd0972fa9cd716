import { EventEmitter } from 'node:events';
import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { HttpsProxyAgent } from 'https-proxy-agent';

import { CodedError } from '#libs/kernel';
import { assertProxiedHostAllowed, guardedLookup } from './guarded-connections.js';
import { tlsOptions, type EndpointTls } from './tls.js';
import { assertUrlAllowed, bareHost } from './url-policy.js';

export type Destination = Readonly<{ host: string; port: number }>;

export const basicValue = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** `proxy-authorization` for a proxy URL that carries credentials. */
export const proxyAuth = (proxy: URL): string | undefined =>
  proxy.username === ''
    ? undefined
    : basicValue(decodeURIComponent(proxy.username), decodeURIComponent(proxy.password));

/**
 * A TCP connection to `to` through an HTTP proxy (CONNECT). Throws `NODE_AUTH_FAILED` when the proxy wants other
 * credentials, `NODE_UNREACHABLE` when it refuses, `NODE_TIMEOUT` when it does not answer, `URL_REFUSED` against the
 * policy, and the system's error when the proxy cannot be reached.
 */
export const openTunnel = async (proxy: URL, to: Destination, timeoutMs: number): Promise<Socket> => {
  assertUrlAllowed(proxy.href);
  await assertProxiedHostAllowed(to.host);
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort();
  }, timeoutMs);
  // A socket takes a signal; the types of its options leave that out.
  const options = { lookup: guardedLookup, signal: limit.signal };
  const agent = new HttpsProxyAgent(proxy, options);
  // The agent is made for requests of Node's client; of the request it needs the events only.
  const request = new EventEmitter();
  let status = 0;
  request.once('proxyConnect', (answer: Readonly<{ statusCode: number }>) => {
    status = answer.statusCode;
  });
  try {
    const target = { host: bareHost(to.host), port: to.port, secureEndpoint: false } as const;
    const socket = await agent.connect(request as ClientRequest, target);
    if (status === 200) return socket;
    socket.destroy();
    throw refusal(status);
  } catch (error) {
    if (limit.signal.aborted) throw new CodedError('NODE_TIMEOUT', 'The proxy did not answer in time.');
    throw error;
  } finally {
    clearTimeout(timer);
  }
};

const refusal = (status: number): CodedError => {
  const context = { status };
  return status === 407 || status === 401
    ? new CodedError('NODE_AUTH_FAILED', `The proxy refused the credentials (HTTP ${status}).`, { context })
    : new CodedError('NODE_UNREACHABLE', `The proxy could not connect to the node (HTTP ${status}).`, {
        context,
      });
};

/** TLS over a socket that is already open; resolves when the handshake is done. */
export const upgradeToTls = (
  socket: Socket,
  tls: EndpointTls | undefined,
  host: string,
): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const secure = connectTls({ socket, ...tlsOptions(tls, host) });
    secure.once('error', reject);
    secure.once('secureConnect', () => {
      secure.removeListener('error', reject);
      resolve(secure);
    });
  });
