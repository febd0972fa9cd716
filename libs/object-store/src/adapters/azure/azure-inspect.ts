import { createHash, randomUUID } from 'node:crypto';
import type { BlockBlobUploadOptions } from '@azure/storage-blob';
import type { ProbeFinding } from '#libs/domain';
import { fail, findingsOf, ok, warn, type Found } from '../findings.js';
import type { AzureConnection } from './azure-connection.js';
import { azureStatusOf } from './azure-errors.js';

type Inspection = Readonly<{ connection: AzureConnection; key: string; signal: AbortSignal | undefined }>;

/** What only Azure can be asked: whether conditions and digests are checked, and immutability. */
export const inspectAzure = async (
  connection: AzureConnection,
  prefix: string,
  signal?: AbortSignal,
): Promise<readonly ProbeFinding[]> => {
  const inspection = { connection, key: `${prefix}probe-${randomUUID()}`, signal };
  const checks: readonly (readonly [string, () => Promise<Found>])[] = [
    ['If-None-Match', () => conditionIsHonoured(inspection)],
    ['checksum', () => digestIsChecked(inspection)],
    ['Object Lock', () => immutabilityIsPresent(inspection)],
  ];
  return findingsOf(checks, signal);
};

const putRaw = async (
  { connection, key, signal }: Inspection,
  text: string,
  options: BlockBlobUploadOptions,
): Promise<void> => {
  await connection.ask(
    (container, abortSignal) =>
      container
        .getBlockBlobClient(connection.fullKey(key))
        .upload(text, Buffer.byteLength(text), { ...options, abortSignal }),
    { permission: 'blobs/write', key },
    signal,
  );
};

const removeRaw = async ({ connection, key }: Inspection): Promise<void> => {
  const action = { permission: 'blobs/delete', key };
  await connection.ask((container) => container.deleteBlob(connection.fullKey(key)), action);
};

const conditionIsHonoured = async (inspection: Inspection): Promise<Found> => {
  await putRaw(inspection, 'first', {});
  try {
    await putRaw(inspection, 'second', { conditions: { ifNoneMatch: '*' } });
  } catch (error) {
    if (azureStatusOf(error) !== 409) throw error;
    return ok('The store itself refuses to replace an object under If-None-Match.');
  } finally {
    await removeRaw(inspection);
  }
  return warn(
    'The store ignores If-None-Match.',
    'Make sure that only this installation writes below the prefix.',
  );
};

/** Sends bytes with the digest of others: a store that takes them does not look. */
const digestIsChecked = async (inspection: Inspection): Promise<Found> => {
  const blobContentMD5 = createHash('md5').update('other bytes').digest();
  try {
    await putRaw(inspection, 'bytes', { blobHTTPHeaders: { blobContentMD5 } });
  } catch (error) {
    // Azure says Md5Mismatch, Azurite InvalidOperation.
    if (azureStatusOf(error) === 400) return ok('The store checks what it receives.');
    throw error;
  }
  await removeRaw(inspection);
  return warn(
    'The store does not check digests of what it receives.',
    'Compare the target with the ledger now and then (heal does), or choose a store that checks them.',
  );
};

const immutabilityIsPresent = async ({ connection, signal }: Inspection): Promise<Found> => {
  const { object_lock } = connection.settings;
  const properties = await connection
    .ask(
      (container, abortSignal) => container.getProperties({ abortSignal }),
      { permission: 'containers/read' },
      signal,
    )
    .catch((error: unknown) => {
      if (object_lock !== undefined) throw error;
      return undefined;
    });
  const has = properties?.isImmutableStorageWithVersioningEnabled === true;
  if (has) {
    return object_lock === undefined
      ? ok('The container has version-level immutability; no retention is set.')
      : ok(`Files are locked for ${object_lock.days} days.`);
  }
  const cure = 'Use a container with version-level immutability support and set object_lock {mode, days}.';
  return object_lock === undefined
    ? warn(
        'The container has no version-level immutability: anyone who can delete there can delete the backup.',
        cure,
      )
    : fail('Retention is set, but the container has no version-level immutability.', cure);
};
