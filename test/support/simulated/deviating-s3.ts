import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Deviations = Readonly<{
  /** As garage: If-None-Match and If-Match are ignored. */
  ignoresConditions?: boolean;
  /** Checksums are neither checked nor kept. */
  ignoresChecksums?: boolean;
  /** As s3rver with streamed puts: what is stored is not what was sent. */
  damages?: boolean;
}>;

const xml = (response: ServerResponse, status: number, body: string): void => {
  response.writeHead(status, { 'content-type': 'application/xml' }).end(`<?xml version="1.0"?>${body}`);
};
const errorOf = (code: string): string => `<Error><Code>${code}</Code></Error>`;
const quoted = (bytes: Buffer): string => `"${createHash('md5').update(bytes).digest('hex')}"`;

/** A SIMULATED S3 store in memory with the faults of real ones; it asks for no signature. */
export const startDeviatingS3 = async (
  deviations: Deviations,
): Promise<Readonly<{ endpoint: string; close: () => Promise<void> }>> => {
  const objects = new Map<string, Buffer>();
  const put = async (key: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const sent = Buffer.concat(chunks);
    if (!deviations.ignoresConditions && request.headers['if-none-match'] === '*' && objects.has(key)) {
      xml(response, 412, errorOf('PreconditionFailed'));
      return;
    }
    const announced = request.headers['x-amz-checksum-sha256'];
    const actual = createHash('sha256').update(sent).digest('base64');
    if (!deviations.ignoresChecksums && announced !== undefined && announced !== actual) {
      xml(response, 400, errorOf('BadDigest'));
      return;
    }
    const kept = deviations.damages === true ? Buffer.concat([Buffer.from('10\r\n'), sent]) : sent;
    objects.set(key, kept);
    response.writeHead(200, { etag: quoted(kept) }).end();
  };
  const list = (prefix: string, response: ServerResponse): void => {
    const contents = [...objects]
      .filter(([key]) => key.startsWith(prefix))
      .map(
        ([key, bytes]) =>
          `<Contents><Key>${encodeURIComponent(key)}</Key><Size>${bytes.length}</Size><ETag>${quoted(bytes)}</ETag></Contents>`,
      );
    const body = `<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>${contents.join('')}`;
    xml(response, 200, `<ListBucketResult>${body}</ListBucketResult>`);
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '', 'http://store');
    const [, , ...rest] = url.pathname.split('/');
    const key = decodeURIComponent(rest.join('/'));
    if (url.searchParams.has('list-type')) {
      list(url.searchParams.get('prefix') ?? '', response);
      return;
    }
    if (key === '') {
      xml(response, 501, errorOf('NotImplemented'));
      return;
    }
    if (request.method === 'PUT') {
      await put(key, request, response);
      return;
    }
    const found = objects.get(key);
    if (request.method === 'DELETE') {
      objects.delete(key);
      response.writeHead(204).end();
    } else if (found === undefined) xml(response, 404, errorOf('NoSuchKey'));
    else response.writeHead(200, { etag: quoted(found), 'content-length': found.length }).end(found);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
};
