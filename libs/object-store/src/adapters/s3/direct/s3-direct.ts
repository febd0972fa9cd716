import type { S3Client } from '@aws-sdk/client-s3';
import { HttpRequest } from '@smithy/core/protocols';
import { sha256Hex } from '#libs/kernel';
import type { HttpAnswer } from './http-connection.js';
import type { HttpConnections } from './http-connections.js';
import type { Headers } from './http-head.js';
import type { Opened } from '../../resumed-read.js';
import type { ReportedChecksums } from '../s3-checksum.js';
import { bucketAt, type BucketAddress } from './bucket-address.js';

const NOTHING_SHA256 = sha256Hex(new Uint8Array());

type Stored = ReportedChecksums & Readonly<{ ETag: string | undefined; ContentLength: number }>;

/** What became of a direct put: `unknown` when no answer came, so that the object may be there all the same. */
export type DirectPut =
  Readonly<{ outcome: 'stored'; answer: Stored }> | Readonly<{ outcome: 'not-stored' | 'unknown' }>;

type Asked = Readonly<{
  headers?: Headers;
  sha256?: string;
  body?: Buffer;
  into?: Buffer | undefined;
  signal: AbortSignal | undefined;
}>;

/** Any failure but an abortion means that there is no answer. */
const unlessAborted = (signal: AbortSignal | undefined) => (): undefined => {
  signal?.throwIfAborted();
};

const storedOf = (headers: Headers): Stored => ({
  ETag: headers['etag'],
  ContentLength: Number(headers['content-length'] ?? 0),
  ChecksumCRC32: headers['x-amz-checksum-crc32'],
  ChecksumCRC32C: headers['x-amz-checksum-crc32c'],
  ChecksumCRC64NVME: headers['x-amz-checksum-crc64nvme'],
  ChecksumSHA1: headers['x-amz-checksum-sha1'],
  ChecksumSHA256: headers['x-amz-checksum-sha256'],
});

/**
 * Is the bucket in another region for good? AWS says so with 301, or with 400 and the bucket's region where the region
 * of the signature is wrong. 307 is for a while only: of a bucket that is new, until its name is known everywhere.
 */
const isInOtherRegion = ({ status, headers }: HttpAnswer, ours: string): boolean => {
  const region = headers['x-amz-bucket-region'];
  return status === 301 || (status === 400 && region !== undefined && region !== ours);
};

/**
 * The three requests that are made for every file, without the layers of the SDK, which cost more than the transfer of
 * a small file. Only the ordinary answer is understood: whatever else happens is left to the same request through the
 * SDK, with its retries, redirects, clocks, sessions and errors.
 */
export class S3Direct {
  private address: Promise<BucketAddress | undefined> | undefined;
  private connections: HttpConnections | undefined;
  /** A bucket in another region is asked through the SDK from then on: it remembers where the bucket is. */
  private isMoved = false;

  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
    private readonly connect: (server: URL) => HttpConnections,
  ) {}

  /** The object from its first byte on, read to `into`; `undefined` when the SDK has to read it. */
  async get(key: string, signal?: AbortSignal, into?: Buffer): Promise<Opened | undefined> {
    const answer = await this.ask('GET', key, { into, signal }).catch(unlessAborted(signal));
    if (answer?.body === undefined) return undefined;
    const { ETag: etag, ContentLength: bytes } = storedOf(answer.headers);
    return { etag, bytes, stream: answer.body };
  }

  /** What is under a key, `absent`, or `undefined` when the SDK has to find out. */
  async head(key: string, signal?: AbortSignal): Promise<Stored | 'absent' | undefined> {
    const headers = { 'x-amz-checksum-mode': 'ENABLED' };
    const answer = await this.ask('HEAD', key, { headers, signal }).catch(unlessAborted(signal));
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
    try {
      const answer = await this.ask('PUT', key, { headers: { ...headers, ...length }, sha256, body, signal });
      return answer?.status === 200
        ? { outcome: 'stored', answer: storedOf(answer.headers) }
        : { outcome: 'not-stored' };
    } catch {
      signal?.throwIfAborted();
      return { outcome: 'unknown' };
    }
  }

  /** Rejects when no ordinary answer came; `undefined` when nothing was sent or the bucket is elsewhere. */
  private async ask(
    method: 'GET' | 'HEAD' | 'PUT',
    key: string,
    { headers = {}, sha256 = NOTHING_SHA256, body, into, signal }: Asked,
  ): Promise<HttpAnswer | undefined> {
    signal?.throwIfAborted();
    const address = this.isMoved ? undefined : await this.find();
    if (address === undefined) return undefined;
    const { server, signer } = address;
    const path = address.pathOf(key);
    const request = new HttpRequest({
      method,
      protocol: server.protocol,
      hostname: server.hostname,
      path,
      headers: { ...headers, host: server.host, 'x-amz-content-sha256': sha256 },
    });
    const signingDate = new Date(Date.now() + this.client.config.systemClockOffset);
    const signed = await signer.sign(request, { signingDate });
    this.connections ??= this.connect(server);
    const answer = await this.connections.send({ method, path, headers: signed.headers, body, into }, signal);
    if (answer !== undefined && isInOtherRegion(answer, await this.client.config.region()))
      this.isMoved = true;
    return answer;
  }

  private async find(): Promise<BucketAddress | undefined> {
    this.address ??= bucketAt(this.client, this.bucket);
    try {
      return await this.address;
    } catch (error) {
      this.address = undefined;
      throw error;
    }
  }
}
