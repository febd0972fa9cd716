import { canonicalJson, CodedError, isSecretName } from '#libs/kernel';
import { assertUrlAllowed, basicValue, type EndpointTls } from '#libs/outbound';

/** How a node is reached. `auth`, `tls` and `proxy` are secrets: they never enter an error or a log. */
export type NodeEndpoint = Readonly<{
  /** `http(s)://`, `ws(s)://`, or the absolute path of an IPC socket. */
  url: string;
  auth?: EndpointAuth;
  tls?: EndpointTls;
  /** URL of an HTTP proxy; https, ws and wss go through it by CONNECT. */
  proxy?: string;
}>;

export type EndpointAuth = Readonly<{
  basic?: Readonly<{ username: string; password: string }>;
  bearer?: string;
  headers?: Readonly<Record<string, string>>;
}>;

/** Firewalls refuse requests without one. A header of the endpoint wins. */
export const USER_AGENT = 'chainkeep';

export type EndpointKind = 'http' | 'websocket' | 'ipc';

const KINDS: Readonly<Record<string, EndpointKind>> = {
  'http:': 'http',
  'https:': 'http',
  'ws:': 'websocket',
  'wss:': 'websocket',
};

const invalid = (what: string): CodedError =>
  new CodedError('NODE_URL_INVALID', `The URL of a node is not valid: ${what}.`);

/** Which transport fits. Throws `NODE_URL_INVALID`. */
export const endpointKind = (endpoint: NodeEndpoint): EndpointKind => {
  if (isSocketPath(endpoint.url)) return 'ipc';
  if (!URL.canParse(endpoint.url)) throw invalid('it cannot be parsed');
  const kind = KINDS[new URL(endpoint.url).protocol];
  if (kind === undefined) throw invalid('its scheme must be http, https, ws or wss');
  return kind;
};

const isSocketPath = (url: string): boolean => url.startsWith('/') || url.startsWith('\\\\.\\pipe\\');

/**
 * The endpoint with the credentials of its URL moved to `auth.basic`, its URLs checked against the policy.
 * Throws `NODE_URL_INVALID` or `URL_REFUSED`.
 */
export const normaliseEndpoint = (endpoint: NodeEndpoint): NodeEndpoint => {
  if (endpointKind(endpoint) === 'ipc') return endpoint;
  assertUrlAllowed(endpoint.url);
  if (endpoint.proxy !== undefined) assertProxy(endpoint.proxy);
  const url = new URL(endpoint.url);
  if (url.username === '' && url.password === '') return endpoint;
  const basic = { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  url.username = '';
  url.password = '';
  return { ...endpoint, url: url.href, auth: { basic, ...endpoint.auth } };
};

const assertProxy = (proxy: string): void => {
  if (!URL.canParse(proxy) || !['http:', 'https:'].includes(new URL(proxy).protocol)) {
    throw invalid('its proxy must be an http(s):// URL');
  }
  assertUrlAllowed(proxy);
};

/** What may be shown of an endpoint: no credentials, no query, no path segment that looks like a key. */
export const describeEndpoint = (endpoint: NodeEndpoint): string => {
  if (isSocketPath(endpoint.url)) return endpoint.url;
  if (!URL.canParse(endpoint.url)) return 'an unreadable URL';
  const url = new URL(endpoint.url);
  const path = url.pathname
    .split('/')
    .map((part) => (/^[\w.~%-]{16,}$/.test(part) ? '***' : part))
    .join('/');
  return `${url.protocol}//${url.host}${path === '/' ? '' : path}`;
};

const DEFAULT_PORTS: Readonly<Record<string, string>> = {
  'http:': '80',
  'https:': '443',
  'ws:': '80',
  'wss:': '443',
};

/**
 * Equal for two endpoints only when both reach one node: scheme, host, port, path and query, the proxy, and the headers
 * that a gateway may route by. Credentials are left out. Holds the query of the URL: not to be shown or stored.
 */
export const placeOf = ({ url, auth, proxy }: NodeEndpoint): string => {
  const routing = Object.entries(auth?.headers ?? {})
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !isSecretName(name));
  const headers = canonicalJson(Object.fromEntries(routing));
  if (isSocketPath(url)) return canonicalJson([url, headers]);
  const { protocol, hostname, port, pathname, search } = new URL(url);
  const place = [
    protocol,
    hostname,
    port || DEFAULT_PORTS[protocol],
    pathname,
    search,
    proxy ?? null,
    headers,
  ];
  return canonicalJson(place);
};

/** The headers that carry the credentials of an endpoint. */
export const authHeaders = (auth: EndpointAuth | undefined): Record<string, string> => {
  const headers: Record<string, string> = {};
  if (auth?.basic) headers['authorization'] = basicValue(auth.basic.username, auth.basic.password);
  if (auth?.bearer !== undefined) headers['authorization'] = `Bearer ${auth.bearer}`;
  // In lower case, so that a name given here replaces ours.
  for (const [name, value] of Object.entries(auth?.headers ?? {})) headers[name.toLowerCase()] = value;
  return headers;
};
