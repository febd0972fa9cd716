import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HttpConnections } from './http-connections.js';
import { S3Direct } from './s3-direct.js';

const TIMES = { connectTimeoutMs: 240_000, idleTimeoutMs: 240_000, keepMs: 240_000 };
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A store whose first answer is `first`; it has every object from then on. */
const aStore = async (first: number, headers: Record<string, string>) => {
  const asked: string[] = [];
  server = createServer((request, response) => {
    asked.push(request.method ?? '');
    request.resume();
    if (asked.length === 1) response.writeHead(first, { ...headers, 'content-length': 0 }).end();
    else response.writeHead(200, { etag: '"1"', 'content-length': 5 }).end('hello');
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const client = new S3Client({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forcePathStyle: true,
  });
  return { direct: new S3Direct(client, 'bucket-1', (url) => new HttpConnections(url, 10, TIMES)), asked };
};

describe('the direct path', () => {
  it.each<[number, Record<string, string>]>([
    [301, {}],
    [301, { 'x-amz-bucket-region': 'us-east-2' }],
    [400, { 'x-amz-bucket-region': 'us-east-2' }],
  ])('is left for good after the answer %i with %j', async (status, headers) => {
    const { direct, asked } = await aStore(status, headers);
    expect(await direct.head('key')).toBeUndefined();
    expect(await direct.head('key')).toBeUndefined();
    expect(await direct.get('key')).toBeUndefined();
    expect(asked).toEqual(['HEAD']);
  });

  it.each<[number, Record<string, string>]>([
    [307, { location: 'http://127.0.0.1:9/', 'x-amz-bucket-region': 'us-east-2' }],
    [308, { location: 'http://127.0.0.1:9/' }],
    [400, {}],
    [400, { 'x-amz-bucket-region': 'eu-west-1' }],
    [503, { 'x-amz-bucket-region': 'us-east-2' }],
  ])('is left for one request after the answer %i with %j', async (status, headers) => {
    const { direct, asked } = await aStore(status, headers);
    expect(await direct.head('key')).toBeUndefined();
    expect(await direct.head('key')).toMatchObject({ ETag: '"1"', ContentLength: 5 });
    expect(asked).toEqual(['HEAD', 'HEAD']);
  });
});
