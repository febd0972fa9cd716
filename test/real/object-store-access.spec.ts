/**
 * @proves Signing in to MinIO (keys, environment, role) and Azurite (connection string, key, SAS) works. A missing permission is named without showing a secret, and Object Lock protects files.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import {
  DeleteObjectCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  type S3ServiceException,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import {
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { BucketLocation, ObjectStore } from '#libs/object-store';
import { bodyFromBytes, digestOf, probeStore } from '#libs/object-store';
import { builtInProviders } from '#libs/object-store/adapters/built-in.providers';
import type { ProviderOptions } from '#libs/object-store/adapters/provider-options';
import { ProviderObjectStores } from '#libs/object-store/adapters/provider.object-stores';
import { startAzurite, type Azurite } from '../support/servers/azurite.js';
import { startExternalIdGate, type ExternalIdGate } from '../support/simulated/external-id-gate.js';
import { startHttpGate, xmlError } from '../support/simulated/http-gate.js';
import { describeWith } from '../support/servers/real-servers.js';
import type { S3Server } from '../support/servers/s3-servers.js';
import { makeBucket, s3Location, startMinio, startVersitygw } from '../support/servers/s3-servers.js';

const EXTERNAL_ID = 'external-id-of-bank-a';
const ROLE = 'arn:aws:iam::111:role/chainkeep';
const body = bodyFromBytes(Buffer.from('some bytes'));

const open = (place: BucketLocation, options: ProviderOptions = {}): Promise<ObjectStore> =>
  new ProviderObjectStores(builtInProviders(options)).open(place);
const works = async (store: ObjectStore, key = 'e/a'): Promise<void> => {
  expect((await store.put(key, body, 'if-absent')).outcome).toBe('stored');
  expect((await digestOf(store, key)).sha256).toBe(body.sha256);
};
/** The error that a store rejects with; no planted secret appears anywhere in it. */
const failureOf = async (store: ObjectStore, planted: readonly string[]): Promise<unknown> => {
  const error = await store.put('e/a', body, 'if-absent').catch((reason: unknown) => reason);
  const everything = inspect(error, { depth: 20, showHidden: true });
  for (const secret of planted) expect(everything).not.toContain(secret);
  return error;
};

