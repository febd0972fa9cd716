import dns from 'node:dns';
import dnsPromises from 'node:dns/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';

const HIDDEN = 'store-of-a-member.example';
// The resolver of this machine: the name leads to the metadata service.
const METADATA = [{ address: '169.254.169.254', family: 4 }];
jest.unstable_mockModule('node:dns/promises', () => ({
  ...dnsPromises,
  lookup: (name: string, options: object) =>
    name === HIDDEN ? Promise.resolve(METADATA) : dnsPromises.lookup(name, options),
}));
jest.unstable_mockModule('node:dns', () => ({
  ...dns,
  lookup: (name: string, options: { all?: boolean }, done: (error: null, ...found: unknown[]) => void) => {
    if (name !== HIDDEN) dns.lookup(name, options, done as never);
    else if (options.all === true) done(null, METADATA);
    else done(null, METADATA[0]?.address, 4);
  },
}));
const { AzureObjectStore } = await import('./azure.object-store.js');
const { parseAzureSettings } = await import('./azure-settings.js');

const OWN = process.env;
const isOfProxies = (name: string): boolean => /^(https|http|all|no)_proxy$/i.test(name);
const REFUSED = { code: 'URL_REFUSED' };
let proxy: Server;
let asked: string[];

beforeAll(async () => {
  proxy = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.writeHead(404).end();
  }).on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url ?? ''}`);
    socket.end('HTTP/1.1 403 No\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
  asked = [];
  process.env = Object.fromEntries(Object.entries(OWN).filter(([name]) => !isOfProxies(name)));
  process.env['HTTPS_PROXY'] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterEach(() => {
  process.env = OWN;
});
afterAll(() => {
  proxy.closeAllConnections();
  proxy.close();
});

const azure = (endpoint: string, noProxy?: string) => {
  const location = {
    provider: 'azure',
    details: { container: 'c', storage_account: 'acct', endpoint: 'http://127.0.0.1:9' },
    secrets: { access_key: Buffer.from('key').toString('base64') },
    role: 'target',
  } as const;
  const settings = parseAzureSettings(location, { isProxied: true, noProxy });
  return new AzureObjectStore({ ...settings, endpoint });
};

describe("Azure behind the environment's proxy", () => {
  it('asks the proxy for a host that the policy allows', async () => {
    expect(await azure('http://known-to-the-proxy.invalid').head('key')).toBeUndefined();
    expect(asked).toEqual(['HEAD http://known-to-the-proxy.invalid/c/key']);
  });

  it.each([`http://${HIDDEN}`, `https://${HIDDEN}`, 'http://169.254.169.254', 'https://metadata'])(
    'asks the proxy for no refused host: %s',
    async (endpoint) => {
      await expect(azure(endpoint).head('key')).rejects.toMatchObject(REFUSED);
      expect(asked).toEqual([]);
    },
  );

  it.each([
    [`http://${HIDDEN}`, HIDDEN],
    [`https://${HIDDEN}`, '.example'],
    ['http://169.254.169.254', '169.254.169.254'],
    ['https://169.254.169.254', '*'],
  ])('connects to no refused host that NO_PROXY exempts: %s by %s', async (endpoint, exempt) => {
    await expect(azure(endpoint, exempt).head('key')).rejects.toMatchObject(REFUSED);
    expect(asked).toEqual([]);
  });
});
