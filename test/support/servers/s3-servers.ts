import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { BucketLocation } from '#libs/object-store';
import { freePorts } from './free-ports.js';
import { pathOfServer } from './server-paths.js';
import { ServerProcess } from './server-process.js';

const run = promisify(execFile);

export type Keys = Readonly<{ accessKeyId: string; secretAccessKey: string }>;

/** An S3 server of a suite, and its root's keys. */
export type S3Server = Readonly<{
  name: string;
  endpoint: string;
  port: number;
  root: Keys;
  process: ServerProcess;
  /** The root's client, for what a test checks behind the adapter's back. */
  client: S3Client;
  stop: () => Promise<void>;
}>;

export const clientAt = (endpoint: string, credentials: Keys, more: S3ClientConfig = {}): S3Client =>
  new S3Client({
    ...more,
    region: 'us-east-1',
    endpoint,
    forcePathStyle: true,
    credentials,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });

const serverOf = (name: string, port: number, root: Keys, process: ServerProcess): S3Server => {
  const endpoint = `http://127.0.0.1:${port}`;
  const client = clientAt(endpoint, root);
  const stop = async (): Promise<void> => {
    client.destroy();
    await process.remove();
  };
  return { name, endpoint, port, root, process, client, stop };
};

const [VERSITY_ROOT, MINIO_ROOT] = ['versity', 'minio'].map((name) => ({
  accessKeyId: `${name}root`,
  secretAccessKey: `${name}-planted-secret`,
})) as [Keys, Keys];

export const startVersitygw = async (): Promise<S3Server> => {
  const [port = 0] = await freePorts(1);
  const server = await ServerProcess.start({
    name: 'versitygw',
    command: pathOfServer('versitygw'),
    port,
    env: {
      ROOT_ACCESS_KEY_ID: VERSITY_ROOT.accessKeyId,
      ROOT_SECRET_ACCESS_KEY: VERSITY_ROOT.secretAccessKey,
    },
    args: (folder) => {
      for (const name of ['iam', 'versions', 'data']) mkdirSync(join(folder, name), { recursive: true });
      const storage = ['posix', '--versioning-dir', join(folder, 'versions'), join(folder, 'data')];
      return [
        '--quiet',
        '--keep-alive',
        '--port',
        `127.0.0.1:${port}`,
        '--iam-dir',
        join(folder, 'iam'),
        ...storage,
      ];
    },
  });
  return serverOf('versitygw', port, VERSITY_ROOT, server);
};

const administer = async ({ endpoint, root }: S3Server, ...what: string[]): Promise<void> => {
  const who = ['--access', root.accessKeyId, '--secret', root.secretAccessKey, '--endpoint-url', endpoint];
  await run(pathOfServer('versitygw'), ['admin', ...who, ...what]);
};

/** Another user of versitygw, who may create buckets. */
export const addVersityUser = async (server: S3Server, name: string): Promise<Keys> => {
  const keys = { accessKeyId: name, secretAccessKey: `${name}-planted-secret` };
  const user = ['--access', keys.accessKeyId, '--secret', keys.secretAccessKey, '--role', 'userplus'];
  await administer(server, 'create-user', ...user);
  return keys;
};

/** Their buckets stay where they are. */
export const removeVersityUser = (server: S3Server, name: string): Promise<void> =>
  administer(server, 'delete-user', '--access', name);

/** `env`: further settings of MinIO, such as a key to encrypt with. */
export const startMinio = async (env: Readonly<Record<string, string>> = {}): Promise<S3Server> => {
  const [port = 0] = await freePorts(1);
  const server = await ServerProcess.start({
    name: 'minio',
    command: pathOfServer('minio'),
    port,
    env: {
      MINIO_ROOT_USER: MINIO_ROOT.accessKeyId,
      MINIO_ROOT_PASSWORD: MINIO_ROOT.secretAccessKey,
      ...env,
    },
    args: (folder) => ['server', '--quiet', '--address', `127.0.0.1:${port}`, join(folder, 'data')],
  });
  return serverOf('minio', port, MINIO_ROOT, server);
};

let buckets = 0;
/** A fresh bucket. MinIO answers before it can make buckets, so that is tried for a while. */
export const makeBucket = async (
  client: S3Client,
  options: Readonly<{ objectLock?: boolean }> = {},
): Promise<string> => {
  buckets += 1;
  const Bucket = `bucket-${process.pid}-${buckets}`;
  const lock = options.objectLock === true ? { ObjectLockEnabledForBucket: true } : {};
  await client.send(new CreateBucketCommand({ Bucket, ...lock }));
  return Bucket;
};

/** A place of provider `s3` on a server of a suite. */
export const s3Location = (
  endpoint: string,
  { accessKeyId, secretAccessKey }: Keys,
  details: Readonly<Record<string, unknown>>,
): BucketLocation => ({
  provider: 's3',
  details: { endpoint, region: 'us-east-1', access_key_id: accessKeyId, ...details },
  secrets: { secret_access_key: secretAccessKey },
  role: 'target',
});
