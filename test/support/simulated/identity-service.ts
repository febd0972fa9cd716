import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const HOUR_S = 3_600;
const RESOURCE = 'https://storage.azure.com';

export type IdentityService = Readonly<{
  /** Environment of a process that runs "on Azure". */
  env: Readonly<Record<string, string>>;
  /** How many tokens it gave away. */
  given: () => number;
  close: () => Promise<void>;
}>;

const base64url = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url');

/** A token as Azurite wants it: it looks at issuer, audience and times, not at who signed it. */
const tokenUntil = (exp: number): string => {
  const iat = exp - HOUR_S;
  const claims = { aud: RESOURCE, iss: 'https://sts.windows.net/simulated/', iat, nbf: iat - 60, exp };
  return `${base64url({ alg: 'RS256', typ: 'JWT' })}.${base64url(claims)}.c2ltdWxhdGVk`;
};

/** A SIMULATED identity service of Azure's App Service: gives tokens of the machine's identity to who knows the header. */
export const startIdentityService = async (clientId: string): Promise<IdentityService> => {
  const header = 'planted-identity-header';
  let given = 0;
  const server = createServer((request, response) => {
    const asked = new URL(request.url ?? '', 'http://identity').searchParams;
    const isKnown = request.headers['x-identity-header'] === header && asked.get('client_id') === clientId;
    if (!isKnown || asked.get('resource') !== RESOURCE) {
      response
        .writeHead(400, { 'content-type': 'application/json' })
        .end('{"statusCode":400,"message":"no identity"}');
      return;
    }
    given += 1;
    const expires = Math.floor(Date.now() / 1_000) + HOUR_S;
    const token = { access_token: tokenUntil(expires), expires_on: String(expires), resource: RESOURCE };
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ ...token, token_type: 'Bearer', client_id: clientId }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    env: { IDENTITY_ENDPOINT: `http://127.0.0.1:${port}/msi/token`, IDENTITY_HEADER: header },
    given: () => given,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
};
