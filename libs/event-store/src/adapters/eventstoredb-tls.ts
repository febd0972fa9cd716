import { connect } from 'node:tls';
import { isIP } from 'node:net';

/** What OpenSSL and Node say, and what it means for EVENTSTORE_URL. */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [
    /wrong version number|packet length too long|record layer failure|http request/i,
    'it does not speak TLS; add tls=false to EVENTSTORE_URL, or turn on TLS at the server',
  ],
  [
    /self[- ]signed|unable to (get|verify)|unknown ca|UNABLE_TO_/i,
    'nobody known vouches for its certificate; name the file of its authority with tlsCAFile in EVENTSTORE_URL',
  ],
  [/certificate has expired|CERT_HAS_EXPIRED/i, 'its certificate has expired; renew it'],
  [/not yet valid/i, 'its certificate is not valid yet; check the clocks'],
  [
    /altnames|ERR_TLS_CERT_ALTNAME/i,
    'its certificate is for other hosts; write a host of the certificate in EVENTSTORE_URL',
  ],
  [/certificate required|bad certificate|handshake failure/i, 'it refused the client certificate'],
];

/** The meaning of a failed handshake; `undefined` when the text is about something else. */
export const refusedTls = (text: string): string | undefined =>
  MEANINGS.find(([pattern]) => pattern.test(text))?.[1];

export const SPEAKS_TLS =
  'it speaks TLS only; remove tls=false from EVENTSTORE_URL and give a user and password';

const PROBE_MS = 2_000;

/** Does something speak TLS there? A client without TLS sees only that the connection breaks. */
export const speaksTls = async (host: Readonly<{ address: string; port: number }>): Promise<boolean> =>
  new Promise((resolve) => {
    const address = host.address.replace(/^\[|\]$/g, '');
    // Nothing is sent over it: whose certificate it is does not matter.
    const socket = connect({
      host: address,
      port: host.port,
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
    });
    const done = (speaks: boolean): void => {
      socket.destroy();
      resolve(speaks);
    };
    socket.setTimeout(PROBE_MS, () => {
      done(false);
    });
    socket.once('secureConnect', () => {
      done(true);
    });
    socket.once('error', () => {
      done(false);
    });
  });

type Connector = { connectionOptions?: { host?: string; servername?: string } };
type Credentials = { _createSecureConnector?: (...args: unknown[]) => Connector };

/**
 * grpc-js names an IP address as the server's name, which Node 26 refuses and older versions warn about. Without a name
 * Node checks the IP entries of the certificate all the same.
 */
export const withoutIpNames = <T extends object>(credentials: T): T => {
  const own = credentials as Credentials;
  const create = own._createSecureConnector?.bind(credentials);
  if (create === undefined) return credentials;
  own._createSecureConnector = (...args) => {
    const connector = create(...args);
    const options = connector.connectionOptions;
    if (options?.host !== undefined && isIP(options.host) !== 0) options.servername = '';
    return connector;
  };
  return credentials;
};
