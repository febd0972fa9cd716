import {
  BlobSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
  type BlockBlobClient,
} from '@azure/storage-blob';
import { isCodedError } from '#libs/kernel';
import type { AzureConnection } from './azure-connection.js';
import { azureStatusOf } from './azure-errors.js';

/** Azure's own bound of a copy that is complete when it is answered. */
export const COPY_BYTES_MAX = 256 << 20;
const READ_FOR_MS = 60 * 60_000;

/** An address of a blob that lets its reader in for an hour; `undefined` when this sign-in can't make one. */
export const readableUrl = (from: AzureConnection, blob: BlockBlobClient): string | undefined => {
  const { signIn, container } = from.settings;
  // The address of a client that was made with a shared access signature holds it already.
  if (signIn.kind === 'sas') return blob.url;
  if (signIn.kind === 'identity') return undefined;
  const sas = generateBlobSASQueryParameters(
    {
      containerName: container,
      blobName: blob.name,
      permissions: BlobSASPermissions.parse('r'),
      expiresOn: new Date(Date.now() + READ_FOR_MS),
    },
    new StorageSharedKeyCredential(signIn.account, signIn.key),
  );
  return `${blob.url}?${sas.toString()}`;
};

/** Did the store refuse to copy at all, so that the bytes have to flow through here? */
export const isCopyUnsupported = (error: unknown): boolean => {
  if (!isCodedError(error)) return false;
  const status = azureStatusOf(error);
  return error.code === 'TARGET_DENIED' || error.code === 'TARGET_UNFIT' || status === 404 || status === 401;
};
