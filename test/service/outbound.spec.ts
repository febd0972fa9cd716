/**
 * @proves The API refuses every address of a metadata service that a caller names (nodes, proxies, stores, sign-in services). Loopback stays allowed.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AdminApiBench, E, expectProblem, prepare } from '../support/worlds/admin-api-bench.js';

const KEY = Buffer.from('key').toString('base64');
const S3 = { provider: 's3', bucket: 'latest', access_key_id: 'a', secret_access_key: 'bbbbbbbb' };
const AZURE = { provider: 'azure', container: 'latest', storage_account: 'acct', access_key: KEY };

/** Every place of the API where a caller names an address. */
const WAYS: Readonly<Record<string, (url: string) => readonly [string, string, unknown]>> = {
  'endpoint of an S3 target': (endpoint) => target({ ...S3, endpoint }),
  'sts_endpoint of an S3 target': (sts_endpoint) =>
    target({ ...S3, endpoint: 'http://127.0.0.1:9', role_arn: 'arn:aws:iam::1:role/x', sts_endpoint }),
  'sts_endpoint of an AWS target': (sts_endpoint) =>
    target({ ...S3, provider: 'aws', role_arn: 'arn:aws:iam::1:role/x', sts_endpoint }),
  'endpoint of an Azure target': (endpoint) => target({ ...AZURE, endpoint }),
  'connection string of an Azure target': (url) =>
    target({
      provider: 'azure',
      container: 'latest',
      connection_string: `AccountName=acct;BlobEndpoint=${url};AccountKey=${KEY}`,
    }),
  'endpoint of a managed bucket': (endpoint) => managed({ ...S3, endpoint }),
  'sts_endpoint of a managed bucket': (sts_endpoint) =>
    managed({ ...S3, endpoint: 'http://127.0.0.1:9', role_arn: 'arn:aws:iam::1:role/x', sts_endpoint }),
  'endpoint of a managed Azure container': (endpoint) => managed({ ...AZURE, endpoint }),
  'URL of a node': (rpc) => ['POST', `${E}/nodes`, { urls: { rpc } }],
  'WebSocket URL of a node': (url) => ['POST', `${E}/nodes`, { urls: { wss: url.replace('http', 'ws') } }],
  'proxy of a node': (proxy) => ['POST', `${E}/nodes`, { urls: { rpc: 'http://127.0.0.1:9' }, proxy }],
  'URL of a probe': (rpc) => ['POST', '/probe', { urls: { rpc } }],
  'proxy of a probe': (proxy) => ['POST', '/probe', { urls: { rpc: 'http://127.0.0.1:9' }, proxy }],
};
let next = 0;
/** Each target at its own prefix: locations may not overlap. */
const target = (details: Readonly<Record<string, unknown>>) => {
  next += 1;
  return [
    'POST',
    `${E}/configurations`,
    {
      _id: `t${next}`,
      type: 'backup',
      membership_id: 'bank-a',
      details: { ...details, prefix: `t${next}/` },
    },
  ] as const;
};
const managed = (place: Readonly<Record<string, unknown>>) =>
  ['PATCH', E, { managed: { ...place, prefix: 'managed/' } }] as const;

describe('an address that a caller names', () => {
  let api: AdminApiBench;
  // Answers at once, so that no client tries again.
  const anybody = createServer((request, response) => {
    request.resume();
    response.writeHead(403).end();
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => anybody.listen(0, '127.0.0.1', resolve));
    api = await AdminApiBench.start();
    await prepare(api);
  });
  afterAll(async () => {
    await api.stop();
    anybody.closeAllConnections();
    anybody.close();
  });

  describe.each(Object.entries(WAYS))('as the %s', (_name, request) => {
    it.each([
      'http://169.254.169.254',
      'http://0xa9fea9fe',
      'http://0251.0376.0251.0376',
      'http://[::ffff:a9fe:a9fe]',
      'http://[fd00:ec2::254]',
      'http://[fe80::1]',
      'http://168.63.129.16',
      'http://METADATA.google.internal.',
    ])('is refused: %s', async (url) => {
      expectProblem(await api.ask(...request(url)), 'URL_REFUSED', 400);
    });

    it('may be loopback', async () => {
      const { port } = anybody.address() as AddressInfo;
      const { status } = await api.ask(...request(`http://127.0.0.1:${port}`));
      expect(status).toBeLessThan(300);
    });
  });
});
