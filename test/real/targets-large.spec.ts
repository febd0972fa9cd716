/** @proves A file of 6 GB is stored with bounded memory, and copied by the server itself, on MinIO and versitygw. */
import { createHash } from 'node:crypto';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { digestOf, type ObjectBody } from '#libs/object-store';
import { parseS3Settings } from '#libs/object-store/adapters/s3/s3-settings';
import { S3ObjectStore } from '#libs/object-store/adapters/s3/s3.object-store';
import { describeWith } from '../support/servers/real-servers.js';
import {
  makeBucket,
  s3Location,
  startMinio,
  startVersitygw,
  type S3Server,
} from '../support/servers/s3-servers.js';

const MB = 1 << 20;
const BYTES = 6 * 1024 * MB;
/** Three buffers of 13 MB, what the HTTP client and the reader hold, and room for the collector. */
const MEMORY_BYTES_MAX = 128 * MB;

/** Bytes of a file of 6 GB that is nowhere: every megabyte is another one. */
async function* content(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < BYTES; at += MB) {
    const chunk = Buffer.alloc(MB, 0x5a);
    chunk.writeBigUInt64BE(BigInt(at));
    yield chunk;
  }
}

let digest: string | undefined;
/** Of all of it; made once. */
const contentDigest = async (): Promise<string> => {
  if (digest !== undefined) return digest;
  const hash = createHash('sha256');
  for await (const chunk of content()) hash.update(chunk);
  return (digest = hash.digest('hex'));
};

const largeFile = (name: string, start: () => Promise<S3Server>): void => {
  describeWith(name as 'minio')(`a file of 6 GB on ${name}`, () => {
    let server: S3Server;
    let body: ObjectBody;
    let peak = 0;
    const measured = async function* (): AsyncGenerator<Uint8Array> {
      const before = process.memoryUsage().arrayBuffers;
      for await (const chunk of content()) {
        peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
        yield chunk;
      }
    };
    beforeAll(async () => {
      server = await start();
      body = { bytes: BYTES, sha256: await contentDigest(), open: measured };
    });
    afterAll(async () => {
      await server.stop();
    });
    const fresh = async (): Promise<S3ObjectStore> => {
      const bucket = await makeBucket(server.client);
      return new S3ObjectStore(parseS3Settings(s3Location(server.endpoint, server.root, { bucket })));
    };

    it('goes there in constant memory, and on to another bucket by server-side copy', async () => {
      const [managed, target] = [await fresh(), await fresh()];
      expect((await managed.put('e/large', body, 'if-absent')).outcome).toBe('stored');
      expect(peak).toBeLessThan(MEMORY_BYTES_MAX);
      const { bytes, sha256 } = body;
      const source = { store: managed, key: 'e/large', bytes, sha256 };
      const copied = await target.copyFrom(source, 'e/large', 'if-absent');
      expect(copied).toMatchObject({ outcome: 'stored', object: { bytes } });
      expect(await digestOf(target, 'e/large')).toEqual({ bytes, sha256 });
      for (const { connection } of [managed, target]) {
        const { bucket: Bucket } = connection.settings;
        const { Uploads = [] } = await server.client.send(new ListMultipartUploadsCommand({ Bucket }));
        expect(Uploads).toEqual([]);
      }
    });
  });
};
largeFile('minio', startMinio);
largeFile('versitygw', startVersitygw);
