import { createServer, request as httpRequest, type Server } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'undici';
import {
  assertProxiedHostAllowed,
  guardedAgents,
  guardedConnector,
  guardedLookup,
} from './guarded-connections.js';
import { postOnce } from './post.js';

const REFUSED = expect.objectContaining({ code: 'URL_REFUSED' });
const REFUSED_HOSTS = [
  '169.254.169.254',
  'fd00:ec2::254',
  '::ffff:169.254.169.254',
  '0xa9fea9fe',
  'metadata',
];
let server: Server;
let port: number;
const paths: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    paths.push(request.url ?? '');
    if (request.url === '/redirect') response.writeHead(307, { location: 'http://169.254.169.254/' });
    response.end('hello');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => {
  server.close();
});

describe('the guarded look-up', () => {
  const resolve = (name: string): Promise<unknown> =>
    new Promise((done, fail) => {
      guardedLookup(name, { all: true }, (error, addresses) => {
        if (error) fail(error);
        else done(addresses);
      });
    });

  it('passes on that a name is unknown', async () => {
    await expect(resolve('no-such-host.invalid')).rejects.toHaveProperty('syscall', 'getaddrinfo');
  });

  it('resolves names, and refuses those that lead to a refused address', async () => {
    expect(await resolve('localhost')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ address: expect.stringMatching(/^(127.0.0.1|::1)$/) }),
      ]),
    );
    await expect(resolve('169.254.169.254')).rejects.toEqual(REFUSED);
    // The resolver of the system takes this spelling too.
    await expect(resolve('0xa9fea9fe')).rejects.toEqual(REFUSED);
  });
});

describe('guarded agents', () => {
  const get = (host: string, secure = false): Promise<string> =>
    new Promise((resolve, reject) => {
      const { httpAgent, httpsAgent } = guardedAgents();
      const options = { host, port, path: '/agent' };
      const sent = secure
        ? httpsRequest({ ...options, agent: httpsAgent })
        : httpRequest({ ...options, agent: httpAgent });
      sent
        .on('error', reject)
        .on('response', (response) => {
          let text = '';
          response
            .on('data', (chunk) => (text += String(chunk)))
            .on('end', () => {
              resolve(text);
            });
        })
        .end();
    });

  it.each(['127.0.0.1', 'localhost'])('connect to %s', async (host) => {
    expect(await get(host)).toBe('hello');
  });

  it.each(REFUSED_HOSTS)('refuse %s, over TLS too', async (host) => {
    await expect(get(host)).rejects.toEqual(REFUSED);
    await expect(get(host, true)).rejects.toEqual(REFUSED);
  });
});

describe('the guarded connector of undici', () => {
  const status = async (origin: string): Promise<number> => {
    const client = new Client(origin, { connect: guardedConnector({}) });
    try {
      return (await client.request({ method: 'GET', path: '/undici' })).statusCode;
    } finally {
      await client.destroy();
    }
  };

  it('connects to loopback', async () => {
    expect(await status(`http://127.0.0.1:${port}`)).toBe(200);
    expect(await status(`http://localhost:${port}`)).toBe(200);
  });

  it.each(['http://169.254.169.254', 'https://[fd00:ec2::254]', 'http://metadata'])(
    'refuses %s',
    async (origin) => {
      await expect(status(origin)).rejects.toEqual(REFUSED);
    },
  );
});

describe('postOnce', () => {
  const post = (url: string): Promise<number> =>
    postOnce(url, { headers: {}, body: '{}', signal: AbortSignal.timeout(10_000) });

  it('answers the status and follows no redirect', async () => {
    expect(await post(`http://127.0.0.1:${port}/hook?a=1`)).toBe(200);
    expect(await post(`http://127.0.0.1:${port}/redirect`)).toBe(307);
    expect(paths).toEqual(expect.arrayContaining(['/hook?a=1', '/redirect']));
  });

  it.each(['http://169.254.169.254/', 'http://metadata.google.internal/'])('refuses %s', async (url) => {
    await expect(post(url)).rejects.toEqual(REFUSED);
  });
});

describe('a host behind a proxy', () => {
  it.each(REFUSED_HOSTS)('is refused: %s', async (host) => {
    await expect(assertProxiedHostAllowed(host)).rejects.toEqual(REFUSED);
  });

  it.each(['10.0.0.5', 'localhost', 'known-to-the-proxy.invalid', '[::1]'])(
    'is allowed: %s',
    async (host) => {
      await expect(assertProxiedHostAllowed(host)).resolves.toBeUndefined();
    },
  );
});
