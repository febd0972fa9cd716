/** @proves A store that lists without end, answers without end or drips is given up in bounded time and memory. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { digestOf, type ObjectStore } from '#libs/object-store';
import { ProviderObjectStores } from '#libs/object-store/adapters/provider.object-stores';
import { listedObjects } from '../../apps/distributor/src/targets/listed-objects.js';

jest.setTimeout(120_000);
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

describe('a hostile store', () => {
  let server: Server | undefined;
  const never = new AbortController().signal;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  const open = async (answer: Answer): Promise<ObjectStore> => {
    server = createServer((request, response) => {
      request.resume();
      answer(request, response);
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const details = { endpoint: `http://127.0.0.1:${port}`, bucket: 'b', access_key_id: 'a' };
    const secrets = { secret_access_key: 's' };
    return new ProviderObjectStores().open({ provider: 's3', details, secrets, role: 'target' });
  };
  const page = (token: number, objects: readonly string[]): string =>
    `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t${token}</NextContinuationToken>${objects.join('')}</ListBucketResult>`;
  /** Writes until the other side has enough. */
  const flood = (response: ServerResponse, text: string): void => {
    const write = (): void => {
      while (!response.destroyed && response.write(text)) continue;
      if (!response.destroyed) response.once('drain', write);
    };
    write();
  };

  it('that lists without end is given up, and its keys are not kept', async () => {
    let pages = 0;
    const store = await open((_request, response) => {
      pages += 1;
      const objects = Array.from({ length: 1_000 }, (_, at) => {
        const key = `e/${pages}-${at}${'x'.repeat(900)}`;
        return `<Contents><Key>${key}</Key><Size>1</Size><ETag>"e"</ETag></Contents>`;
      });
      response.writeHead(200).end(page(pages, objects));
    });
    const before = process.memoryUsage().heapUsed;
    await expect(listedObjects(store, 'e/', new Set(['e/x']), never)).rejects.toMatchObject({
      code: 'TARGET_UNFIT',
    });
    expect(pages).toBeLessThan(110);
    // All keys together are 90 MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(80 * 2 ** 20);
  });

  it('that lists empty pages without end is given up', async () => {
    let pages = 0;
    const store = await open((_request, response) => response.writeHead(200).end(page((pages += 1), [])));
    await expect(listedObjects(store, 'e/', new Set(), never)).rejects.toMatchObject({
      code: 'TARGET_UNFIT',
    });
  });

  it('that answers a listing without end is given up', async () => {
    const store = await open((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/xml' });
      flood(response, `<ListBucketResult>${'<Contents><Key>k</Key></Contents>'.repeat(1_000)}`);
    });
    await expect(listedObjects(store, 'e/', new Set(), never)).rejects.toMatchObject({
      code: expect.stringMatching(/^TARGET_/),
    });
  });

  it('that sends an object without end is read no further than the object may be', async () => {
    const store = await open((_request, response) => {
      response.writeHead(200, { etag: '"e"' });
      flood(response, 'x'.repeat(100_000));
    });
    const { bytes } = await digestOf(store, 'e/file', never, 1_000);
    expect(bytes).toBeGreaterThan(1_000);
    expect(bytes).toBeLessThan(2 ** 20);
  });
});
