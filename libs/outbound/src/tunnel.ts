import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

import { CodedError } from '#libs/kernel';
import { assertProxiedHostAllowed, guardedLookup } from './guarded-connections.js';
import { portOf, tlsOptions, type EndpointTls } from './tls.js';
import { assertUrlAllowed, bareHost } from './url-policy.js';

const ANSWER_BYTES_MAX = 16_384;

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
 * credentials, `NODE_UNREACHABLE` when it refuses, and the system's error when the proxy cannot be reached.
 */
export const openTunnel = async (proxy: URL, to: Destination, timeoutMs: number): Promise<Socket> => {
  assertUrlAllowed(proxy.href);
  await assertProxiedHostAllowed(to.host);
  const at = { host: bareHost(proxy.hostname), port: portOf(proxy), lookup: guardedLookup };
  const socket =
    proxy.protocol === 'https:' ? connectTls({ ...at, ...tlsOptions(undefined, at.host) }) : connectTcp(at);
  const timer = setTimeout(() => {
    socket.destroy(new CodedError('NODE_TIMEOUT', 'The proxy did not answer in time.'));
  }, timeoutMs);
  try {
    return await handshake(socket, proxy, to);
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
};

const handshake = (socket: Socket | TLSSocket, proxy: URL, to: Destination): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const auth = proxyAuth(proxy);
    const lines = [`CONNECT ${to.host}:${to.port} HTTP/1.1`, `Host: ${to.host}:${to.port}`];
    if (auth !== undefined) lines.push(`Proxy-Authorization: ${auth}`);
    let answer = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      answer = Buffer.concat([answer, chunk]);
      const end = answer.indexOf('\r\n\r\n');
      if (end < 0 && answer.length < ANSWER_BYTES_MAX) return;
      socket.removeAllListeners();
      socket.pause();
      if (end >= 0 && end + 4 < answer.length) socket.unshift(answer.subarray(end + 4));
      const failure = end < 0 ? refused('no HTTP') : failureOf(answer.toString('latin1', 0, end));
      if (failure) reject(failure);
      else resolve(socket);
    };
    socket.once('error', reject);
    socket.once('close', () => {
      reject(refused('closed'));
    });
    socket.on('data', onData);
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  });

const refused = (reason: string): CodedError =>
  new CodedError('NODE_UNREACHABLE', `The proxy could not connect to the node (${reason}).`, {
    context: { reason },
  });

const failureOf = (head: string): CodedError | undefined => {
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
  if (status >= 200 && status < 300) return undefined;
  if (status === 407 || status === 401) {
    return new CodedError('NODE_AUTH_FAILED', `The proxy refused the credentials (HTTP ${status}).`, {
      context: { status },
    });
  }
  return refused(`HTTP ${status}`);
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
