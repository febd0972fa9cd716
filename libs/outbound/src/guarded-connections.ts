import { lookup } from 'node:dns';
import { lookup as lookupNow } from 'node:dns/promises';
import { Agent as HttpAgent, type AgentOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { bareHost, isHostRefused, refusedHost } from './url-policy.js';

/** A name look-up for connections. Fails with `URL_REFUSED` when the name leads to an address the policy refuses. */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, options, (error, address, family) => {
    // A look-up that failed has no address, whatever its type says.
    if (error !== null) {
      callback(error, address, family);
      return;
    }
    const found = typeof address === 'string' ? [address] : address.map((entry) => entry.address);
    callback(found.some(isHostRefused) ? refusedHost(hostname) : null, address, family);
  });
};

/**
 * Throws `URL_REFUSED` for a host that a proxy is asked to connect to, when the policy refuses it or this machine knows
 * its name under a refused address. A name that only the proxy knows is allowed.
 */
export const assertProxiedHostAllowed = async (host: string): Promise<void> => {
  const name = bareHost(host);
  if (isHostRefused(name)) throw refusedHost(name);
  if (isIP(name) !== 0) return;
  const found = await lookupNow(name, { all: true }).catch(() => []);
  if (found.some(({ address }) => isHostRefused(address))) throw refusedHost(name);
};

type CreateConnection = HttpAgent['createConnection'];

/** Node looks up names only: an address, which a redirect may name, is judged here. */
const guarded =
  (create: CreateConnection): CreateConnection =>
  (options, callback) => {
    const host = options.host ?? '';
    if (!isHostRefused(host)) return create({ ...options, lookup: guardedLookup }, callback);
    process.nextTick(() => callback?.(refusedHost(host), undefined as never));
    return undefined;
  };

class GuardedHttpAgent extends HttpAgent {
  override createConnection(...given: Parameters<CreateConnection>): ReturnType<CreateConnection> {
    return guarded((...args) => super.createConnection(...args))(...given);
  }
}

class GuardedHttpsAgent extends HttpsAgent {
  override createConnection(...given: Parameters<CreateConnection>): ReturnType<CreateConnection> {
    return guarded((...args) => super.createConnection(...args))(...given);
  }
}

export type GuardedAgents = Readonly<{ httpAgent: HttpAgent; httpsAgent: HttpsAgent }>;

/** Agents for Node's HTTP client that connect to nothing the policy refuses; requests fail with `URL_REFUSED`. */
export const guardedAgents = (options: AgentOptions = {}): GuardedAgents => ({
  httpAgent: new GuardedHttpAgent(options),
  httpsAgent: new GuardedHttpsAgent(options),
});

/** The same for the dispatchers of undici. */
export const guardedConnector = (options: buildConnector.BuildOptions): buildConnector.connector => {
  const connect = buildConnector({ ...options, lookup: guardedLookup });
  return (target, callback) => {
    const host = bareHost(target.hostname);
    if (isHostRefused(host)) callback(refusedHost(host), null);
    else connect(target, callback);
  };
};
