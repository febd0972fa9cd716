/**
 * @proves Storage class, encryption and tags reach objects, parts and copies, and TLS works. A managed identity works on Azurite (the identity service is SIMULATED).
 */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectTaggingCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  bodyFromBytes,
  digestOf,
  probeStore,
  type ObjectBody,
  type BucketLocation,
} from '#libs/object-store';
import { parseS3Settings } from '#libs/object-store/adapters/s3/s3-settings';
import { S3ObjectStore } from '#libs/object-store/adapters/s3/s3.object-store';
import { startHttpGate, type HttpGate } from '../support/simulated/http-gate.js';
import { startAzurite, type Azurite } from '../support/servers/azurite.js';
import { startIdentityService, type IdentityService } from '../support/simulated/identity-service.js';
import { describeWith } from '../support/servers/real-servers.js';
import { startProxy, type TestProxy } from '../support/simulated/rpc-servers.js';
import { spawnTs } from '../support/programs/run-ts.js';
import {
  makeBucket,
  s3Location,
  startMinio,
  startVersitygw,
  type S3Server,
} from '../support/servers/s3-servers.js';
import { makeCertificates } from '../support/servers/tls-certificates.js';

const MB = 1 << 20;
const LIMITS = { partBytes: 5 * MB, partsAtOnce: 2, idleTimeoutMs: 20_000 };
const TAGS = { 'cost-centre': 'chain backup', environment: 'prod/1' };

const bodyOf = (name: string, bytes: number): ObjectBody =>
  bodyFromBytes(Buffer.alloc(bytes, createHash('sha256').update(name).digest()));
/** One that goes at once, one in parts, one that the store copies at once and one in parts. */
const KEYS = ['e/small', 'e/large', 'e/small-copy', 'e/large-copy'] as const;
const [SMALL, LARGE] = [bodyOf('small', 40_000), bodyOf('large', 70 * MB)];

type Details = Readonly<Record<string, unknown>>;

/** Writes all four through the adapter and compares what is there. */
const writeAll = async (server: S3Server, details: Details): Promise<string> => {
  const bucket = await makeBucket(server.client);
  const store = new S3ObjectStore(
    parseS3Settings(s3Location(server.endpoint, server.root, { bucket, ...details })),
    LIMITS,
  );
  for (const [key, body] of [['e/small', SMALL] as const, ['e/large', LARGE] as const]) {
    expect((await store.put(key, body, 'if-absent')).outcome).toBe('stored');
    const { bytes, sha256 } = body;
    const copied = await store.copyFrom({ store, key, bytes, sha256 }, `${key}-copy`, 'if-absent');
    expect(copied?.outcome).toBe('stored');
    for (const written of [key, `${key}-copy`]) {
      expect(await digestOf(store, written)).toEqual({ bytes, sha256 });
    }
  }
  return bucket;
};

/** What a process with this environment finds at a place. */
const probeAlone = async (
  place: BucketLocation,
  env: NodeJS.ProcessEnv,
): Promise<Record<string, unknown>> => {
  const child = spawnTs('test/support/programs/place-probe-main.ts', {
    env: { PATH: process.env['PATH'], ...env, PLACE: JSON.stringify(place) },
  });
  let [out, complaint] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  await once(child, 'close');
  if (out === '') throw new Error(complaint);
  return JSON.parse(out) as Record<string, unknown>;
};

const encryptionAt = async (server: S3Server, details: Details): Promise<unknown> => {
  const bucket = await makeBucket(server.client);
  const store = new S3ObjectStore(
    parseS3Settings(s3Location(server.endpoint, server.root, { bucket, ...details })),
  );
  const { ok, findings } = await probeStore(store, 'e/');
  return { ok, encryption: findings.find(({ check }) => check === 'encryption')?.result };
};

const tagsOf = async (server: S3Server, Bucket: string, Key: string): Promise<Record<string, string>> => {
  const { TagSet = [] } = await server.client.send(new GetObjectTaggingCommand({ Bucket, Key }));
  return Object.fromEntries(TagSet.map(({ Key: name = '', Value = '' }) => [name, Value]));
};

describeWith('minio')('what objects are stored with, on MinIO with a key service of its own', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startMinio({ MINIO_KMS_SECRET_KEY: `planted-key:${randomBytes(32).toString('base64')}` });
  });
  afterAll(async () => {
    await server.stop();
  });

  it.each([
    ['SSE-S3', { sse: 'AES256' }, { ServerSideEncryption: 'AES256' }],
    [
      'SSE-KMS',
      { sse: 'aws:kms', kms_key_id: 'planted-key' },
      { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'arn:aws:kms:planted-key' },
    ],
  ])('%s, storage class and tags are those of the place', async (_name, sse, expected) => {
    const details = { ...sse, storage_class: 'REDUCED_REDUNDANCY', tags: TAGS };
    expect(await encryptionAt(server, details)).toEqual({ ok: true, encryption: 'ok' });
    const Bucket = await writeAll(server, details);
    for (const Key of KEYS) {
      const head = await server.client.send(new HeadObjectCommand({ Bucket, Key }));
      expect({ Key, ...head }).toMatchObject({ Key, ...expected, StorageClass: 'REDUCED_REDUNDANCY' });
      expect({ Key, tags: await tagsOf(server, Bucket, Key) }).toEqual({ Key, tags: TAGS });
    }
  });
});

