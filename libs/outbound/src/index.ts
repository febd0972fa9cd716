/**
 * outbound owns how this server connects to addresses that others give it (nodes, stores, sign-in services, webhooks):
 * one policy of allowed addresses, the guarded look-up and connections that hold it, TLS options, proxies and tunnels.
 * It does not own what is said over a connection, or the server's own credentials (its cloud's metadata service).
 */
export {
  assertProxiedHostAllowed,
  guardedAgents,
  guardedConnector,
  guardedLookup,
  type GuardedAgents,
} from './guarded-connections.js';
export { isExemptFromProxy } from './environment-proxy.js';
export { postOnce } from './post.js';
export { portOf, tlsOptions, type EndpointTls } from './tls.js';
export { basicValue, openTunnel, proxyAuth, upgradeToTls } from './tunnel.js';
export { assertUrlAllowed, bareHost } from './url-policy.js';
