import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { freePorts } from './free-ports.js';
import { pathOfServer } from './server-paths.js';
import { ServerProcess } from './server-process.js';

const ACCOUNT = 'plantedaccount';

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

export const startAzurite = async (): Promise<Azurite> => {
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
    ],
  });
  const endpoint = `http://127.0.0.1:${port}/${ACCOUNT}`;
  let containers = 0;
  return {
    endpoint,
    port,
    account: ACCOUNT,
    key,
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${key};BlobEndpoint=${endpoint};`,
    makeContainer: async () => {
      containers += 1;
      const url = `${endpoint}/container-${containers}`;
      const container = new ContainerClient(url, new StorageSharedKeyCredential(ACCOUNT, key));
      await container.create();
      return container;
    },
    stop: () => server.remove(),
  };
};
