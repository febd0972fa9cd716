/** @proves Real S3 and Azure stores (versitygw, MinIO, Azurite) pass the object-store contract, S3 also through the SDK alone. */
import { afterAll, beforeAll } from '@jest/globals';
import { objectStoreContract } from '../../libs/object-store/src/object-store.contract.js';
import { parseAzureSettings } from '#libs/object-store/adapters/azure/azure-settings';
import { AzureObjectStore } from '#libs/object-store/adapters/azure/azure.object-store';
import { parseS3Settings } from '#libs/object-store/adapters/s3/s3-settings';
import { S3ObjectStore } from '#libs/object-store/adapters/s3/s3.object-store';
import { startAzurite, type Azurite } from '../support/servers/azurite.js';
import { describeWith } from '../support/servers/real-servers.js';
import {
  makeBucket,
  s3Location,
  startMinio,
  startVersitygw,
  type S3Server,
} from '../support/servers/s3-servers.js';

/** Small parts, so that the contract's larger bodies go in many. */
const LIMITS = { partBytes: 5 << 20, partsAtOnce: 2, idleTimeoutMs: 20_000 };

const s3Contract = (name: string, start: () => Promise<S3Server>, isDirect = true): void => {
  let server: S3Server;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(async () => {
    await server.stop();
  });
  objectStoreContract(name, async () => {
    const bucket = await makeBucket(server.client);
    const place = s3Location(server.endpoint, server.root, { bucket, prefix: 'some/where' });
    return {
      store: new S3ObjectStore(parseS3Settings(place), { ...LIMITS, isDirect }),
      residentBytes: () => (LIMITS.partsAtOnce + 1) * LIMITS.partBytes,
      dispose: async () => undefined,
    };
  });
};

describeWith('versitygw')('on versitygw', () => {
  s3Contract('S3ObjectStore on versitygw', startVersitygw);
});
describeWith('versitygw')('on versitygw, through the SDK alone', () => {
  s3Contract('S3ObjectStore on versitygw', startVersitygw, false);
});
describeWith('minio')('on MinIO', () => {
  s3Contract('S3ObjectStore on MinIO', startMinio);
});
describeWith('azurite')('on Azurite', () => {
  let azurite: Azurite;
  beforeAll(async () => {
    azurite = await startAzurite();
  });
  afterAll(async () => {
    await azurite.stop();
  });
  const limits = { blockBytes: LIMITS.partBytes, blocksAtOnce: LIMITS.partsAtOnce, requestTimeoutMs: 20_000 };
  objectStoreContract('AzureObjectStore on Azurite', async () => {
    const container = await azurite.makeContainer();
    const details = { container: container.containerName, prefix: 'some/where' };
    const secrets = { connection_string: azurite.connectionString };
    const settings = parseAzureSettings({ provider: 'azure', details, secrets, role: 'target' });
    return {
      store: new AzureObjectStore(settings, limits),
      residentBytes: () => (LIMITS.partsAtOnce + 1) * LIMITS.partBytes,
      dispose: async () => undefined,
    };
  });
});
