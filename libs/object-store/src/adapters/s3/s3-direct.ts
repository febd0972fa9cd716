import type { IncomingMessage } from 'node:http';
import type { S3Client } from '@aws-sdk/client-s3';
import { HttpRequest } from '@smithy/core/protocols';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { SignatureV4 } from '@smithy/signature-v4';
import { sha256Hex } from '#libs/kernel';
import type { Opened } from '../resumed-read.js';
import type { ReportedChecksums } from './s3-checksum.js';
import type { S3Settings } from './s3-settings.js';

const NOTHING_SHA256 = sha256Hex(new Uint8Array());

type Headers = Readonly<Record<string, string>>;
type Answer = Readonly<{ status: number; headers: Headers; body: IncomingMessage }>;
type Stored = ReportedChecksums & Readonly<{ ETag: string | undefined; ContentLength: number }>;

/** What became of a direct put: `unknown` when no answer came, so that the object may be there all the same. */
export type DirectPut =
  Readonly<{ outcome: 'stored'; answer: Stored }> | Readonly<{ outcome: 'not-stored' | 'unknown' }>;

const storedOf = (headers: Headers): Stored => ({
  ETag: headers['etag'],
  ContentLength: Number(headers['content-length'] ?? 0),
  ChecksumCRC32: headers['x-amz-checksum-crc32'],
  ChecksumCRC32C: headers['x-amz-checksum-crc32c'],
  ChecksumCRC64NVME: headers['x-amz-checksum-crc64nvme'],
  ChecksumSHA1: headers['x-amz-checksum-sha1'],
  ChecksumSHA256: headers['x-amz-checksum-sha256'],
});

/** As the signature wants it: everything but the unreserved characters is escaped. */
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/**
 * The three requests that are made for every file, without the layers of the SDK, which cost more than the transfer of
 * a small file. Only the ordinary answer is understood: whatever else happens is left to the same request through the
 * SDK, with its retries, redirects, clocks, sessions and errors. For places with an endpoint and the bucket in the
 * path.
 */
export class S3Direct {
  private readonly signer: SignatureV4;
  private readonly endpoint: URL;
  private readonly base: string;

  constructor(
    private readonly client: S3Client,
    { endpoint, bucket, region }: S3Settings & Readonly<{ endpoint: string }>,
  ) {
    const { credentials, sha256 } = client.config;
    const escaping = { uriEscapePath: false, applyChecksum: false };
    this.signer = new SignatureV4({ service: 's3', region, credentials, sha256, ...escaping });
    this.endpoint = new URL(endpoint);
    this.base = `${this.endpoint.pathname.replace(/\/$/, '')}/${escaped(bucket)}`;
  }

  /** The object from its first byte on; `undefined` when that is to be asked through the SDK. */
  async get(key: string, signal?: AbortSignal): Promise<Opened | undefined> {
    const answer = await this.ask('GET', key, { signal });
    if (answer?.status !== 200) {
      answer?.body.destroy();
      return undefined;
    }
    const { ETag: etag, ContentLength: bytes } = storedOf(answer.headers);
    return { etag, bytes, stream: answer.body };
  }

  /** What stands under a key, `absent`, or `undefined` when that is to be asked through the SDK. */
  async head(key: string, signal?: AbortSignal): Promise<Stored | 'absent' | undefined> {
    const headers = { 'x-amz-checksum-mode': 'ENABLED' };
    const answer = await this.ask('HEAD', key, { headers, signal });
    answer?.body.resume();
    if (answer?.status === 404) return 'absent';
    return answer?.status === 200 ? storedOf(answer.headers) : undefined;
  }

  /** Stores bytes whose digest is known. `headers` are signed as they are. */
  async put(
    key: string,
    { body, sha256, headers }: Readonly<{ body: Buffer; sha256: string; headers: Headers }>,
    signal?: AbortSignal,
  ): Promise<DirectPut> {
    const length = { 'content-length': String(body.byteLength) };
    const answer = await this.ask('PUT', key, { headers: { ...headers, ...length }, sha256, body, signal });
    answer?.body.resume();
    if (answer === undefined) return { outcome: 'unknown' };
    return answer.status === 200
      ? { outcome: 'stored', answer: storedOf(answer.headers) }
      : { outcome: 'not-stored' };
  }

  /** Rejects with the signal's reason; resolves to nothing when no answer came. */
  private async ask(
    method: string,
    key: string,
    {
      headers = {},
      sha256 = NOTHING_SHA256,
      body,
      signal,
    }: Readonly<{ headers?: Headers; sha256?: string; body?: Buffer; signal: AbortSignal | undefined }>,
  ): Promise<Answer | undefined> {
    signal?.throwIfAborted();
    const { protocol, hostname, port, host } = this.endpoint;
    const request = new HttpRequest({
      method,
      protocol,
      hostname,
      ...(port === '' ? {} : { port: Number(port) }),
      path: `${this.base}/${key.split('/').map(escaped).join('/')}`,
      headers: { ...headers, host, 'x-amz-content-sha256': sha256 },
      body,
    });
    try {
      const { config } = this.client;
      const signingDate = new Date(Date.now() + config.systemClockOffset);
      const signed = await this.signer.sign(request, { signingDate });
      const options = signal === undefined ? {} : { abortSignal: signal };
      const { response } = await (config.requestHandler as NodeHttpHandler).handle(
        signed as HttpRequest,
        options,
      );
      return {
        status: response.statusCode,
        headers: response.headers,
        body: response.body as IncomingMessage,
      };
    } catch {
      signal?.throwIfAborted();
      return undefined;
    }
  }
}