describeWith('minio')('signing in to MinIO', () => {
  let server: S3Server;
  let gate: ExternalIdGate;
  let bucket: string;
  let folder: string;
  const environment = { ...process.env };
  beforeAll(async () => {
    server = await startMinio();
    gate = await startExternalIdGate(server.port, EXTERNAL_ID);
    folder = await mkdtemp(join(tmpdir(), 'chainkeep-token-'));
  });
  afterEach(() => {
    process.env = { ...environment };
  });
  afterAll(async () => {
    await gate.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const place = async (details: Record<string, unknown> = {}): Promise<BucketLocation> => {
    bucket = await makeBucket(server.client);
    return s3Location(server.endpoint, server.root, { bucket, ...details });
  };

  it('works with the keys of a user', async () => {
    await works(await open(await place()));
  });

  it('works with the environment of this server where a place has no keys', async () => {
    const { details } = await place();
    const { access_key_id: _, ...rest } = details as { access_key_id: string };
    process.env['AWS_ACCESS_KEY_ID'] = server.root.accessKeyId;
    process.env['AWS_SECRET_ACCESS_KEY'] = server.root.secretAccessKey;
    await works(await open({ provider: 's3', details: rest, secrets: {}, role: 'target' }));
  });

  it('assumes a role with the right external id', async () => {
    const role = { role_arn: ROLE, external_id: EXTERNAL_ID, sts_endpoint: gate.url };
    await works(await open(await place(role)));
    expect(gate.passed()).toBe(1);
  });

  it.each([
    ['a wrong external id', { external_id: 'planted-wrong-id' }],
    ['no external id', {}],
  ])('is refused the role with %s, by its own code', async (_name, ids) => {
    const store = await open(await place({ role_arn: ROLE, sts_endpoint: gate.url, ...ids }));
    const error = await failureOf(store, [server.root.secretAccessKey, 'planted-wrong-id']);
    expect(error).toMatchObject({ code: 'TARGET_CREDENTIALS_REFUSED', retryable: true });
    expect((error as Error).message).toContain('sts:AssumeRole');
  });

  it('says which keys are not accepted without showing them', async () => {
    const planted = { accessKeyId: 'PLANTEDKEYID', secretAccessKey: 'planted-secret-key' };
    bucket = await makeBucket(server.client);
    for (const keys of [planted, { ...server.root, secretAccessKey: 'planted-secret-key' }]) {
      const store = await open(s3Location(server.endpoint, keys, { bucket }));
      const error = await failureOf(store, Object.values(planted));
      expect(error).toMatchObject({ code: 'TARGET_CREDENTIALS_REFUSED' });
    }
  });

  it('names each missing permission with its cure', async () => {
    const details = (await place()).details;
    const sts = new STSClient({
      region: 'us-east-1',
      endpoint: server.endpoint,
      credentials: server.root,
    });
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: ['s3:PutObject', 's3:GetObject'], Resource: [`arn:aws:s3:::${bucket}/*`] },
      ],
    });
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'limited', Policy }),
    );
    sts.destroy();
    const session = {
      provider: 's3',
      details: { ...details, access_key_id: Credentials?.AccessKeyId },
      secrets: {
        secret_access_key: Credentials?.SecretAccessKey ?? '',
        session_token: Credentials?.SessionToken ?? '',
      },
      role: 'target',
    } as const;
    const report = await probeStore(await open(session), 'e/');
    expect(report.ok).toBe(false);
    const failed = report.findings.filter(({ result }) => result === 'fail');
    expect(failed.map(({ message }) => message).join(' ')).toContain('s3:DeleteObject is not allowed');
    expect(failed.map(({ message }) => message).join(' ')).toContain('s3:ListBucket is not allowed');
    for (const { cure } of failed) expect(cure).toBeTruthy();
    const everything = inspect(report, { depth: 20 });
    for (const secret of Object.values(session.secrets)) expect(everything).not.toContain(secret);
  });

  it('says that a bucket does not exist', async () => {
    const store = await open(s3Location(server.endpoint, server.root, { bucket: 'nobody-made-this' }));
    expect(await failureOf(store, [])).toMatchObject({ code: 'TARGET_PLACE_MISSING' });
  });

  it('assumes a role with the web identity of this server (STS SIMULATED by a gate that checks the token)', async () => {
    const token = 'planted.web.identity.token';
    await writeFile(join(folder, 'token'), `${token}\n`);
    const sts = new STSClient({ region: 'us-east-1', endpoint: server.endpoint, credentials: server.root });
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'gate' }));
    sts.destroy();
    const options = { webIdentityTokenFile: join(folder, 'token') };
    let presented = 0;
    const session = `<Credentials><AccessKeyId>${Credentials?.AccessKeyId}</AccessKeyId><SecretAccessKey>${Credentials?.SecretAccessKey}</SecretAccessKey><SessionToken>${Credentials?.SessionToken}</SessionToken><Expiration>${Credentials?.Expiration?.toISOString()}</Expiration></Credentials>`;
    const result = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>${session}</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;
    const simulated = await startHttpGate(server.port, () => {
      presented += 1;
      return { status: 200, body: result };
    });
    try {
      process.env['AWS_ENDPOINT_URL_STS'] = simulated.endpoint;
      const { details } = await place();
      const { access_key_id: _, ...rest } = details as { access_key_id: string };
      const web = { ...rest, role_arn: ROLE, web_identity: true };
      await works(await open({ provider: 's3', details: web, secrets: {}, role: 'target' }, options));
      expect(presented).toBe(1);
    } finally {
      await simulated.close();
    }
    const refusing = await startHttpGate(server.port, () => xmlError(400, 'InvalidIdentityToken'));
    try {
      process.env['AWS_ENDPOINT_URL_STS'] = refusing.endpoint;
      const web = { endpoint: server.endpoint, bucket, role_arn: ROLE, web_identity: true };
      const store = await open({ provider: 's3', details: web, secrets: {}, role: 'target' }, options);
      expect(await failureOf(store, [token])).toMatchObject({ code: 'TARGET_CREDENTIALS_REFUSED' });
    } finally {
      await refusing.close();
    }
  });
});

const lockContract = (name: string, start: () => Promise<S3Server>): void => {
  describeWith(name as 'minio')(`Object Lock on ${name}`, () => {
    let server: S3Server;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(async () => {
      await server.stop();
    });
    const lock = { object_lock: { mode: 'GOVERNANCE', days: 30 } };

    it('keeps a file from being deleted before its date, and nothing but files', async () => {
      const Bucket = await makeBucket(server.client, { objectLock: true });
      const store = await open(s3Location(server.endpoint, server.root, { bucket: Bucket, ...lock }));
      const report = await probeStore(store, 'e/');
      expect(report.findings.find(({ check }) => check === 'Object Lock')).toMatchObject({ result: 'ok' });
      await store.put('e/file.rlp', { ...body, retain: true }, 'if-absent');
      await store.put('e/history.json', body, 'if-absent');
      const { Retention } = await server.client.send(
        new GetObjectRetentionCommand({ Bucket, Key: 'e/file.rlp' }),
      );
      expect(Retention?.Mode).toBe('GOVERNANCE');
      const days = ((Retention?.RetainUntilDate?.getTime() ?? 0) - Date.now()) / 86_400_000;
      expect(days).toBeGreaterThan(29);
      expect(days).toBeLessThan(31);
      const { Versions = [] } = await server.client.send(new ListObjectVersionsCommand({ Bucket }));
      const versionOf = (key: string): string => Versions.find(({ Key }) => Key === key)?.VersionId ?? '';
      const remove = (Key: string): Promise<unknown> =>
        server.client.send(new DeleteObjectCommand({ Bucket, Key, VersionId: versionOf(Key) }));
      // MinIO answers 400 InvalidRequest, versitygw 403 AccessDenied.
      const refused = await remove('e/file.rlp').catch((error: unknown) => error);
      expect([400, 403]).toContain((refused as S3ServiceException).$metadata.httpStatusCode);
      const still = { Bucket, Key: 'e/file.rlp', VersionId: versionOf('e/file.rlp') };
      expect((await server.client.send(new HeadObjectCommand(still))).ContentLength).toBe(body.bytes);
      await remove('e/history.json');
    });

    it('is reported as missing where a bucket has none', async () => {
      const bucket = await makeBucket(server.client);
      const plain = await probeStore(await open(s3Location(server.endpoint, server.root, { bucket })), 'e/');
      expect(plain.ok).toBe(true);
      expect(plain.findings.find(({ check }) => check === 'Object Lock')).toMatchObject({ result: 'warn' });
      const locked = s3Location(server.endpoint, server.root, { bucket, ...lock });
      const asked = await probeStore(await open(locked), 'e/');
      expect(asked.ok).toBe(false);
      expect(asked.findings.find(({ check }) => check === 'Object Lock')).toMatchObject({
        result: 'fail',
        message: 'Retention is set, but the bucket has no Object Lock.',
      });
    });
  });
};
lockContract('versitygw', startVersitygw);
lockContract('minio', startMinio);

