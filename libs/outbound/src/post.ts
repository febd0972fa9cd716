import { Client } from 'undici';
import { guardedConnector } from './guarded-connections.js';
import { assertUrlAllowed } from './url-policy.js';

export type OutboundPost = Readonly<{
  headers: Readonly<Record<string, string>>;
  body: string;
  signal: AbortSignal;
}>;

/**
 * Posts a body to a URL over a separate connection and resolves with the status of the answer, whose body is not
 * read. Follows no redirect. Throws `URL_REFUSED` when the policy refuses the address, else what broke the connection.
 */
export const postOnce = async (url: string, { headers, body, signal }: OutboundPost): Promise<number> => {
  assertUrlAllowed(url);
  const { origin, pathname, search } = new URL(url);
  const client = new Client(origin, { connect: guardedConnector({}) });
  try {
    const path = `${pathname}${search}`;
    const answer = await client.request({ method: 'POST', path, headers, body, signal });
    answer.body.on('error', () => undefined).destroy();
    return answer.statusCode;
  } finally {
    await client.destroy();
  }
};