describeWith('minio')('encryption on MinIO without a key service', () => {
  it('is refused in words: nothing is stored in the clear', async () => {
    const server = await startMinio();
    try {
      const bucket = await makeBucket(server.client);
      const place = s3Location(server.endpoint, server.root, { bucket, sse: 'AES256' });
      const store = new S3ObjectStore(parseS3Settings(place), LIMITS);
      const refused = await store.put('e/small', SMALL, 'if-absent').catch((error: unknown) => error);
      expect(refused).toMatchObject({
        code: 'TARGET_UNFIT',
        message: expect.stringMatching(/^The store refused s3:PutObject \(NotImplemented, status 501\)/),
      });
      expect(await store.head('e/small')).toBeUndefined();
    } finally {
      await server.stop();
    }
  });
});

describeWith('versitygw')('what objects are stored with, on versitygw', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startVersitygw();
  });
  afterAll(async () => {
    await server.stop();
  });

  it('tags are those of the place; class and encryption are taken and not kept, of which a probe warns', async () => {
    expect(await encryptionAt(server, { sse: 'AES256' })).toEqual({ ok: true, encryption: 'warn' });
    const Bucket = await writeAll(server, { sse: 'AES256', storage_class: 'STANDARD_IA', tags: TAGS });
    for (const Key of KEYS) {
      const head = await server.client.send(new HeadObjectCommand({ Bucket, Key }));
      expect({ Key, sse: head.ServerSideEncryption, of: head.StorageClass }).toEqual({
        Key,
        sse: undefined,
        of: 'STANDARD',
      });
      expect({ Key, tags: await tagsOf(server, Bucket, Key) }).toEqual({ Key, tags: TAGS });
    }
  });
});

describeWith('versitygw')('a store spoken to over TLS', () => {
  let server: S3Server;
  let gate: HttpGate;
  let folder: string;
  /** Requests by who makes them: only the SDK says what it is. */
  const made = { bySdk: 0, directly: 0 };
  beforeAll(async () => {
    const certificates = makeCertificates();
    folder = await mkdtemp(join(tmpdir(), 'chainkeep-tls-store-'));
    await writeFile(join(folder, 'ca.crt'), certificates.ca);
    server = await startVersitygw();
    const count = ({ headers }: IncomingMessage): undefined => {
      made[headers['user-agent']?.startsWith('aws-sdk') === true ? 'bySdk' : 'directly'] += 1;
    };
    gate = await startHttpGate(server.port, count, certificates.server);
  });
  afterAll(async () => {
    await gate.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is written and read without the layers of the SDK, if its certificate is trusted', async () => {
    const place = s3Location(gate.endpoint, server.root, { bucket: await makeBucket(server.client) });
    const trusting = { HOME: folder, NODE_EXTRA_CA_CERTS: join(folder, 'ca.crt') };
    const found = await probeAlone(place, trusting);
    expect(found).toMatchObject({ probe: { ok: true }, outcome: 'stored', isEqual: true });
    const { bySdk, directly } = made;
    // Each put asks first; both files are read back.
    expect(directly).toBeGreaterThanOrEqual(6);
    expect(await probeAlone(place, { HOME: folder })).toMatchObject({ code: 'TARGET_UNAVAILABLE' });
    expect(made).toEqual({ bySdk, directly });
  });
});

describeWith('azurite')(
  'the identity of this server on Azure (Azurite; the identity service is SIMULATED)',
  () => {
    const CLIENT_ID = '00000000-0000-4000-8000-000000000001';
    let azurite: Azurite;
    let identity: IdentityService;
    let proxy: TestProxy;
    let folder: string;
    let host: string;
    beforeAll(async () => {
      host = 'plantedaccount.blob.core.windows.net';
      const certificates = makeCertificates([host]);
      folder = await mkdtemp(join(tmpdir(), 'chainkeep-identity-'));
      await writeFile(join(folder, 'ca.crt'), certificates.ca);
      [azurite, identity] = await Promise.all([startAzurite(certificates), startIdentityService(CLIENT_ID)]);
      // The identity's token goes to Azure's own host names only: a proxy leads those to Azurite.
      proxy = await startProxy(undefined, azurite.port);
    });
    afterAll(async () => {
      await Promise.all([azurite.stop(), identity.close(), proxy.close()]);
      await rm(folder, { recursive: true, force: true });
    });

    const probe = (details: Details): Promise<Record<string, unknown>> =>
      probeAlone(
        { provider: 'azure', details, secrets: {}, role: 'target' },
        {
          HOME: folder,
          ...identity.env,
          HTTPS_PROXY: proxy.url,
          NO_PROXY: '127.0.0.1',
          NODE_EXTRA_CA_CERTS: join(folder, 'ca.crt'),
        },
      );

    it('writes and reads without any key', async () => {
      const container = 'container-1';
      const account = { container, storage_account: azurite.account };
      expect(await probe({ ...account, client_id: CLIENT_ID })).toMatchObject({
        code: 'TARGET_PLACE_MISSING',
      });
      await azurite.makeContainer();
      const found = await probe({ ...account, client_id: CLIENT_ID });
      expect(found).toMatchObject({ probe: { ok: true }, outcome: 'stored', isEqual: true });
      expect(identity.given()).toBeGreaterThan(0);
      expect(proxy.seen).toContain(`CONNECT ${host}:443`);
    });

    it('says that an identity the server does not have is not accepted', async () => {
      const found = await probe({
        container: 'container-1',
        storage_account: azurite.account,
        client_id: 'another',
      });
      expect(found).toMatchObject({ code: 'TARGET_CREDENTIALS_REFUSED' });
    });
  },
);