describeWith('azurite')('signing in to Azure (Azurite)', () => {
  let azurite: Azurite;
  beforeAll(async () => {
    azurite = await startAzurite();
  });
  afterAll(async () => {
    await azurite.stop();
  });
  const place = async (details: object, secrets: Record<string, string>): Promise<BucketLocation> => {
    const { containerName: container } = await azurite.makeContainer();
    return { provider: 'azure', details: { container, ...details }, secrets, role: 'target' };
  };

  it('works with a connection string, and with the account and its key', async () => {
    await works(await open(await place({}, { connection_string: azurite.connectionString })));
    const account = { storage_account: azurite.account, endpoint: azurite.endpoint };
    await works(await open(await place(account, { access_key: azurite.key })));
  });

  it('works with a shared access signature, and names the permission it lacks', async () => {
    const container = (await azurite.makeContainer()).containerName;
    const account = { container, storage_account: azurite.account, endpoint: azurite.endpoint };
    const sasFor = (permissions: string): string =>
      generateBlobSASQueryParameters(
        {
          containerName: container,
          permissions: ContainerSASPermissions.parse(permissions),
          expiresOn: new Date(Date.now() + 3_600_000),
        },
        new StorageSharedKeyCredential(azurite.account, azurite.key),
      ).toString();
    const full = sasFor('racwdl');
    await works(await open({ provider: 'azure', details: account, secrets: { sas: full }, role: 'target' }));
    const sas = sasFor('rcwl');
    const limited = await open({ provider: 'azure', details: account, secrets: { sas }, role: 'target' });
    const report = await probeStore(limited, 'e/');
    expect(report.findings.find(({ check }) => check === 'remove')).toMatchObject({
      result: 'fail',
      message: 'blobs/delete is not allowed (AuthorizationPermissionMismatch).',
    });
    const signature = new URLSearchParams(sas).get('sig') ?? '';
    for (const planted of [signature, encodeURIComponent(signature)]) {
      expect(inspect(report, { depth: 20 })).not.toContain(planted);
    }
    const reading = {
      provider: 'azure',
      details: account,
      secrets: { sas: sasFor('r') },
      role: 'target',
    } as const;
    const error = await failureOf(await open({ ...reading, details: { ...account, prefix: 'x' } }), [
      signature,
      azurite.key,
    ]);
    expect(error).toMatchObject({ code: 'TARGET_DENIED' });
  });

  it('refuses a wrong key without showing it', async () => {
    const wrong = Buffer.alloc(64, 'planted').toString('base64');
    const account = { storage_account: azurite.account, endpoint: azurite.endpoint };
    const error = await failureOf(await open(await place(account, { access_key: wrong })), [wrong]);
    // Azure says AuthenticationFailed, Azurite AuthorizationFailure.
    expect(['TARGET_CREDENTIALS_REFUSED', 'TARGET_DENIED']).toContain((error as { code: string }).code);
  });

  it('says that a container does not exist, and that it has no immutability', async () => {
    const secrets = { connection_string: azurite.connectionString };
    const details = { container: 'nobody-made-this' };
    const missing = await open({ provider: 'azure', details, secrets, role: 'target' });
    expect(await failureOf(missing, [azurite.key])).toMatchObject({ code: 'TARGET_PLACE_MISSING' });
    const lock = { object_lock: { mode: 'COMPLIANCE', days: 30 } };
    const report = await probeStore(await open(await place(lock, secrets)), 'e/');
    expect(report.findings.find(({ check }) => check === 'Object Lock')).toMatchObject({ result: 'fail' });
  });
});
