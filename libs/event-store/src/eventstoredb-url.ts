import { readFileSync } from 'node:fs';
import { CodedError } from '#libs/kernel';

/** What EVENTSTORE_URL says, checked. The client library never sees the URL: it prints it, password included. */
export type EventStoreDbUrl = Readonly<{
  hosts: readonly Readonly<{ address: string; port: number }>[];
  /** The addresses for messages: never with a user or a password. */
  at: string;
  /** The host is a DNS name of the cluster, whose members are asked for. */
  isDiscover: boolean;
  login: Readonly<{ username: string; password: string }> | undefined;
  isTls: boolean;
  ca: Buffer | undefined;
  client: Readonly<{ cert: Buffer; key: Buffer }> | undefined;
  connectionName: string | undefined;
  /** Whole numbers, by the names that the library knows. */
  numbers: Readonly<Record<string, number>>;
}>;

const PORT = 2_113;
const NUMBERS = [
  'maxDiscoverAttempts',
  'discoveryInterval',
  'gossipTimeout',
  'keepAliveInterval',
  'keepAliveTimeout',
  'defaultDeadline',
];
const OPTIONS = [
  'tls',
  'tlsVerifyCert',
  'tlsCAFile',
  'userCertFile',
  'userKeyFile',
  'nodePreference',
  'connectionName',
  'throwOnAppendFailure',
  ...NUMBERS,
];

const invalid = (why: string, cause?: unknown): CodedError =>
  new CodedError('CONFIG_INVALID', `EVENTSTORE_URL: ${why}.`, cause === undefined ? {} : { cause });

const decoded = (text: string, what: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(`the ${what} has a % without two hex digits after it; write % as %25`);
  }
};

const flat = (name: string): string => name.trim().toLowerCase().replace(/[_-]/g, '');

/** By their right names, each once. */
const optionsOf = (query: string): ReadonlyMap<string, string> => {
  const options = new Map<string, string>();
  for (const part of query.split('&').filter((text) => text !== '')) {
    const [given = '', ...rest] = part.split('=');
    const name = OPTIONS.find((option) => flat(option) === flat(given));
    if (name === undefined)
      throw invalid(`the option "${given.slice(0, 50)}" does not exist; there are ${OPTIONS.join(', ')}`);
    options.set(name, decoded(rest.join('='), `option ${name}`));
  }
  return options;
};

const fileOf = (options: ReadonlyMap<string, string>, name: string): Buffer | undefined => {
  const path = options.get(name);
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (cause) {
    throw invalid(`the file that ${name} names can't be read: ${path}`, cause);
  }
};

const flagOf = (options: ReadonlyMap<string, string>, name: string): boolean => {
  const value = options.get(name) ?? 'true';
  if (value !== 'true' && value !== 'false') throw invalid(`${name} must be true or false`);
  return value === 'true';
};

const hostOf = (text: string): Readonly<{ address: string; port: number }> => {
  const [, address, port = String(PORT)] =
    /^(\[[0-9a-fA-F:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (address === undefined || Number(port) > 65_535)
    throw invalid(`"${text.slice(0, 100)}" isn't a host with a port`);
  return { address, port: Number(port) };
};

const loginOf = (text: string | undefined): EventStoreDbUrl['login'] => {
  if (text === undefined) return undefined;
  const colon = text.indexOf(':');
  if (colon < 0) throw invalid('the user has no password; write user:password@');
  return {
    username: decoded(text.slice(0, colon), 'user'),
    password: decoded(text.slice(colon + 1), 'password'),
  };
};

const assertSupported = (options: ReadonlyMap<string, string>): void => {
  if (!flagOf(options, 'tlsVerifyCert'))
    throw invalid(
      'tlsVerifyCert=false is not supported, the certificate is always checked; name its authority with tlsCAFile=/path/ca.crt',
    );
  if (!flagOf(options, 'throwOnAppendFailure'))
    throw invalid('throwOnAppendFailure=false is not supported; remove it');
  if (flat(options.get('nodePreference') ?? 'leader') !== 'leader')
    throw invalid(
      'nodePreference must be leader: Chainkeep reads what it has just written, which other nodes may not have yet',
    );
};

const numbersOf = (options: ReadonlyMap<string, string>): Readonly<Record<string, number>> =>
  Object.fromEntries(
    NUMBERS.flatMap((name) => {
      const value = options.get(name);
      if (value === undefined) return [];
      if (!/^-?\d{1,9}$/.test(value)) throw invalid(`${name} must be a whole number`);
      return [[name, Number(value)]];
    }),
  );

type Parts = Readonly<{ isDiscover: boolean; login: string | undefined; hosts: string; query: string }>;

const partsOf = (url: string): Parts => {
  const match = /^([a-z]+)(\+discover)?:\/\/([^?]*)(?:\?(.*))?$/i.exec(url.trim());
  const [, scheme = '', discover, authority = '', query = ''] = match ?? [];
  if (/^https?$/i.test(scheme))
    throw invalid(
      `${scheme}:// is not its protocol; write esdb://host:2113${scheme === 'http' ? '?tls=false' : ''}`,
    );
  if (!/^(esdb|kurrentdb|kurrent)$/i.test(scheme))
    throw invalid('esdb://user:password@host:2113 is expected');
  const at = authority.lastIndexOf('@');
  return {
    isDiscover: discover !== undefined,
    login: at < 0 ? undefined : authority.slice(0, at),
    hosts: authority.slice(at + 1).replace(/\/+$/, ''),
    query,
  };
};

const clientOf = (options: ReadonlyMap<string, string>): EventStoreDbUrl['client'] => {
  const [cert, key] = [fileOf(options, 'userCertFile'), fileOf(options, 'userKeyFile')];
  if ((cert === undefined) !== (key === undefined)) throw invalid('userCertFile and userKeyFile go together');
  return cert && key ? { cert, key } : undefined;
};

/**
 * `esdb://user:password@host:2113,host2:2113?tls=true&tlsCAFile=...`; also `esdb+discover://`, `kurrentdb://` and
 * `kurrentdb+discover://`. Throws CONFIG_INVALID, which names the problem and never the password.
 */
export const parseEventStoreUrl = (url: string): EventStoreDbUrl => {
  const parts = partsOf(url);
  const options = optionsOf(parts.query);
  assertSupported(options);
  const hosts = parts.hosts.split(',').map(hostOf);
  const login = loginOf(parts.login);
  const isTls = flagOf(options, 'tls');
  if (isTls && login === undefined && !options.has('userCertFile'))
    throw invalid(
      'there is no user and password, which a server with TLS requires; write esdb://user:password@host, or add tls=false for a server without TLS',
    );
  return {
    hosts,
    at: hosts.map(({ address, port }) => `${address}:${port}`).join(', '),
    isDiscover: parts.isDiscover,
    login,
    isTls,
    ca: isTls ? fileOf(options, 'tlsCAFile') : undefined,
    client: clientOf(options),
    connectionName: options.get('connectionName'),
    numbers: numbersOf(options),
  };
};
