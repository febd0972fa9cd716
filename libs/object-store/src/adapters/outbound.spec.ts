import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ObjectStore } from '../object-store.js';
import { AzureObjectStore } from './azure/azure.object-store.js';
import { parseAzureSettings, type AzureSettings } from './azure/azure-settings.js';
import { ProviderObjectStores } from './provider.object-stores.js';
import { parseS3Settings, type S3Settings } from './s3/s3-settings.js';
import { S3ObjectStore } from './s3/s3.object-store.js';

const METADATA = 'http://169.254.169.254';
const LOOPBACK = 'http://127.0.0.1:9';
const KEY = Buffer.from('key').toString('base64');
const REFUSED = { code: 'URL_REFUSED' };
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const s3 = (changes: Partial<S3Settings> = {}): S3Settings => ({
  ...parseS3Settings({
    provider: 's3',
    details: { bucket: 'b', endpoint: LOOPBACK },
    secrets: { access_key_id: 'a', secret_access_key: 'b' },
    role: 'target',
  }),
  ...changes,
});
const azure = (endpoint: string): AzureSettings => ({
  ...parseAzureSettings({
    provider: 'azure',
    details: { container: 'c', storage_account: 'acct', endpoint: LOOPBACK },
    secrets: { access_key: KEY },
    role: 'target',
  }),
  endpoint,
});

/** A store that sends every request elsewhere, and what it was asked. */
const aRedirect = async (location: string): Promise<{ url: string; asked: string[] }> => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    request.resume();
    response.writeHead(307, { location, 'x-amz-bucket-region': 'eu-west-1' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
};

describe('a store', () => {
  it.each([
    ['s3', { bucket: 'b', endpoint: METADATA }, {}],
    ['s3', { bucket: 'b', endpoint: 'http://instance-data' }, {}],
    ['aws', { bucket: 'b', role_arn: 'r', sts_endpoint: 'http://168.63.129.16' }, {}],
    ['azure', { container: 'c', storage_account: 'acct', endpoint: 'http://[fd00:ec2::254]' }, {}],
    [
      'azure',
      { container: 'c' },
      { connection_string: `BlobEndpoint=${METADATA};AccountName=acct;AccountKey=a` },
    ],
    [
      'azure',
      { container: 'c' },
      { connection_string: `AccountName=metadata/;EndpointSuffix=x;AccountKey=a` },
    ],
  ])('of provider %s is not opened at %j %j', async (provider, details, secrets) => {
    const opening = new ProviderObjectStores().open({ provider, details, secrets, role: 'target' });
    await expect(opening).rejects.toMatchObject({
      code: expect.stringMatching(/^(URL_REFUSED|INPUT_INVALID)$/),
    });
  });

  // As if a name led there: what the settings could not see is refused when the connection is made.
  it.each<[string, () => ObjectStore]>([
    ['S3', () => new S3ObjectStore(s3({ endpoint: METADATA, path_style: false }))],
    [
      'the sign-in service of S3',
      () => new S3ObjectStore(s3({ role_arn: 'arn:aws:iam::1:role/x', sts_endpoint: METADATA })),
    ],
    ['Azure', () => new AzureObjectStore(azure(METADATA))],
    ['Azure over TLS', () => new AzureObjectStore(azure(METADATA.replace('http:', 'https:')))],
  ])('connects to no refused address: %s', async (_name, open) => {
    await expect(open().head('key')).rejects.toMatchObject(REFUSED);
  });

  it.each<[string, (url: string) => ObjectStore]>([
    ['S3', (url) => new S3ObjectStore(s3({ endpoint: url }))],
    ['Azure', (url) => new AzureObjectStore(azure(url))],
  ])('follows no redirect: %s', async (_name, open) => {
    const elsewhere = await aRedirect(METADATA);
    const { url, asked } = await aRedirect(elsewhere.url);
    await expect(open(url).head('key')).rejects.toMatchObject({ code: expect.stringMatching(/^TARGET_/) });
    expect(asked).not.toHaveLength(0);
    expect(elsewhere.asked).toEqual([]);
  });
});
