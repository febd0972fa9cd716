import { isIP } from 'node:net';
import { bareHost } from './url-policy.js';

/** PEM texts. `serverName` is the name the certificate must carry, when it is not the URL's host. */
export type EndpointTls = Readonly<{ ca?: string; cert?: string; key?: string; serverName?: string }>;

/** Options for `tls.connect`: who we are and whom we expect at the host. */
export const tlsOptions = (tls: EndpointTls | undefined, host: string): Record<string, string> => ({
  host: bareHost(host),
  ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
  ...(tls?.cert === undefined ? {} : { cert: tls.cert }),
  ...(tls?.key === undefined ? {} : { key: tls.key }),
  ...serverName(tls, bareHost(host)),
});

/** An address is not a server name (RFC 6066): it is compared with the certificate as the host instead. */
const serverName = (tls: EndpointTls | undefined, host: string): Record<string, string> => {
  if (tls?.serverName !== undefined) return { servername: tls.serverName };
  return isIP(host) === 0 ? { servername: host } : {};
};

/** The port of an http, https, ws or wss URL. */
export const portOf = (url: URL): number =>
  Number(url.port || (url.protocol === 'https:' || url.protocol === 'wss:' ? 443 : 80));
