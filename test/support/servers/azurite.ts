import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ContainerClient,
  StorageSharedKeyCredential,
  type StoragePipelineOptions,
} from '@azure/storage-blob';
import { freePorts } from './free-ports.js';
import { pathOfServer } from './server-paths.js';
import { ServerProcess } from './server-process.js';
import type { PemPair, TestCertificates } from './tls-certificates.js';

const ACCOUNT = 'plantedaccount';

const pemFiles = (folder: string, { cert, key }: PemPair): string[] => {
  const [certFile, keyFile] = [join(folder, 'server.crt'), join(folder, 'server.key')];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
  return ['--cert', certFile, '--key', keyFile];
};

/** Azurite of a suite: one account of Azure Blob. */
export type Azurite = Readonly<{
  endpoint: string;
  port: number;
  account: string;
  key: string;
  connectionString: string;
  /** A fresh container, as its owner sees it. */
  makeContainer: () => Promise<ContainerClient>;
  stop: () => Promise<void>;
}>;

/** With `tls` it speaks https only, and takes tokens of an identity beside its key (without checking who signed them). */
export const startAzurite = async (tls?: TestCertificates): Promise<Azurite> => {
  const [port = 0] = await freePorts(1);
  const key = randomBytes(64).toString('base64');
  const server = await ServerProcess.start({
    name: 'azurite',
    command: process.execPath,
    port,
    env: { AZURITE_ACCOUNTS: `${ACCOUNT}:${key}` },
    args: (folder) => [
      pathOfServer('azurite'),
      ...['--blobHost', '127.0.0.1', '--blobPort', String(port), '-l', join(folder, 'data')],
      ...['--silent', '--disableTelemetry', '--skipApiVersionCheck'],
      ...(tls === undefined ? [] : ['--oauth', 'basic', ...pemFiles(folder, tls.server)]),
    ],
  });
  const scheme = tls === undefined ? 'http' : 'https';
  const endpoint = `${scheme}://127.0.0.1:${port}/${ACCOUNT}`;
  // The SDK hands this on to its HTTP client, though its types do not name it.
  const options: StoragePipelineOptions & Readonly<{ tlsOptions?: { ca: string } }> =
    tls === undefined ? {} : { tlsOptions: { ca: tls.ca } };
  let containers = 0;
  return {
    endpoint,
    port,
    account: ACCOUNT,
    key,
    connectionString: `DefaultEndpointsProtocol=${scheme};AccountName=${ACCOUNT};AccountKey=${key};BlobEndpoint=${endpoint};`,
    makeContainer: async () => {
      containers += 1;
      const url = `${endpoint}/container-${containers}`;
      const container = new ContainerClient(url, new StorageSharedKeyCredential(ACCOUNT, key), options);
      await container.create();
      return container;
    },
    stop: () => server.remove(),
  };
};
