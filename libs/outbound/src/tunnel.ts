import { request as requestHttp, type ClientRequest } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { CodedError } from '#libs/kernel';
import { assertProxiedHostAllowed, guardedLookup } from './guarded-connections.js';
import { portOf, tlsOptions, type EndpointTls } from './tls.js';
import { assertUrlAllowed, bareHost } from './url-policy.js';

export type Destination = Readonly<{ host: string; port: number }>;

export const basicValue = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** `proxy-authorization` for a proxy URL that carries credentials. */
export const proxyAuth = (proxy: URL): string | undefined =>
  proxy.username === ''
    ? undefined
    : basicValue(decodeURIComponent(proxy.username), decodeURIComponent(proxy.password));

/** The longest answer that is read from a proxy before it must have connected, in bytes. */
const ANSWER_BYTES_MAX = 16 << 10;

const connectRequest = (proxy: URL, { host, port }: Destination, signal: AbortSignal): ClientRequest => {
  const name = bareHost(host);
  const path = `${isIP(name) === 6 ? `[${name}]` : name}:${port}`;
  const auth = proxyAuth(proxy);
  return (proxy.protocol === 'https:' ? requestHttps : requestHttp)({
    method: 'CONNECT',
    host: bareHost(proxy.hostname),
    port: portOf(proxy),
    path,
    headers: { host: path, ...(auth === undefined ? {} : { 'proxy-authorization': auth }) },
    agent: false,
    lookup: guardedLookup,
    maxHeaderSize: ANSWER_BYTES_MAX,
    signal,
  });
};

/**
 * A TCP connection to `to` through an HTTP proxy (CONNECT). Throws `NODE_AUTH_FAILED` when the proxy wants other
 * credentials, `NODE_UNREACHABLE` when it refuses or answers with more than 16 KiB or no HTTP, `NODE_TIMEOUT` when it
 * does not answer, `URL_REFUSED` against the policy, and the system's error when the proxy cannot be reached.
 */
export const openTunnel = async (proxy: URL, to: Destination, timeoutMs: number): Promise<Socket> => {
  assertUrlAllowed(proxy.href);
  await assertProxiedHostAllowed(to.host);
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort();
  }, timeoutMs);
  try {
    return await connected(connectRequest(proxy, to, limit.signal));
  } catch (error) {
    if (limit.signal.aborted) throw new CodedError('NODE_TIMEOUT', 'The proxy did not answer in time.');
    throw isNotUnderstood(error)
      ? new CodedError('NODE_UNREACHABLE', 'The answer of the proxy is too long or not HTTP.', {
          cause: error,
        })
      : error;
  } finally {
    clearTimeout(timer);
  }
};

/** The socket behind a CONNECT that the proxy granted. */
const connected = (request: ClientRequest): Promise<Socket> =>
  new Promise((resolve, reject) => {
    request.once('error', reject);
    request.once('connect', ({ statusCode: status = 0 }, socket, head) => {
      if (status === 200) {
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(refusal(status));
    });
    request.end();
  });

/** Did Node's HTTP parser fail on an answer? */
const isNotUnderstood = (error: unknown): boolean =>
  String((error as { code?: unknown } | null)?.code).startsWith('HPE_');

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
